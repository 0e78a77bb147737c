"""The functions of many rows: aggregates, window functions and what only checks can call."""

from __future__ import annotations

from mldsl.catalog.rules import always, mean, same
from mldsl.catalog.signatures import AMOUNTS, NUMBERS, SCALARS, TIMES, Function, Parameter
from mldsl.catalog.types import BOOL, FLOAT, INT

_X = Parameter("x", NUMBERS)
_COLUMN = Parameter("x")
_STEPS = Parameter("n", ("int",), optional=True, constant=True, low=1)

AGGREGATE_FUNCTIONS = (
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
        (Parameter("x", SCALARS),),
        always(INT),
        "the number of different values, null not counted",
        nulls="never",
    ),
    Function(
        "sum",
        "aggregates",
        "aggregate",
        (Parameter("x", AMOUNTS),),
        same,
        "the sum; null over no values",
        nulls="empty",
    ),
    Function("mean", "aggregates", "aggregate", (Parameter("x", AMOUNTS),), mean, "the mean", nulls="empty"),
    Function("median", "aggregates", "aggregate", (Parameter("x", AMOUNTS),), mean, "the median", nulls="empty"),
    Function("min", "aggregates", "aggregate", (Parameter("x", SCALARS),), same, "the smallest value", nulls="empty"),
    Function("max", "aggregates", "aggregate", (Parameter("x", SCALARS),), same, "the greatest value", nulls="empty"),
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
        (Parameter("x", AMOUNTS), Parameter("q", NUMBERS, constant=True, low=0, high=1)),
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

WINDOW_FUNCTIONS = (
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

CHECK_FUNCTIONS = (
    Function("rows", "checks", "check", (), always(INT), "the number of rows of the table", nulls="never"),
    Function(
        "unique",
        "checks",
        "check",
        (Parameter("a", SCALARS),),
        always(BOOL),
        "whether no two rows have the same values in these columns",
        variadic=True,
        nulls="never",
    ),
    Function(
        "fresh",
        "checks",
        "check",
        (Parameter("t", TIMES), Parameter("age", ("duration",), constant=True)),
        always(BOOL),
        "whether the latest t is at most that old at the run's logical time",
        nulls="never",
    ),
)
