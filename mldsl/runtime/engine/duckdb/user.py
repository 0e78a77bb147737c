"""Functions that SQL lacks, in Python: DuckDB is given those that a query names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mldsl.runtime.engine import exact

_NAMED = re.compile(r"\bmldsl_[a-z]+(?=\()")


@dataclass(frozen=True, slots=True)
class Function:
    """A function with the types of its parameters and of its result; of whole Arrow columns, or of single values."""

    compute: Callable[..., Any]
    parameters: Sequence[str] | None
    result: str
    arrow: bool = False


def register(connection: Any, sql: str, known: set[str]) -> None:  # noqa: ANN401
    """Give DuckDB the functions that `sql` names and it does not have; `known` are those it has."""
    for name in sorted(set(_NAMED.findall(sql)) - known):
        function = FUNCTIONS[name]
        kind = {"type": "arrow" if function.arrow else "native", "null_handling": "special"}
        connection.create_function(name, function.compute, function.parameters, function.result, **kind)
        known.add(name)


# DuckDB counts the parameters of each function.


def _total(high: str, low: str, odd: Sequence[float] | None) -> float | None:
    return exact.total([int(high), int(low)], odd or ())


def _lower(value: str | None) -> str | None:
    return None if value is None else value.lower()


def _upper(value: str | None) -> str | None:
    return None if value is None else value.upper()


def _hash(rows: Any, seed: Any, cuts: Any) -> Any:  # noqa: ANN401 - Arrow columns
    import polars as pl
    import pyarrow as pa

    from mldsl.runtime.engine.hashing import hash_columns

    table: Any = pl.from_arrow(rows)
    columns = table.struct.unnest().get_columns()
    words = hash_columns(columns, seed[0].as_py() if len(rows) else 0, len(rows), cuts[0].as_py() if len(rows) else 0)
    return pa.array(words, type=pa.uint64())


def _date(texts: Any, layouts: Any) -> Any:  # noqa: ANN401 - Arrow columns
    return _parsed(texts, layouts, "date")


def _datetime(texts: Any, layouts: Any) -> Any:  # noqa: ANN401 - Arrow columns
    return _parsed(texts, layouts, "datetime")


def _parsed(texts: Any, layouts: Any, kind: str) -> Any:  # noqa: ANN401 - Arrow columns
    import polars as pl
    import pyarrow as pa

    from mldsl.runtime.engine.polars.text import parse_date, parse_datetime

    layout = layouts[0].as_py() if len(texts) else None
    column = pl.Series("t", pl.from_arrow(texts), dtype=pl.String).to_frame()
    if kind == "date":
        return column.select(parse_date(pl.col("t"), layout))["t"].to_arrow()
    moments = column.select(parse_datetime(pl.col("t"), layout).dt.replace_time_zone(None))["t"]
    return moments.to_arrow().cast(pa.timestamp("us"))


FUNCTIONS: Mapping[str, Function] = {
    "mldsl_total": Function(_total, ["VARCHAR", "VARCHAR", "DOUBLE[]"], "DOUBLE"),
    "mldsl_lower": Function(_lower, ["VARCHAR"], "VARCHAR"),
    "mldsl_upper": Function(_upper, ["VARCHAR"], "VARCHAR"),
    "mldsl_hash": Function(_hash, None, "UBIGINT", arrow=True),
    "mldsl_date": Function(_date, ["VARCHAR", "VARCHAR"], "DATE", arrow=True),
    "mldsl_datetime": Function(_datetime, ["VARCHAR", "VARCHAR"], "TIMESTAMP", arrow=True),
}
"""By their names in SQL."""
