"""Everything callable in an expression, the operators, and the type of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mldsl.catalog.rules import (
    add,
    always,
    coalesce,
    comparable,
    constant,
    divide,
    mean,
    multiply,
    number,
    parsed_date,
    power,
    same,
    shared,
    subtract,
    textual,
    unless,
)
from mldsl.catalog.signatures import Function, Mismatch, Parameter, words
from mldsl.catalog.types import ANY, BOOL, DATE, DATETIME, FLOAT, INT, STRING, Kind, Type

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

_NUMBERS: tuple[Kind, ...] = ("int", "float")
_STRINGS: tuple[Kind, ...] = ("string", "text", "enum")
_TIMES: tuple[Kind, ...] = ("date", "datetime")
_AMOUNTS: tuple[Kind, ...] = ("int", "float", "duration")
_MAGNITUDES: tuple[Kind, ...] = ("int", "float", "date", "datetime", "duration")
_SCALARS: tuple[Kind, ...] = ("int", "float", "string", "text", "enum", "bool", "date", "datetime", "duration")
_UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")

_X = Parameter("x", _NUMBERS)
_S = Parameter("s", _STRINGS)
_T = Parameter("t", _TIMES)
_COLUMN = Parameter("x")
_STEPS = Parameter("n", ("int",), optional=True, constant=True, low=1)

_NUMBER_FUNCTIONS = (
    Function("abs", "numbers", "scalar", (_X,), same, "the value without its sign"),
    Function(
        "round",
        "numbers",
        "scalar",
        (_X, Parameter("digits", ("int",), optional=True, constant=True, low=0, high=15)),
        same,
        "the nearest whole number, or that many decimals; halves go to the even neighbour; a float stays a float",
    ),
    Function("floor", "numbers", "scalar", (_X,), same, "the whole number at or below; a float stays a float"),
    Function("ceil", "numbers", "scalar", (_X,), same, "the whole number at or above; a float stays a float"),
    Function(
        "sqrt",
        "numbers",
        "scalar",
        (_X,),
        unless(constant(0, lambda value: value >= 0), always(FLOAT)),
        "the square root; null below 0",
        nulls="rule",
    ),
    Function("exp", "numbers", "scalar", (_X,), always(FLOAT), "e to the power of x"),
    Function(
        "log",
        "numbers",
        "scalar",
        (_X,),
        unless(constant(0, lambda value: value > 0), always(FLOAT)),
        "the natural logarithm; null at 0 and below",
        nulls="rule",
    ),
    Function(
        "log1p",
        "numbers",
        "scalar",
        (_X,),
        unless(constant(0, lambda value: value > -1), always(FLOAT)),
        "the natural logarithm of 1 + x; null at -1 and below",
        nulls="rule",
    ),
    Function(
        "log10",
        "numbers",
        "scalar",
        (_X,),
        unless(constant(0, lambda value: value > 0), always(FLOAT)),
        "the logarithm to base 10; null at 0 and below",
        nulls="rule",
    ),
    Function("sign", "numbers", "scalar", (_X,), same, "-1, 0 or 1; a float stays a float"),
    Function(
        "clip",
        "numbers",
        "scalar",
        (Parameter("x", _MAGNITUDES), Parameter("lo", _MAGNITUDES), Parameter("hi", _MAGNITUDES)),
        shared(),
        "x, but at least lo and at most hi",
    ),
    Function(
        "least",
        "numbers",
        "scalar",
        (Parameter("a", _MAGNITUDES), Parameter("b", _MAGNITUDES)),
        shared(),
        "the smallest of the arguments; null when one is null",
        variadic=True,
    ),
    Function(
        "greatest",
        "numbers",
        "scalar",
        (Parameter("a", _MAGNITUDES), Parameter("b", _MAGNITUDES)),
        shared(),
        "the greatest of the arguments; null when one is null",
        variadic=True,
    ),
)

_STRING_FUNCTIONS = (
    Function("lower", "strings", "scalar", (_S,), textual, "in lower case"),
    Function("upper", "strings", "scalar", (_S,), textual, "in upper case"),
    Function("trim", "strings", "scalar", (_S,), textual, "without white space at both ends"),
    Function("length", "strings", "scalar", (_S,), always(INT), "the number of characters"),
    Function("contains", "strings", "scalar", (_S, Parameter("p", _STRINGS)), always(BOOL), "whether p occurs in s"),
    Function(
        "starts_with", "strings", "scalar", (_S, Parameter("p", _STRINGS)), always(BOOL), "whether s starts with p"
    ),
    Function("ends_with", "strings", "scalar", (_S, Parameter("p", _STRINGS)), always(BOOL), "whether s ends with p"),
    Function(
        "replace",
        "strings",
        "scalar",
        (_S, Parameter("a", _STRINGS), Parameter("b", _STRINGS)),
        textual,
        "s with every literal occurrence of a replaced by b",
    ),
    Function(
        "substring",
        "strings",
        "scalar",
        (_S, Parameter("start", ("int",)), Parameter("n", ("int",))),
        lambda types, constants: textual(types[:1], constants),
        "n characters from the character start on, counted from 1",
    ),
    Function(
        "matches",
        "strings",
        "scalar",
        (_S, Parameter("regex", ("string",), constant=True)),
        always(BOOL),
        "whether the regular expression (RE2 syntax) is found anywhere in s",
    ),
    Function(
        "concat",
        "strings",
        "scalar",
        (Parameter("a", _STRINGS), Parameter("b", _STRINGS)),
        textual,
        "the strings one after the other; null when one is null",
        variadic=True,
    ),
)

_DATE_FUNCTIONS = (
    Function("year", "dates", "scalar", (_T,), always(INT), "the year"),
    Function("quarter", "dates", "scalar", (_T,), always(INT), "the quarter, 1 to 4"),
    Function("month", "dates", "scalar", (_T,), always(INT), "the month, 1 to 12"),
    Function("day", "dates", "scalar", (_T,), always(INT), "the day of the month, 1 to 31"),
    Function("weekday", "dates", "scalar", (_T,), always(INT), "the day of the week, 1 (Monday) to 7"),
    Function("hour", "dates", "scalar", (_T,), always(INT), "the hour, 0 to 23; 0 for a date"),
    Function("minute", "dates", "scalar", (_T,), always(INT), "the minute, 0 to 59; 0 for a date"),
    Function("day_of_year", "dates", "scalar", (_T,), always(INT), "the day of the year, 1 to 366"),
    Function(
        "truncate",
        "dates",
        "scalar",
        (_T, Parameter("unit", ("string",), constant=True, choices=_UNITS)),
        same,
        "the start of the year, quarter, month, week (Monday), day, hour, minute or second; a date stays a date",
    ),
    Function(
        "days_between",
        "dates",
        "scalar",
        (Parameter("a", _TIMES), Parameter("b", _TIMES)),
        always(INT),
        "b - a in whole days",
    ),
    Function(
        "date",
        "dates",
        "scalar",
        (Parameter("x", ("string", "text", "date", "datetime")),),
        always(DATE),
        "the day of a datetime, or an ISO 8601 string as a date",
    ),
    Function(
        "datetime",
        "dates",
        "scalar",
        (Parameter("x", ("string", "text", "date", "datetime")),),
        always(DATETIME),
        "midnight (UTC) of a date, or an ISO 8601 string as a datetime",
    ),
    Function(
        "parse_date",
        "dates",
        "scalar",
        (Parameter("s", _STRINGS), Parameter("format", ("string",), constant=True)),
        parsed_date,
        "a string read by a format such as `%d.%m.%Y`; a datetime when the format reads hours, else a date",
    ),
)

_CAST_FUNCTIONS = (
    Function(
        "int",
        "casts",
        "scalar",
        (Parameter("x", ("int", "float", "string", "text", "enum", "bool")),),
        always(INT),
        'as an int; a value that does not fit (2.7, "x") is an error naming the row',
    ),
    Function(
        "float",
        "casts",
        "scalar",
        (Parameter("x", ("int", "float", "string", "text", "enum", "bool")),),
        always(FLOAT),
        "as a float; a value that does not fit is an error naming the row",
    ),
    Function(
        "string",
        "casts",
        "scalar",
        (Parameter("x", ("int", "float", "string", "text", "enum", "bool", "date", "datetime")),),
        always(STRING),
        'as a string: `true` gives "true", dates and datetimes give ISO 8601',
    ),
    Function(
        "bool",
        "casts",
        "scalar",
        (Parameter("x", ("int", "float", "string", "text", "enum", "bool")),),
        always(BOOL),
        "as a bool: true/false, yes/no, 1/0; another value is an error naming the row",
    ),
)

_AGGREGATE_FUNCTIONS = (
    Function(
        "count",
        "aggregates",
        "aggregate",
        (Parameter("x", optional=True),),
        always(INT),
        "the number of rows, or of rows where x is not null",
        nulls="never",
    ),
    Function(
        "count_distinct",
        "aggregates",
        "aggregate",
        (Parameter("x", _SCALARS),),
        always(INT),
        "the number of different values, null not counted",
        nulls="never",
    ),
    Function(
        "sum",
        "aggregates",
        "aggregate",
        (Parameter("x", _AMOUNTS),),
        same,
        "the sum; null over no values",
        nulls="empty",
    ),
    Function("mean", "aggregates", "aggregate", (Parameter("x", _AMOUNTS),), mean, "the mean", nulls="empty"),
    Function("median", "aggregates", "aggregate", (Parameter("x", _AMOUNTS),), mean, "the median", nulls="empty"),
    Function("min", "aggregates", "aggregate", (Parameter("x", _SCALARS),), same, "the smallest value", nulls="empty"),
    Function("max", "aggregates", "aggregate", (Parameter("x", _SCALARS),), same, "the greatest value", nulls="empty"),
    Function(
        "std",
        "aggregates",
        "aggregate",
        (_X,),
        always(FLOAT),
        "the standard deviation, divided by n - 1; null for one row",
        nulls="always",
    ),
    Function(
        "var",
        "aggregates",
        "aggregate",
        (_X,),
        always(FLOAT),
        "the variance, divided by n - 1; null for one row",
        nulls="always",
    ),
    Function(
        "quantile",
        "aggregates",
        "aggregate",
        (Parameter("x", _AMOUNTS), Parameter("q", _NUMBERS, constant=True, low=0, high=1)),
        mean,
        "the value that a share q of the values lie below, interpolated linearly",
        nulls="empty",
    ),
    Function(
        "share",
        "aggregates",
        "aggregate",
        (Parameter("condition", ("bool",)),),
        always(FLOAT),
        "the share of rows where the condition is true; null counts as false",
        nulls="no_rows",
    ),
    Function(
        "null_rate",
        "aggregates",
        "aggregate",
        (_COLUMN,),
        always(FLOAT),
        "the share of rows where x is null",
        nulls="no_rows",
    ),
    Function(
        "first",
        "aggregates",
        "aggregate",
        (_COLUMN,),
        same,
        "the first value that is not null, in the order of the preceding `sort by`",
        nulls="empty",
        ordered=True,
    ),
    Function(
        "last",
        "aggregates",
        "aggregate",
        (_COLUMN,),
        same,
        "the last value that is not null, in the order of the preceding `sort by`",
        nulls="empty",
        ordered=True,
    ),
)

_WINDOW_FUNCTIONS = (
    Function(
        "lag", "windows", "window", (_COLUMN, _STEPS), same, "the value n rows before (1 by default)", nulls="always"
    ),
    Function(
        "lead", "windows", "window", (_COLUMN, _STEPS), same, "the value n rows after (1 by default)", nulls="always"
    ),
    Function("row_number", "windows", "window", (), always(INT), "1, 2, 3 in the window's order", nulls="never"),
    Function(
        "rank", "windows", "window", (), always(INT), "the rank in the window's order: ties give 1, 1, 3", nulls="never"
    ),
)

_CHECK_FUNCTIONS = (
    Function("rows", "checks", "check", (), always(INT), "the number of rows of the table", nulls="never"),
    Function(
        "unique",
        "checks",
        "check",
        (Parameter("a", _SCALARS),),
        always(BOOL),
        "whether no two rows have the same values in these columns",
        variadic=True,
        nulls="never",
    ),
    Function(
        "fresh",
        "checks",
        "check",
        (_T, Parameter("age", ("duration",), constant=True)),
        always(BOOL),
        "whether the latest t is at most that old at the run's logical time",
        nulls="never",
    ),
)

_CONDITION = Parameter("a", ("bool",))
_VALUE = Parameter("a", _SCALARS)


def _comparison(name: str, summary: str) -> Function:
    return Function(name, "operators", "scalar", (_VALUE, Parameter("b", _SCALARS)), comparable, summary)


_OPERATOR_FUNCTIONS = (
    Function("add", "operators", "scalar", (Parameter("a", _MAGNITUDES), Parameter("b", _MAGNITUDES)), add, "a + b"),
    Function(
        "subtract", "operators", "scalar", (Parameter("a", _MAGNITUDES), Parameter("b", _MAGNITUDES)), subtract, "a - b"
    ),
    Function(
        "multiply", "operators", "scalar", (Parameter("a", _AMOUNTS), Parameter("b", _AMOUNTS)), multiply, "a * b"
    ),
    Function(
        "divide",
        "operators",
        "scalar",
        (Parameter("a", _AMOUNTS), Parameter("b", _AMOUNTS)),
        unless(constant(1, lambda value: value != 0), divide),
        "a / b, always a float (a duration for a duration by a number); null when b is 0",
        nulls="rule",
    ),
    Function(
        "floor_divide",
        "operators",
        "scalar",
        (_X, Parameter("b", _NUMBERS)),
        unless(constant(1, lambda value: value != 0), number),
        "a // b, rounded down; null when b is 0",
        nulls="rule",
    ),
    Function(
        "modulo",
        "operators",
        "scalar",
        (_X, Parameter("b", _NUMBERS)),
        unless(constant(1, lambda value: value != 0), number),
        "a % b, with the sign of b; null when b is 0",
        nulls="rule",
    ),
    Function(
        "power",
        "operators",
        "scalar",
        (_X, Parameter("b", _NUMBERS)),
        power,
        "a ** b; of two ints an int unless the exponent may be negative",
        nulls="rule",
    ),
    Function("negate", "operators", "scalar", (Parameter("a", _AMOUNTS),), same, "-a"),
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
        (_VALUE, Parameter("low", _SCALARS), Parameter("high", _SCALARS)),
        comparable,
        "a >= low and a <= high",
    ),
    Function(
        "in",
        "operators",
        "scalar",
        (_VALUE, Parameter("item", _SCALARS)),
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
        (_VALUE, Parameter("column", _SCALARS)),
        comparable,
        "whether the value is among those of another table's column",
    ),
)

FUNCTIONS: Mapping[str, Function] = {
    function.name: function
    for group in (
        _NUMBER_FUNCTIONS,
        _STRING_FUNCTIONS,
        _DATE_FUNCTIONS,
        _CAST_FUNCTIONS,
        _AGGREGATE_FUNCTIONS,
        _WINDOW_FUNCTIONS,
        _CHECK_FUNCTIONS,
    )
    for function in group
}
"""What a program can call by name."""

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
    if mismatch.index == 0:
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
