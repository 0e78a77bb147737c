"""One block of options: unknown, repeated, missing and unfit ones reported, the others as plain Python values."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from mldsl.analysis.context import Context
from mldsl.analysis.options.pods import identity
from mldsl.analysis.options.readers import read_value
from mldsl.analysis.options.values import Wrong, describe
from mldsl.catalog.options import BLOCKS, EXCLUSIVE, ONE_OF, OPTIONS, OptionSpec
from mldsl.diagnostics.edits import without
from mldsl.diagnostics.model import Edit, Label
from mldsl.diagnostics.suggest import Hint, did_you_mean, suggest
from mldsl.source import Span
from mldsl.syntax import tree

T = TypeVar("T")


@dataclass(slots=True)
class Options:
    """The options of one block: `given` as they stand in the tree (unfit ones too), `values` of those that fit."""

    specs: Mapping[str, OptionSpec]
    given: dict[str, tree.Option] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)

    def get(self, name: str, kind: type[T]) -> T | None:
        """The value, which is of this Python class; the default, or None, where it is not given or does not fit."""
        value = self.values.get(name, self.specs[name].default)
        return value if isinstance(value, kind) else None

    def each(self, name: str, kind: type[T]) -> tuple[T, ...]:
        """The values of an option that takes several; empty where it is not given."""
        values = self.values.get(name, ())
        return tuple(value for value in values if isinstance(value, kind)) if isinstance(values, tuple) else ()

    def span(self, name: str) -> Span:
        """The place of a given option's values."""
        values = self.given[name].values
        return values[0].span.to(values[-1].span)


def read_options(context: Context, block: str, options: Iterable[tree.Option], owner: Span) -> Options:
    """The options of `block`, a key of the catalog's OPTIONS. What is missing is reported at `owner`."""
    specs = OPTIONS[block]
    found = Options(specs)
    listed = tuple(options)
    given = {option.name.text for option in listed}
    for option in listed:
        name = option.name.text
        if name not in specs:
            _unknown(context, block, option, given)
            name = _meant(name, specs, given) or name
        spec = specs.get(name)
        if spec is not None and name in found.given:
            first = found.given[name]
            same = option.span.text == first.span.text
            edit = without(option.span) if same else None
            twice(context, f"`{name}` is given twice", option.name.span, first.name.span, edit)
        elif spec is not None:
            found.given[name] = option
            _read(context, spec, option, found.values)
    _required(context, block, found, owner)
    _exclusive(context, block, found)
    return found


def report_wrong(context: Context, wrong: Wrong, name: str, value: tree.Value) -> None:
    """Say what is wrong with the value of the option or argument `name`."""
    message = wrong.said or f"`{name}` wants {wrong.wanted}, not {describe(value)}"
    context.report(wrong.code, message, wrong.span or value.span, help=wrong.help)


def once(context: Context, block: tree.Node, word: str, first: tree.Node | None) -> bool:
    """Whether a block may stand where it stands: ML108 if there is one of its name already."""
    if first is None:
        return True
    twice(context, f"there are two `{word}` blocks", _head(block, word), _head(first, word))
    return False


def _head(block: tree.Node, word: str) -> Span:
    return Span(block.span.file, block.span.start, block.span.start + len(word))


def twice(context: Context, message: str, second: Span, first: Span, edit: Edit | None = None) -> None:
    """ML108, with the place that came first."""
    context.report("ML108", message, second, labels=(Label(first, "first given here"),), edit=edit)


def _read(context: Context, spec: OptionSpec, option: tree.Option, values: dict[str, object]) -> None:
    if len(option.values) > 1 and not spec.many:
        span = option.values[0].span.to(option.values[-1].span)
        context.report("ML111", f"`{spec.name}` takes one value, not {len(option.values)}", span)
        return
    fine: list[object] = []
    seen: dict[str, tree.Value] = {}
    for value in option.values:
        found = read_value(value, spec)
        if isinstance(found, Wrong):
            report_wrong(context, found, spec.name, value)
            continue
        fine.append(found)
        known = identity(found)
        if known is not None and (first := seen.setdefault(known, value)) is not value:
            twice(context, f"{known} is given twice", value.span, first.span)
    if spec.many:
        values[spec.name] = tuple(fine)
    elif fine:
        values[spec.name] = fine[0]


def _unknown(context: Context, block: str, option: tree.Option, given: Container[str]) -> None:
    name, noun = option.name.text, block.split(".")[0]
    if name in BLOCKS.get(block, ()):
        help_ = f"`{name}` is a block: write `{name} {{ … }}`"
    else:
        help_ = did_you_mean(name, OPTIONS[block]) or _listed(block)
        if isinstance(help_, Hint) and help_.right in given:
            help_ = str(help_)
    context.report("ML106", f"`{noun}` has no option `{name}`", option.name.span, help=help_)


def _meant(name: str, specs: Mapping[str, OptionSpec], given: Container[str]) -> str | None:
    """The option that a mistyped one stands for, so that it is not missing as well; None where it is given too."""
    near = suggest(name, specs)
    return near if near is not None and near not in given else None


def _listed(block: str) -> str:
    names = ", ".join(f"`{name}`" for name in OPTIONS[block])
    return f"its options are {names}" if names else "it has no options"


def _required(context: Context, block: str, found: Options, owner: Span) -> None:
    noun = block.split(".")[0]
    for spec in found.specs.values():
        if spec.required and spec.name not in found.given:
            context.report("ML107", f"`{noun}` needs `{spec.name}`", owner, help=f"`{spec.name}:` is {spec.summary}")
    for group in ONE_OF.get(block, ()):
        if not any(name in found.given for name in group):
            listed = " or ".join(f"`{name}`" for name in group)
            context.report("ML107", f"`{noun}` needs {listed}", owner)


def _exclusive(context: Context, block: str, found: Options) -> None:
    for group in EXCLUSIVE.get(block, ()):
        given = sorted((found.given[name] for name in group if name in found.given), key=lambda option: option.span)
        if len(given) > 1:
            first, second = given[0].name, given[1].name
            message = f"`{first.text}` and `{second.text}` exclude each other"
            context.report("ML108", message, second.span, labels=(Label(first.span, "first given here"),))
