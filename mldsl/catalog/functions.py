"""Everything callable in an expression, the operators, and the type of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mldsl.catalog.aggregates import AGGREGATE_FUNCTIONS, CHECK_FUNCTIONS, WINDOW_FUNCTIONS
from mldsl.catalog.operators import OPERATOR_FUNCTIONS, OPERATORS, UNARY
from mldsl.catalog.scalars import CAST_FUNCTIONS, DATE_FUNCTIONS, NUMBER_FUNCTIONS, STRING_FUNCTIONS
from mldsl.catalog.signatures import Function, Mismatch, Parameter, words
from mldsl.catalog.types import ANY, Type

__all__ = [
    "FUNCTIONS",
    "OPERATORS",
    "OPERATOR_FUNCTIONS",
    "UNARY",
    "Function",
    "Mismatch",
    "Parameter",
    "resolve",
]

FUNCTIONS: Mapping[str, Function] = {
    function.name: function
    for group in (
        NUMBER_FUNCTIONS,
        STRING_FUNCTIONS,
        DATE_FUNCTIONS,
        CAST_FUNCTIONS,
        AGGREGATE_FUNCTIONS,
        WINDOW_FUNCTIONS,
        CHECK_FUNCTIONS,
    )
    for function in group
}
"""What a program can call by name."""


def resolve(
    function: Function,
    arguments: Sequence[Type],
    constants: Sequence[object | None],
    *,
    grouped: bool = False,
) -> Type | Mismatch:
    """The type of a call, or the first argument that does not fit.

    `constants` has the value of each argument that is a literal (negated ones too: -1 is -1), else None; literals are
    the tree's Python values. The caller has checked the number of arguments. `grouped` matters to aggregates: true in a
    `group by` with keys and in a window, whose frame always holds the row itself, so that there is at least one row;
    false for a whole table (in a check, or a group without keys), which may be empty. An argument of kind `any` fits
    everywhere and makes the result `any`, unless the result is the same for all arguments.
    """
    for index, (given, value) in enumerate(zip(arguments, constants, strict=True)):
        problem = _problem(function.parameter(index), given, value)
        if problem is not None:
            return _nearest(function, arguments, constants, Mismatch(index, problem))
    if any(item.kind == "any" for item in arguments) and function.nulls != "never":
        return ANY
    found = function.result(arguments, constants)
    if isinstance(found, Mismatch) or function.nulls == "rule":
        return found
    return found.with_null(_nullable(function, arguments, grouped))


def _nearest(
    function: Function, arguments: Sequence[Type], constants: Sequence[object | None], mismatch: Mismatch
) -> Mismatch:
    """The rule's own words where it has some: beside an int only a number can be added, not a duration."""
    if any(item.kind == "any" for item in arguments[: mismatch.index]) or mismatch.index == 0:
        return mismatch
    found = function.result(arguments, constants)
    return found if isinstance(found, Mismatch) and found.index == mismatch.index else mismatch


def _problem(parameter: Parameter, given: Type, value: object | None) -> str | None:
    """What `parameter` expects, where an argument of this type and constant value does not fit."""
    if given.kind in ("any", "null"):
        return None
    if parameter.accepts and given.kind not in parameter.accepts:
        return words(parameter.accepts)
    if parameter.choices and value is not None and value not in parameter.choices:
        return "one of " + ", ".join(f'"{choice}"' for choice in parameter.choices)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _out_of_range(parameter, value)
    return None


def _out_of_range(parameter: Parameter, value: float) -> str | None:
    low, high = parameter.low, parameter.high
    if (low is None or value >= low) and (high is None or value <= high):
        return None
    noun = words(parameter.accepts)
    return f"{noun} from {low} up" if high is None else f"{noun} from {low} to {high}"


def _nullable(function: Function, arguments: Sequence[Type], grouped: bool) -> bool:
    match function.nulls:
        case "never":
            return False
        case "always":
            return True
        case "no_rows":
            return not grouped
        case "empty":
            return not grouped or arguments[0].nullable
        case _:
            return any(item.nullable for item in arguments)
