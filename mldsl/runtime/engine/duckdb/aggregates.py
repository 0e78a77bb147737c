"""Aggregates in SQL: over a group, over a whole table, or over a window's frame.

Each is made of some aggregates of DuckDB, which are computed, and a value of those. Sums of ints are of 128 bits and
those of floats are exact, so that the order in which rows are added does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mldsl.catalog.types import DATETIME, FLOAT, Type
from mldsl.runtime.engine.duckdb import text
from mldsl.runtime.engine.duckdb.frame import Column
from mldsl.runtime.engine.duckdb.sums import Once, limbs, total
from mldsl.runtime.engine.values import in_utc

# Windows of at most so many rows are put into lists where nothing else is exact enough.
_LISTED = 100


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate: the columns it looks at, the result's type, and its constants.

    `row` is the column that the rows stand in the order of; `run_time` is the run's logical time, for `fresh`. `before`
    makes a column of the rows that are aggregated, `after` one of their results. Of a window there are `over`, how many
    `rows` it has, and `whole`, which is over the partition in the window's order.
    """

    function: str
    columns: Sequence[Column]
    type: Type
    constants: Sequence[Any]
    row: str
    run_time: Any
    before: Once
    computed: Once
    after: Once
    over: str = ""
    whole: str = ""
    rows: int | None = None

    @property
    def column(self) -> str:
        """The column it looks at."""
        return self.columns[0].id

    @property
    def given(self) -> Type:
        """That column's type."""
        return self.columns[0].type

    def of(self, aggregate: str, over: str | None = None) -> str:
        """An aggregate of DuckDB, computed: the column of its results."""
        return self.computed(f"{aggregate}{self.over if over is None else over}")


def aggregate(item: Aggregate) -> str:
    """The aggregate's value, over the columns that it had computed."""
    return _AGGREGATES[item.function](item)


def _count(item: Aggregate) -> str:
    return item.of(f"count({item.column if item.columns else '*'})")


def _sum(item: Aggregate) -> str:
    if item.given.kind != "float":
        return item.of(f"sum({item.column})")
    some = item.of(f"count({item.column})")
    return f"CASE WHEN {some} > 0 THEN {_float_sum(item)} END"


def _float_sum(item: Aggregate) -> str:
    cut = limbs(item.column, item.before)
    *sums, odd = (item.computed(one) for one in cut.aggregates(item.over))
    return total(sums, odd, item.after)


def _mean(item: Aggregate) -> str:
    known = item.of(f"count({item.column})")
    whole = _float_sum(item) if item.given.kind == "float" else item.of(f"sum({item.column})")
    mean = item.after(f"CASE WHEN {known} > 0 THEN CAST({whole} AS DOUBLE) / {known} END")
    return _length(item, f"CASE WHEN isfinite({mean}) THEN {mean} END")


def _quantile(item: Aggregate) -> str:
    share = float(item.constants[0]) if item.constants else 0.5
    value = f"CAST({item.column} AS DOUBLE)"
    return _length(item, item.of(f"quantile_cont({value}, {text.literal(share, FLOAT)})"))


def _spread(name: str) -> Callable[[Aggregate], str]:
    """Over values one by one in a fixed order: what DuckDB adds up by itself depends on the number of threads.

    They are measured from one of them, so that little is lost where all are far from 0.
    """

    def make(item: Aggregate) -> str:
        if item.over and (item.rows is None or item.rows > _LISTED):
            first = item.of(f"first_value({item.column} IGNORE NULLS)", item.whole)
            centred = item.before(f"CAST({item.column} AS DOUBLE) - {first}")
            found = item.of(f"{name}({centred})")
        else:
            value = item.before(f"CAST({item.column} AS DOUBLE)")
            listed = item.of(f"list({value}) FILTER (WHERE {value} IS NOT NULL)")
            values = listed if item.over else item.after(f"list_sort({listed})")
            centred = item.after(f"list_transform({values}, lambda v: v - {values}[1])")
            found = item.after(f"list_aggregate({centred}, '{name}')")
        return f"CASE WHEN isfinite({found}) THEN {found} END"

    return make


def _share(item: Aggregate) -> str:
    return _rate(item, f"count_if({item.column})")


def _null_rate(item: Aggregate) -> str:
    return _rate(item, f"count_if({item.column} IS NULL)")


def _rate(item: Aggregate, hits: str) -> str:
    rows, hit = item.of("count(*)"), item.of(hits)
    return f"CASE WHEN {rows} > 0 THEN CAST(coalesce({hit}, 0) AS DOUBLE) / {rows} END"


def _end(name: str) -> Callable[[Aggregate], str]:
    """The first or last value that is not null, in the order of the rows."""

    def make(item: Aggregate) -> str:
        return item.of(f"{name}({item.column}, {item.row}) FILTER (WHERE {item.column} IS NOT NULL)")

    return make


def _distinct(item: Aggregate) -> str:
    # 0.0 and -0.0 are one value.
    value = f"({item.column} + 0)" if item.given.kind == "float" else item.column
    return item.of(f"count(DISTINCT {value})")


def _unique(item: Aggregate) -> str:
    """Whether no two rows agree in all columns; a row with a null among them agrees with none."""
    known = " AND ".join(f"{column.id} IS NOT NULL" for column in item.columns)
    row = f"row({', '.join(column.id for column in item.columns)})"
    some, different = (item.of(f"{one} FILTER (WHERE {known})") for one in ("count(*)", f"count(DISTINCT {row})"))
    return f"({some} = {different})"


def _fresh(item: Aggregate) -> str:
    limit = text.literal(in_utc(item.run_time) - item.constants[0], DATETIME)
    return f"coalesce({item.of(f'max({text.widen(item.column, item.given, DATETIME)})')} >= {limit}, false)"


def _length(item: Aggregate, value: str) -> str:
    """A float result; of durations, to the nearest microsecond."""
    return f"CAST(round_even({value}, 0) AS BIGINT)" if item.type.kind == "duration" else value


_AGGREGATES: Mapping[str, Callable[[Aggregate], str]] = {
    "count": _count,
    "rows": _count,
    "count_distinct": _distinct,
    "sum": _sum,
    "mean": _mean,
    "median": _quantile,
    "quantile": _quantile,
    "min": lambda item: item.of(f"min({item.column})"),
    "max": lambda item: item.of(f"max({item.column})"),
    "std": _spread("stddev_samp"),
    "var": _spread("var_samp"),
    "share": _share,
    "null_rate": _null_rate,
    "first": _end("arg_min"),
    "last": _end("arg_max"),
    "unique": _unique,
    "fresh": _fresh,
}
AGGREGATES = frozenset(_AGGREGATES)
"""The names of all aggregates."""
