"""Builds the plan's expressions by hand, with the types that the catalog gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import polars as pl

from mldsl.catalog.functions import FUNCTIONS, OPERATOR_FUNCTIONS, resolve
from mldsl.catalog.signatures import Mismatch
from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, NULL, STRING, Type
from mldsl.plan.expressions import Call, ColumnRef, Constant, Expression, Order, ParamRef, Window, to_json
from mldsl.runtime.engine.dtypes import polars_type

_TYPES = {bool: BOOL, int: INT, float: FLOAT, str: STRING, date: DATE, datetime: DATETIME, timedelta: DURATION}


def nullable(type_: Type) -> Type:
    return type_.with_null()


def enum(*values: str) -> Type:
    return Type("enum", values=values)


def col(name: str, type_: Type) -> ColumnRef:
    return ColumnRef(name=name, type=type_)


def param(name: str, type_: Type) -> ParamRef:
    return ParamRef(name=name, type=type_)


def const(value: object) -> Constant:
    type_ = NULL if value is None else _TYPES[type(value)]
    return Constant(type=type_, value=to_json(value))


def expr(value: object) -> Expression:
    return value if hasattr(value, "node") else const(value)  # type: ignore[return-value]


def call(name: str, *arguments: object, order: Sequence[Order] = (), grouped: bool = False) -> Call:
    """A call of a catalog function or operator; bare Python values are literals."""
    function = FUNCTIONS.get(name) or OPERATOR_FUNCTIONS[name]
    if name in ("abs", "not") and name in OPERATOR_FUNCTIONS:
        function = OPERATOR_FUNCTIONS[name]
    items = tuple(expr(argument) for argument in arguments)
    constants = [item.python if isinstance(item, Constant) else None for item in items]
    found = resolve(function, [item.type for item in items], constants, grouped=grouped)
    assert not isinstance(found, Mismatch), f"{name}: {found}"
    return Call(function=name, arguments=items, type=found, order=tuple(order))


def window(
    name: str,
    *arguments: object,
    partition: Sequence[str] = (),
    order: Sequence[str | Order] = (),
    rows: int | None = None,
) -> Window:
    inner = call(name, *arguments, grouped=True)
    keys = tuple(Order(column=key) if isinstance(key, str) else key for key in order)
    return Window(
        function=name, arguments=inner.arguments, type=inner.type, partition=tuple(partition), order=keys, rows=rows
    )


def frame(columns: Mapping[str, tuple[Type, Sequence[object]]]) -> pl.DataFrame:
    """A table from columns of a type with their Python values (naive datetimes are UTC)."""
    series = []
    for name, (type_, values) in columns.items():
        dtype = polars_type(type_)
        if type_.kind == "datetime":
            naive = pl.Series(name, list(values), dtype=pl.Datetime("us"))
            series.append(naive.dt.replace_time_zone("UTC"))
        else:
            series.append(pl.Series(name, list(values), dtype=dtype))
    return pl.DataFrame(series)


def plain(series: pl.Series) -> list[object]:
    """A column's values as Python has them, datetimes naive."""
    if isinstance(series.dtype, pl.Datetime):
        series = series.dt.replace_time_zone(None)
    return series.to_list()
