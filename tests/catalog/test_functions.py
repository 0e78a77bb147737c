"""The functions that a program can call, and the type of every call, computed by hand from LANGUAGE.md section 4."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from mldsl.catalog.functions import FUNCTIONS, OPERATOR_FUNCTIONS, OPERATORS, UNARY, Mismatch, resolve
from mldsl.catalog.types import ANY, BOOL, DATE, DATETIME, DURATION, FLOAT, INT, NULL, STRING, Type

TEXT = Type("text")
PLAN = Type("enum", values=("basic", "pro"))
SIZE = Type("enum", values=("s", "m"))
VECTOR = Type("vector", size=8)
IMAGE = Type("image")

LANGUAGE = {
    "numbers": "abs round floor ceil sqrt exp log log1p log10 sign clip least greatest",
    "strings": "lower upper trim length contains starts_with ends_with replace substring matches concat",
    "dates": "year quarter month day weekday hour minute day_of_year truncate days_between date datetime parse_date",
    "casts": "int float string bool",
    "aggregates": "count count_distinct sum mean median min max std var quantile share null_rate first last",
    "windows": "lag lead row_number rank",
    "checks": "rows unique fresh",
}
OPERATOR_NAMES = (
    "add subtract multiply divide floor_divide modulo power negate not and or equal not_equal less less_equal greater "
    "greater_equal between in is_null coalesce if references"
)


OPERATOR_SIGNS = "+ - * / // % ** and or == != < <= > >= ??"
PARTS = "year quarter month day weekday hour minute day_of_year".split()  # noqa: SIM905


def null(kind: Type) -> Type:
    return kind.with_null()


def lit(value: object) -> tuple[Type, object]:
    """A literal with its type."""
    kinds = {bool: BOOL, int: INT, float: FLOAT, str: STRING, date: DATE, datetime: DATETIME, timedelta: DURATION}
    return (NULL if value is None else kinds[type(value)], value)


def call(name: str, *arguments: Type | tuple[Type, object], grouped: bool = False) -> Type | Mismatch:
    function = OPERATOR_FUNCTIONS.get(name) or FUNCTIONS[name]
    pairs = [item if isinstance(item, tuple) else (item, None) for item in arguments]
    return resolve(function, [kind for kind, _ in pairs], [value for _, value in pairs], grouped=grouped)


def test_every_function_of_the_language_is_in_its_group_and_no_other_is() -> None:
    found: dict[str, set[str]] = {}
    for function in FUNCTIONS.values():
        found.setdefault(function.group, set()).add(function.name)
    assert found == {group: set(names.split()) for group, names in LANGUAGE.items()}


def test_every_operator_has_a_function_that_no_program_can_call() -> None:
    assert set(OPERATOR_FUNCTIONS) == set(OPERATOR_NAMES.split())
    assert set(OPERATORS) == set(OPERATOR_SIGNS.split())
    assert set(OPERATORS.values()) | set(UNARY.values()) <= set(OPERATOR_FUNCTIONS)
    assert not set(FUNCTIONS) & set(OPERATOR_FUNCTIONS)


@pytest.mark.parametrize("function", [*FUNCTIONS.values(), *OPERATOR_FUNCTIONS.values()], ids=lambda item: item.name)
def test_a_row_is_complete(function) -> None:
    assert function.summary and not function.summary.endswith(".")
    required = [not parameter.optional for parameter in function.parameters]
    assert required == sorted(required, reverse=True), "optional parameters come last"
    assert function.kind == {"aggregates": "aggregate", "windows": "window", "checks": "check"}.get(
        function.group, "scalar"
    )
    if function.nulls in ("empty", "no_rows") or function.ordered:
        assert function.kind == "aggregate"


DAY, HOUR = timedelta(days=1), timedelta(hours=1)

SCALARS = [
    # arithmetic
    ("add", [INT, INT], INT),
    ("add", [INT, FLOAT], FLOAT),
    ("add", [null(INT), INT], null(INT)),
    ("add", [INT, lit(0.05)], FLOAT),
    ("add", [INT, lit(None)], null(INT)),
    ("add", [lit(None), lit(None)], NULL),
    ("add", [DURATION, DURATION], DURATION),
    ("add", [DATE, lit(90 * DAY)], DATE),
    ("add", [lit(90 * DAY), DATE], DATE),
    ("add", [null(DATE), lit(DAY)], null(DATE)),
    ("add", [DATE, lit(36 * HOUR)], DATETIME),
    ("add", [DATE, DURATION], DATETIME),
    ("add", [DATETIME, lit(DAY)], DATETIME),
    ("add", [DURATION, DATETIME], DATETIME),
    ("subtract", [INT, INT], INT),
    ("subtract", [FLOAT, INT], FLOAT),
    ("subtract", [DATE, DATE], DURATION),
    ("subtract", [DATETIME, DATE], DURATION),
    ("subtract", [DATE, null(DATETIME)], null(DURATION)),
    ("subtract", [DATE, lit(90 * DAY)], DATE),
    ("subtract", [DATE, lit(HOUR)], DATETIME),
    ("subtract", [DURATION, DURATION], DURATION),
    ("multiply", [INT, INT], INT),
    ("multiply", [INT, FLOAT], FLOAT),
    ("multiply", [DURATION, INT], DURATION),
    ("multiply", [FLOAT, DURATION], DURATION),
    ("divide", [INT, INT], null(FLOAT)),
    ("divide", [INT, lit(2)], FLOAT),
    ("divide", [INT, lit(0)], null(FLOAT)),
    ("divide", [INT, lit(-0.5)], FLOAT),
    ("divide", [null(INT), lit(2)], null(FLOAT)),
    ("divide", [lit(1), INT], null(FLOAT)),
    ("divide", [DURATION, DURATION], null(FLOAT)),
    ("divide", [DURATION, lit(DAY)], FLOAT),
    ("divide", [DURATION, lit(timedelta(0))], null(FLOAT)),
    ("divide", [DURATION, INT], null(DURATION)),
    ("divide", [DURATION, lit(2)], DURATION),
    ("floor_divide", [INT, INT], null(INT)),
    ("floor_divide", [INT, lit(3)], INT),
    ("floor_divide", [FLOAT, lit(3)], FLOAT),
    ("modulo", [INT, lit(7)], INT),
    ("modulo", [INT, lit(0)], null(INT)),
    ("modulo", [INT, lit(0.5)], FLOAT),
    ("modulo", [FLOAT, FLOAT], null(FLOAT)),
    ("power", [INT, lit(2)], INT),
    ("power", [INT, lit(0)], INT),
    ("power", [null(INT), lit(2)], null(INT)),
    ("power", [INT, lit(-1)], null(FLOAT)),  # 0 ** -1
    ("power", [INT, INT], null(FLOAT)),  # the exponent may be negative
    ("power", [lit(2), INT], FLOAT),  # a positive base never fails
    ("power", [lit(2), null(INT)], null(FLOAT)),
    ("power", [lit(-2), INT], null(FLOAT)),
    ("power", [FLOAT, lit(2)], FLOAT),
    ("power", [FLOAT, lit(2.0)], FLOAT),
    ("power", [FLOAT, lit(0.5)], null(FLOAT)),  # a negative base
    ("power", [INT, lit(2.0)], FLOAT),
    ("power", [FLOAT, FLOAT], null(FLOAT)),
    ("negate", [INT], INT),
    ("negate", [null(FLOAT)], null(FLOAT)),
    ("negate", [DURATION], DURATION),
    # conditions
    ("not", [BOOL], BOOL),
    ("not", [null(BOOL)], null(BOOL)),
    ("and", [BOOL, BOOL], BOOL),
    ("and", [BOOL, null(BOOL)], null(BOOL)),
    ("or", [null(BOOL), BOOL], null(BOOL)),
    ("equal", [INT, FLOAT], BOOL),
    ("equal", [null(INT), INT], null(BOOL)),
    ("equal", [INT, lit(None)], null(BOOL)),
    ("equal", [DATE, DATETIME], BOOL),
    ("equal", [PLAN, lit("pro")], BOOL),
    ("equal", [PLAN, STRING], BOOL),
    ("equal", [PLAN, SIZE], BOOL),  # both widen to string
    ("equal", [STRING, TEXT], BOOL),
    ("not_equal", [BOOL, lit(True)], BOOL),
    ("less", [STRING, STRING], BOOL),
    ("less", [PLAN, lit("pro")], BOOL),
    ("less_equal", [DURATION, lit(DAY)], BOOL),
    ("greater", [DATE, DATETIME], BOOL),
    ("greater_equal", [FLOAT, lit(5)], BOOL),
    ("between", [FLOAT, lit(0), lit(10_000)], BOOL),
    ("between", [null(FLOAT), lit(0), lit(1)], null(BOOL)),
    ("between", [DATE, DATE, DATETIME], BOOL),
    ("in", [PLAN, lit("basic"), lit("pro")], BOOL),
    ("in", [INT, lit(1), lit(2.5)], BOOL),
    ("in", [INT, lit(1), lit(None)], null(BOOL)),
    ("is_null", [null(INT)], BOOL),
    ("is_null", [VECTOR], BOOL),
    ("coalesce", [null(INT), lit(0)], INT),
    ("coalesce", [null(INT), lit(0.0)], FLOAT),
    ("coalesce", [null(INT), null(INT)], null(INT)),
    ("coalesce", [null(INT), lit(None)], null(INT)),
    ("coalesce", [INT, null(INT)], INT),
    ("coalesce", [null(PLAN), lit("basic")], PLAN),
    ("coalesce", [null(PLAN), lit("other")], STRING),
    ("coalesce", [null(DATE), DATETIME], DATETIME),
    ("coalesce", [null(VECTOR), VECTOR], VECTOR),
    ("if", [BOOL, lit(1), lit(0)], INT),
    ("if", [null(BOOL), lit(1), lit(0)], INT),  # a null condition takes its else
    ("if", [BOOL, lit(1), lit(0.5)], FLOAT),
    ("if", [BOOL, null(INT), lit(0)], null(INT)),
    ("if", [BOOL, STRING, lit(None)], null(STRING)),
    ("if", [BOOL, PLAN, lit("pro")], PLAN),
    ("if", [BOOL, lit("basic"), PLAN], PLAN),
    ("if", [BOOL, PLAN, lit("other")], STRING),
    ("if", [BOOL, PLAN, SIZE], STRING),
    ("references", [STRING, STRING], BOOL),
    ("references", [null(INT), INT], null(BOOL)),
    # numbers
    ("abs", [INT], INT),
    ("abs", [null(FLOAT)], null(FLOAT)),
    ("round", [FLOAT], FLOAT),
    ("round", [FLOAT, lit(2)], FLOAT),
    ("round", [INT], INT),
    ("floor", [FLOAT], FLOAT),
    ("ceil", [null(FLOAT)], null(FLOAT)),
    ("sign", [INT], INT),
    ("sqrt", [INT], null(FLOAT)),
    ("sqrt", [lit(2)], FLOAT),
    ("sqrt", [lit(-1)], null(FLOAT)),
    ("exp", [INT], FLOAT),
    ("exp", [null(INT)], null(FLOAT)),
    ("log", [FLOAT], null(FLOAT)),
    ("log", [lit(0)], null(FLOAT)),
    ("log", [lit(10)], FLOAT),
    ("log1p", [FLOAT], null(FLOAT)),
    ("log1p", [lit(0)], FLOAT),
    ("log10", [FLOAT], null(FLOAT)),
    ("clip", [INT, lit(0), lit(9)], INT),
    ("clip", [INT, lit(0), lit(0.5)], FLOAT),
    ("clip", [null(FLOAT), lit(0), lit(1)], null(FLOAT)),
    ("clip", [DATE, DATE, DATE], DATE),
    ("least", [INT, FLOAT, null(INT)], null(FLOAT)),
    ("least", [INT, INT], INT),
    ("greatest", [DATE, DATETIME], DATETIME),
    ("greatest", [DURATION, DURATION], DURATION),
    # strings
    ("lower", [STRING], STRING),
    ("upper", [TEXT], TEXT),
    ("trim", [null(PLAN)], null(STRING)),
    ("length", [TEXT], INT),
    ("length", [null(STRING)], null(INT)),
    ("contains", [STRING, lit("x")], BOOL),
    ("contains", [null(TEXT), lit("x")], null(BOOL)),
    ("starts_with", [PLAN, lit("b")], BOOL),
    ("ends_with", [STRING, STRING], BOOL),
    ("replace", [STRING, lit("a"), lit("b")], STRING),
    ("replace", [STRING, lit("a"), null(STRING)], null(STRING)),
    ("substring", [TEXT, lit(1), lit(3)], TEXT),
    ("substring", [STRING, null(INT), lit(3)], null(STRING)),
    ("matches", [STRING, lit("^a")], BOOL),
    ("concat", [STRING, PLAN], STRING),
    ("concat", [STRING, TEXT, STRING], TEXT),
    ("concat", [STRING, null(STRING)], null(STRING)),
    # dates
    *[(part, [DATE], INT) for part in PARTS],
    *[
        (part, [null(DATETIME)], null(INT))
        for part in ["year", "quarter", "month", "day", "weekday", "hour", "minute", "day_of_year"]
    ],
    ("truncate", [DATE, lit("month")], DATE),
    ("truncate", [DATETIME, lit("hour")], DATETIME),
    ("days_between", [DATE, DATETIME], INT),
    ("days_between", [DATE, null(DATE)], null(INT)),
    ("date", [DATETIME], DATE),
    ("date", [null(STRING)], null(DATE)),
    ("datetime", [DATE], DATETIME),
    ("datetime", [STRING], DATETIME),
    ("parse_date", [STRING, lit("%d.%m.%Y")], DATE),
    ("parse_date", [STRING, lit("%d.%m.%Y %H:%M")], DATETIME),
    ("parse_date", [null(STRING), STRING], null(DATE)),
    # casts
    ("int", [FLOAT], INT),
    ("int", [null(STRING)], null(INT)),
    ("float", [INT], FLOAT),
    ("float", [BOOL], FLOAT),
    ("string", [BOOL], STRING),
    ("string", [null(DATE)], null(STRING)),
    ("string", [PLAN], STRING),
    ("bool", [INT], BOOL),
    ("bool", [null(STRING)], null(BOOL)),
    # windows
    ("lag", [INT, lit(1)], null(INT)),
    ("lead", [PLAN], null(PLAN)),
    ("row_number", [], INT),
    ("rank", [], INT),
    # checks
    ("rows", [], INT),
    ("unique", [STRING, null(INT)], BOOL),
    ("fresh", [DATETIME, lit(7 * DAY)], BOOL),
    ("fresh", [null(DATE), lit(7 * DAY)], BOOL),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), SCALARS)
def test_the_type_of_a_call(name: str, arguments: list, expected: Type) -> None:
    assert call(name, *arguments) == expected


AGGREGATES = [  # in a group with keys or a window, over a table that may be empty
    ("count", [], INT, INT),
    ("count", [null(INT)], INT, INT),
    ("count", [IMAGE], INT, INT),
    ("count_distinct", [null(STRING)], INT, INT),
    ("sum", [INT], INT, null(INT)),
    ("sum", [FLOAT], FLOAT, null(FLOAT)),
    ("sum", [null(FLOAT)], null(FLOAT), null(FLOAT)),
    ("sum", [DURATION], DURATION, null(DURATION)),
    ("mean", [INT], FLOAT, null(FLOAT)),
    ("mean", [DURATION], DURATION, null(DURATION)),
    ("median", [null(INT)], null(FLOAT), null(FLOAT)),
    ("median", [INT], FLOAT, null(FLOAT)),
    ("min", [DATE], DATE, null(DATE)),
    ("min", [PLAN], PLAN, null(PLAN)),
    ("max", [BOOL], BOOL, null(BOOL)),
    ("max", [null(STRING)], null(STRING), null(STRING)),
    ("std", [FLOAT], null(FLOAT), null(FLOAT)),
    ("var", [INT], null(FLOAT), null(FLOAT)),
    ("quantile", [INT, lit(0.9)], FLOAT, null(FLOAT)),
    ("quantile", [FLOAT, lit(1)], FLOAT, null(FLOAT)),
    ("share", [BOOL], FLOAT, null(FLOAT)),
    ("share", [null(BOOL)], FLOAT, null(FLOAT)),  # a null condition counts as false
    ("null_rate", [null(IMAGE)], FLOAT, null(FLOAT)),
    ("first", [INT], INT, null(INT)),
    ("first", [null(DATE)], null(DATE), null(DATE)),
    ("last", [PLAN], PLAN, null(PLAN)),
]


@pytest.mark.parametrize(("name", "arguments", "grouped", "whole"), AGGREGATES)
def test_the_type_of_an_aggregate(name: str, arguments: list, grouped: Type, whole: Type) -> None:
    assert call(name, *arguments, grouped=True) == grouped
    assert call(name, *arguments) == whole


def test_every_function_and_operator_is_in_a_table_above() -> None:
    tested = {name for name, *_ in (*SCALARS, *AGGREGATES)}
    assert tested == set(FUNCTIONS) | set(OPERATOR_FUNCTIONS)


UNITS = 'one of "year", "quarter", "month", "week", "day", "hour", "minute", "second"'
MISFITS = [
    ("add", [INT, STRING], 1, "a number"),
    ("add", [STRING, STRING], 0, "a number, a date, a datetime or a `duration`"),
    ("add", [INT, DURATION], 1, "a number"),
    ("add", [DURATION, INT], 1, "a date, a datetime or a `duration`"),
    ("add", [DATE, INT], 1, "a `duration`"),
    ("add", [DATE, DATE], 1, "a `duration`"),
    ("add", [BOOL, INT], 0, "a number, a date, a datetime or a `duration`"),
    ("subtract", [DATE, INT], 1, "a date, a datetime or a `duration`"),
    ("subtract", [DURATION, DATE], 1, "a `duration`"),
    ("subtract", [INT, DATE], 1, "a number"),
    ("subtract", [DATE, STRING], 1, "a date, a datetime or a `duration`"),
    ("multiply", [DURATION, DURATION], 1, "a number"),
    ("multiply", [DATE, INT], 0, "a number or a `duration`"),
    ("divide", [INT, DURATION], 1, "a number"),
    ("divide", [INT, BOOL], 1, "a number"),
    ("floor_divide", [DURATION, INT], 0, "a number"),
    ("power", [INT, STRING], 1, "a number"),
    ("negate", [STRING], 0, "a number or a `duration`"),
    ("not", [INT], 0, "a `bool`"),
    ("and", [BOOL, INT], 1, "a `bool`"),
    ("or", [STRING, BOOL], 0, "a `bool`"),
    ("equal", [INT, STRING], 1, "a number"),
    ("equal", [DATE, STRING], 1, "a date or a datetime"),
    ("equal", [PLAN, INT], 1, "a string"),
    ("equal", [BOOL, INT], 1, "a `bool`"),
    ("less", [DURATION, INT], 1, "a `duration`"),
    ("between", [INT, lit(0), STRING], 2, "a number"),
    ("in", [INT, lit(1), lit("a")], 2, "a number"),
    ("if", [INT, INT, INT], 0, "a `bool`"),
    ("if", [BOOL, INT, STRING], 2, "a number"),
    ("coalesce", [null(DATE), INT], 1, "a date or a datetime"),
    ("references", [INT, STRING], 1, "a number"),
    ("abs", [STRING], 0, "a number"),
    ("round", [FLOAT, lit(-1)], 1, "an `int` from 0 to 15"),
    ("clip", [INT, DATE, DATE], 1, "a number"),
    ("least", [INT, INT, DATE], 2, "a number"),
    ("least", [STRING, STRING], 0, "a number, a date, a datetime or a `duration`"),
    ("lower", [INT], 0, "a string"),
    ("length", [DATE], 0, "a string"),
    ("substring", [STRING, FLOAT, INT], 1, "an `int`"),
    ("concat", [STRING, INT], 1, "a string"),
    ("year", [STRING], 0, "a date or a datetime"),
    (
        "truncate",
        [DATE, lit("fortnight")],
        1,
        'one of "year", "quarter", "month", "week", "day", "hour", "minute", "second"',
    ),
    ("days_between", [DATE, INT], 1, "a date or a datetime"),
    ("int", [DATE], 0, "a number, a string or a `bool`"),
    ("sum", [BOOL], 0, "a number or a `duration`"),
    ("mean", [STRING], 0, "a number or a `duration`"),
    ("quantile", [FLOAT, lit(1.5)], 1, "a number from 0 to 1"),
    ("share", [FLOAT], 0, "a `bool`"),
    ("lag", [INT, lit(0)], 1, "an `int` from 1 up"),
    ("fresh", [STRING, lit(DAY)], 0, "a date or a datetime"),
    ("fresh", [DATE, lit(7)], 1, "a `duration`"),
]


@pytest.mark.parametrize(("name", "arguments", "index", "expected"), MISFITS)
def test_an_argument_that_does_not_fit(name: str, arguments: list, index: int, expected: str) -> None:
    assert call(name, *arguments) == Mismatch(index, expected)


@pytest.mark.parametrize("kind", [VECTOR, IMAGE])
def test_vectors_and_images_cannot_be_compared(kind: Type) -> None:
    assert isinstance(call("equal", kind, kind), Mismatch)
    assert isinstance(call("max", kind), Mismatch)


@pytest.mark.parametrize("name", [*FUNCTIONS, *OPERATOR_FUNCTIONS])
def test_an_unknown_type_fits_everywhere_and_says_no_more(name: str) -> None:
    function = OPERATOR_FUNCTIONS.get(name) or FUNCTIONS[name]
    arguments = [ANY] * max(function.minimum, min(len(function.parameters), 1))
    found = resolve(function, arguments, [None] * len(arguments))
    assert not isinstance(found, Mismatch)
    if arguments:
        assert found == ANY or function.nulls == "never"


@pytest.mark.parametrize("name", [*FUNCTIONS, *OPERATOR_FUNCTIONS])
def test_null_fits_everywhere(name: str) -> None:
    function = OPERATOR_FUNCTIONS.get(name) or FUNCTIONS[name]
    arguments = [NULL] * max(function.minimum, min(len(function.parameters), 1))
    found = resolve(function, arguments, [None] * len(arguments))
    assert isinstance(found, Type)
    if function.nulls == "propagate" and arguments:
        assert found.nullable


def test_an_unknown_type_beside_a_wrong_one_does_not_hide_the_wrong_one() -> None:
    assert call("and", ANY, INT) == Mismatch(1, "a `bool`")
    assert call("add", ANY, STRING) == Mismatch(1, "a number, a date, a datetime or a `duration`")


def test_arity_and_signature() -> None:
    assert (FUNCTIONS["count"].minimum, FUNCTIONS["count"].maximum) == (0, 1)
    assert (FUNCTIONS["concat"].minimum, FUNCTIONS["concat"].maximum) == (2, None)
    assert (FUNCTIONS["substring"].minimum, FUNCTIONS["substring"].maximum) == (3, 3)
    assert FUNCTIONS["round"].signature == "round(x, digits?)"
    assert FUNCTIONS["least"].signature == "least(a, b, …)"
    assert FUNCTIONS["rank"].signature == "rank()"
