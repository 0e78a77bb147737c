"""What the operators mean: each is a function that a program cannot call by name."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.catalog.rules import (
    add,
    always,
    coalesce,
    comparable,
    constant,
    divide,
    multiply,
    number,
    power,
    same,
    shared,
    subtract,
    unless,
)
from mldsl.catalog.signatures import AMOUNTS, MAGNITUDES, NUMBERS, SCALARS, Function, Parameter
from mldsl.catalog.types import BOOL

_X = Parameter("a", NUMBERS)
_COLUMN = Parameter("a")
_CONDITION = Parameter("a", ("bool",))
_VALUE = Parameter("a", SCALARS)


def _comparison(name: str, summary: str) -> Function:
    return Function(name, "operators", "scalar", (_VALUE, Parameter("b", SCALARS)), comparable, summary)


_OPERATOR_FUNCTIONS = (
    Function("add", "operators", "scalar", (Parameter("a", MAGNITUDES), Parameter("b", MAGNITUDES)), add, "a + b"),
    Function(
        "subtract", "operators", "scalar", (Parameter("a", MAGNITUDES), Parameter("b", MAGNITUDES)), subtract, "a - b"
    ),
    Function("multiply", "operators", "scalar", (Parameter("a", AMOUNTS), Parameter("b", AMOUNTS)), multiply, "a * b"),
    Function(
        "divide",
        "operators",
        "scalar",
        (Parameter("a", AMOUNTS), Parameter("b", AMOUNTS)),
        unless(constant(1, lambda value: value != 0), divide),
        "a / b, always a float (a duration for a duration by a number); null when b is 0",
        nulls="rule",
    ),
    Function(
        "floor_divide",
        "operators",
        "scalar",
        (_X, Parameter("b", NUMBERS)),
        unless(constant(1, lambda value: value != 0), number),
        "a // b, rounded down; null when b is 0",
        nulls="rule",
    ),
    Function(
        "modulo",
        "operators",
        "scalar",
        (_X, Parameter("b", NUMBERS)),
        unless(constant(1, lambda value: value != 0), number),
        "a % b, with the sign of b; null when b is 0",
        nulls="rule",
    ),
    Function(
        "power",
        "operators",
        "scalar",
        (_X, Parameter("b", NUMBERS)),
        power,
        "a ** b; of two ints an int unless the exponent may be negative",
        nulls="rule",
    ),
    Function("negate", "operators", "scalar", (Parameter("a", AMOUNTS),), same, "-a"),
    Function("not", "operators", "scalar", (_CONDITION,), always(BOOL), "not a; null stays null"),
    Function(
        "and", "operators", "scalar", (_CONDITION, Parameter("b", ("bool",))), always(BOOL), "a and b, three-valued"
    ),
    Function(
        "or", "operators", "scalar", (_CONDITION, Parameter("b", ("bool",))), always(BOOL), "a or b, three-valued"
    ),
    _comparison("equal", "a == b"),
    _comparison("not_equal", "a != b"),
    _comparison("less", "a < b; strings by code point, an enum in its declared order"),
    _comparison("less_equal", "a <= b"),
    _comparison("greater", "a > b"),
    _comparison("greater_equal", "a >= b"),
    Function(
        "between",
        "operators",
        "scalar",
        (_VALUE, Parameter("low", SCALARS), Parameter("high", SCALARS)),
        comparable,
        "a >= low and a <= high",
    ),
    Function(
        "in",
        "operators",
        "scalar",
        (_VALUE, Parameter("item", SCALARS)),
        comparable,
        "whether a equals one of the items",
        variadic=True,
    ),
    Function("is_null", "operators", "scalar", (_COLUMN,), always(BOOL), "whether the value is null", nulls="never"),
    Function(
        "coalesce",
        "operators",
        "scalar",
        (_COLUMN, Parameter("default")),
        coalesce,
        "a ?? b: the first that is not null",
        variadic=True,
        nulls="rule",
    ),
    Function(
        "if",
        "operators",
        "scalar",
        (Parameter("condition", ("bool",)), Parameter("then"), Parameter("otherwise")),
        shared(1),
        "then where the condition is true, otherwise where it is false or null",
        nulls="rule",
    ),
    Function(
        "references",
        "operators",
        "scalar",
        (_VALUE, Parameter("column", SCALARS)),
        comparable,
        "whether the value is among those of another table's column",
    ),
)

OPERATOR_FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _OPERATOR_FUNCTIONS}
"""What the operators mean; no program can call these by name."""

OPERATORS: Mapping[str, str] = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "modulo",
    "**": "power",
    "and": "and",
    "or": "or",
    "==": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "??": "coalesce",
}
"""From a binary operator's sign to its function's name in `OPERATOR_FUNCTIONS`."""

UNARY: Mapping[str, str] = {"-": "negate", "not": "not"}
"""From a unary operator's sign to its function's name."""
