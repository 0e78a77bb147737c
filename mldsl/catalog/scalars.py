"""The functions of one row: numbers, strings, dates and casts."""

from __future__ import annotations

from mldsl.catalog.rules import always, constant, parsed_date, same, shared, textual, unless
from mldsl.catalog.signatures import MAGNITUDES, NUMBERS, STRINGS, TIMES, Function, Parameter
from mldsl.catalog.types import BOOL, DATE, DATETIME, FLOAT, INT, STRING

_UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")

_X = Parameter("x", NUMBERS)
_S = Parameter("s", STRINGS)
_T = Parameter("t", TIMES)

NUMBER_FUNCTIONS = (
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
        (Parameter("x", MAGNITUDES), Parameter("lo", MAGNITUDES), Parameter("hi", MAGNITUDES)),
        shared(),
        "x, but at least lo and at most hi",
    ),
    Function(
        "least",
        "numbers",
        "scalar",
        (Parameter("a", MAGNITUDES), Parameter("b", MAGNITUDES)),
        shared(),
        "the smallest of the arguments; null when one is null",
        variadic=True,
    ),
    Function(
        "greatest",
        "numbers",
        "scalar",
        (Parameter("a", MAGNITUDES), Parameter("b", MAGNITUDES)),
        shared(),
        "the greatest of the arguments; null when one is null",
        variadic=True,
    ),
)

STRING_FUNCTIONS = (
    Function("lower", "strings", "scalar", (_S,), textual, "in lower case"),
    Function("upper", "strings", "scalar", (_S,), textual, "in upper case"),
    Function("trim", "strings", "scalar", (_S,), textual, "without white space at both ends"),
    Function("length", "strings", "scalar", (_S,), always(INT), "the number of characters"),
    Function("contains", "strings", "scalar", (_S, Parameter("p", STRINGS)), always(BOOL), "whether p occurs in s"),
    Function(
        "starts_with", "strings", "scalar", (_S, Parameter("p", STRINGS)), always(BOOL), "whether s starts with p"
    ),
    Function("ends_with", "strings", "scalar", (_S, Parameter("p", STRINGS)), always(BOOL), "whether s ends with p"),
    Function(
        "replace",
        "strings",
        "scalar",
        (_S, Parameter("a", STRINGS), Parameter("b", STRINGS)),
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
        (Parameter("a", STRINGS), Parameter("b", STRINGS)),
        textual,
        "the strings one after the other; null when one is null",
        variadic=True,
    ),
)

DATE_FUNCTIONS = (
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
        (Parameter("a", TIMES), Parameter("b", TIMES)),
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
        (Parameter("s", STRINGS), Parameter("format", ("string",), constant=True)),
        parsed_date,
        "a string read by a format such as `%d.%m.%Y`; a datetime when the format reads hours, else a date",
    ),
)

CAST_FUNCTIONS = (
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
