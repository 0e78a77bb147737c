"""The parameters of an algorithm: their names, values, ranges and choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mldsl.analysis.context import Context
from mldsl.analysis.models.algorithms import Chosen
from mldsl.analysis.options.block import twice
from mldsl.analysis.options.values import describe, literal, name_of, of_kind
from mldsl.analysis.program import ChoiceValue, RangeValue
from mldsl.analysis.wording import near_or_list
from mldsl.catalog.algorithms import FIXED, parameters
from mldsl.catalog.constraints import Options, ParameterSpec
from mldsl.diagnostics.suggest import did_you_mean_string
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree

UNFIT = object()
"""Stands for a value that has been reported; None is a value."""


def read_parameters(context: Context, chosen: Chosen) -> dict[str, object]:
    """The parameters by name: plain values, RangeValue and ChoiceValue, with mldsl's own defaults among them.

    What does not fit is reported (ML402, ML403) and left out.
    """
    specs = parameters(chosen.factory) if isinstance(chosen.factory, str) else None
    entry = chosen.entry
    found: dict[str, object] = dict(entry.defaults) if entry is not None else {}
    given: dict[str, tree.Option] = {}
    for option in chosen.options:
        name = option.name.text
        first = given.setdefault(name, option)
        if first is not option:
            twice(context, f"`{name}` is given twice", option.name.span, first.name.span)
        elif _known(context, option, chosen, specs):
            reader = _Parameter(context, name, chosen.name, specs[name] if specs is not None else None)
            value = reader.read(option.values)
            if value is not UNFIT:
                found[name] = value
    return {**found, **(entry.sets if entry is not None else {})}


def tuned_options(options: tuple[tree.Option, ...]) -> Iterator[tree.Value]:
    """The values that only `tune` can make use of: ranges and choices."""
    for option in options:
        for value in option.values:
            if isinstance(value, tree.Range) or _is_choice(value):
                yield value


def _known(context: Context, option: tree.Option, chosen: Chosen, specs: Mapping[str, ParameterSpec] | None) -> bool:
    """Whether the algorithm has the parameter, and a program may set it."""
    name = option.name.text
    fixed = chosen.entry.why_fixed(name) if chosen.entry is not None else FIXED.get(name)
    if fixed is not None and (specs is None or name in specs):
        message = f"`{name}` of `{chosen.name}` cannot be set: {fixed}"
        context.report("ML403", message, option.name.span)
        return False
    if specs is None or name in specs:
        return True
    allowed = [item for item in specs if item not in FIXED]
    help_ = near_or_list(name, allowed, "its parameters")
    context.report("ML402", f"`{chosen.name}` has no parameter `{name}`", option.name.span, help=help_)
    return False


@record
class _Parameter:
    """A parameter that is being read: what its algorithm is called, what it allows (None: not known)."""

    context: Context
    name: str
    algorithm: str
    spec: ParameterSpec | None

    def read(self, values: tuple[tree.Value, ...]) -> object:
        """The value, range, choice or list that stands there; UNFIT after a report."""
        if len(values) > 1:
            return self._list(values)
        match values[0]:
            case tree.Range() as found:
                return self._range(found)
            case tree.Call() as call if _is_choice(call):
                return self._choice(call)
            case value:
                return self._plain(value)

    def _plain(self, value: tree.Value) -> object:
        found = literal(value)
        if found is None:
            name = name_of(value)
            help_ = f'write it in quotes: `"{name.text}"`' if name is not None else self._wanted()
            self._report(f"the value of `{self.name}` cannot be {describe(value)}", value.span, help_)
            return UNFIT
        return found.value if self._allows(found.value, value.span) else UNFIT

    def _list(self, values: tuple[tree.Value, ...]) -> object:
        found = [literal(value) for value in values]
        items = tuple(item.value for item in found if item is not None)
        if len(items) < len(values):
            wrong = values[found.index(None)]
            self._report(f"a list for `{self.name}` cannot hold {describe(wrong)}", wrong.span, None)
            return UNFIT
        return items if self._allows(items, values[0].span.to(values[-1].span)) else UNFIT

    def _choice(self, call: tree.Call) -> object:
        named = next((argument for argument in call.arguments if argument.name is not None), None)
        if named is not None or not call.arguments:
            message = "`choice` wants the values to choose from, without names"
            help_ = 'write it as `choice("a", "b")`'
            self.context.report("ML204", message, named.span if named is not None else call.span, help=help_)
            return UNFIT
        values = [self._plain(argument.value) for argument in call.arguments]
        return UNFIT if UNFIT in values else ChoiceValue(tuple(values))

    def _range(self, value: tree.Range) -> object:
        low, high = (of_kind(end, "int", "float", "percent") for end in (value.low, value.high))
        if low is None or high is None:
            wrong = value.low if low is None else value.high
            self._report(f"the ends of a range are numbers, not {describe(wrong)}", wrong.span, None)
            return UNFIT
        first, last = low.value, high.value
        if not isinstance(first, (int, float)) or not isinstance(last, (int, float)):
            return UNFIT
        if not (self._allows(first, value.low.span) and self._allows(last, value.high.span)):
            return UNFIT
        if first >= last:
            help_ = f"write `{high.span.text}..{low.span.text}`" if first > last else f"write `{low.span.text}`"
            self._report(f"the range of `{self.name}` must end above its start", value.span, help_)
            return UNFIT
        if value.log and first <= 0:
            self._report("a log range must start above 0", value.low.span, None)
            return UNFIT
        return RangeValue(first, last, value.log, isinstance(first, int) and isinstance(last, int))

    def _allows(self, value: object, span: Span) -> bool:
        problem = self.spec.problem(value) if self.spec is not None else None
        if problem is not None:
            message = f"`{self.name}` of `{self.algorithm}` must be {problem}, not `{span.text}`"
            self._report(message, span, self._near(value))
        return problem is None

    def _near(self, value: object) -> str | None:
        """The allowed string that a wrong one was most likely meant to be."""
        options = (item for item in self.spec.constraints if isinstance(item, Options)) if self.spec is not None else ()
        strings = [option for item in options for option in item.values if isinstance(option, str)]
        return did_you_mean_string(value, strings) if isinstance(value, str) else None

    def _wanted(self) -> str | None:
        return f"it must be {self.spec.describe()}" if self.spec is not None else None

    def _report(self, message: str, span: Span, help_: str | None) -> None:
        self.context.report("ML403", message, span, help=help_)


def _is_choice(value: tree.Value) -> bool:
    return isinstance(value, tree.Call) and value.function.text == "choice"
