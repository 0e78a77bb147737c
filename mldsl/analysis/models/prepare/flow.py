"""What becomes of columns along the steps of a line: their types, and whether values may still be missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.models.algorithms import Chosen
from mldsl.analysis.models.prepare.lines import Line
from mldsl.analysis.models.prepare.steps import Used
from mldsl.analysis.params import literal_fits
from mldsl.analysis.typed import Column
from mldsl.analysis.wording import described, quoted
from mldsl.catalog.signatures import words
from mldsl.catalog.types import Kind, Type
from mldsl.diagnostics.model import Label
from mldsl.source import Span

READY: tuple[Kind, ...] = ("int", "float", "bool", "duration", "vector", "any")
"""What an algorithm takes: numbers and what counts as one."""

_TO_NUMBERS: Mapping[Kind, str] = {
    "enum": "encode(onehot)",
    "string": "encode(onehot)",
    "text": "tfidf",
    "date": "parts(year, month, weekday)",
    "datetime": "parts(year, month, weekday, hour)",
    "image": "embed",
}

_FILL = "fill them: `impute(median)`, `impute(most_frequent)`"

_Types = dict[str, Type]


def follow_line(
    context: Context, line: Line, steps: Sequence[Used], algorithms: Sequence[Chosen], *, has_target: bool
) -> bool:
    """Whether a line leads its columns to what the algorithms take; the first mistake on the way is reported."""
    types: _Types = {column.name: column.type for column in line.columns}
    for index, used in enumerate(steps):
        if not _fine(context, used, types, line.columns, has_target=has_target):
            return False
        if used.step.gives == "nothing":
            return _nothing_after(context, steps[index + 1 :], used)
        types = {name: _after(used, type_) for name, type_ in types.items()}
    return _ready(context, types, line, algorithms) and _complete(context, types, line, algorithms)


def _fine(context: Context, used: Used, types: _Types, columns: Sequence[Column], *, has_target: bool) -> bool:
    """Whether a step takes the columns as they are when it comes to it."""
    name = used.step.name
    if used.step.targeted(used.choice) and not has_target:
        context.report("ML406", f"`{name}` looks at the target, and this model has none", used.span)
        return False
    accepted = used.step.accepted(used.choice)
    unfit = [column for column in columns if types[column.name].kind not in (*accepted, "any")]
    if unfit:
        _unfit(context, used, unfit, types)
        return False
    missing = [name for name, type_ in types.items() if type_.nullable and type_.kind != "any"]
    if used.step.needs_complete and missing:
        message = f"`{name}` cannot take missing values, and {quoted(missing[:3])} may have some"
        context.report("ML409", message, used.span, help=f"fill them before it: `impute(median) | {name}`")
        return False
    return _constant_fits(context, used, types, columns)


def _unfit(context: Context, used: Used, unfit: Sequence[Column], types: _Types) -> None:
    column = unfit[0]
    type_ = types[column.name]
    what = f"{used.step.name}({used.choice.name})" if used.choice is not None else used.step.name
    changed = "" if type_ == column.type else " by then"
    more = f" (so are {quoted(item.name for item in unfit[1:4])})" if len(unfit) > 1 else ""
    takes = words(used.step.accepted(used.choice))
    labels = (Label(column.origin, described(column.type)),) if column.origin is not None else ()
    help_ = f"`{what}` takes {takes}"
    message = f"`{what}` does not fit `{column.name}`, which is {described(type_.with_null(False))}{changed}{more}"
    context.report("ML406", message, used.span, labels=labels, help=help_)


def _constant_fits(context: Context, used: Used, types: _Types, columns: Sequence[Column]) -> bool:
    """Whether the value of `constant(…)` may stand in every column."""
    if used.constant is None:
        return True
    for column in columns:
        declared = Label(column.origin or used.span, f"`{column.name}` is {described(types[column.name])}")
        if not literal_fits(context, used.constant, types[column.name].with_null(False), declared):
            return False
    return True


def _nothing_after(context: Context, rest: Sequence[Used], drop: Used) -> bool:
    if rest:
        labels = (Label(drop.span, "the columns end here"),)
        context.report("ML406", f"`{rest[0].step.name}` has no column to work on", rest[0].span, labels=labels)
    return not rest


def _after(used: Used, type_: Type) -> Type:
    """The type behind a step; of what is not known, nothing is known."""
    if type_.kind == "any":
        return type_
    nullable = type_.nullable and not used.step.fills(used.choice)
    match used.step.gives:
        case "same" | "nothing":
            return type_.with_null(nullable)
        case kind:
            return Type(kind, nullable)


def _ready(context: Context, types: _Types, line: Line, algorithms: Sequence[Chosen]) -> bool:
    """Whether the columns are numbers at the end; a class that nothing is known of may take others."""
    if all(chosen.takes_missing is None for chosen in algorithms):
        return True
    for name, type_ in types.items():
        if type_.kind not in READY:
            message = (
                f"`{name}` is still {described(type_.with_null(False))} behind this line, and algorithms take numbers"
            )
            help_ = f"go on with `| {_TO_NUMBERS[type_.kind]}`"
            context.report("ML406", message, line.entry.steps.span, help=help_)
            return False
    return True


def _complete(context: Context, types: _Types, line: Line, algorithms: Sequence[Chosen]) -> bool:
    missing = [name for name, type_ in types.items() if type_.nullable and type_.kind != "any"]
    return not missing or missing_are_fine(context, missing, line.entry.steps.span, algorithms)


def missing_are_fine(
    context: Context, missing: Sequence[str], span: Span, algorithms: Sequence[Chosen], help: str = _FILL
) -> bool:
    """Whether all algorithms take missing values; ML409 at `span` if not."""
    picky = next((chosen for chosen in algorithms if chosen.takes_missing is False), None)
    if picky is None:
        return True
    message = f"missing values of {quoted(missing[:3])} reach `{picky.name}`, which cannot take them"
    labels = () if picky.span == span else (Label(picky.span, "cannot take missing values"),)
    context.report("ML409", message, span, labels=labels, help=help)
    return False
