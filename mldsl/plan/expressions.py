"""Expressions of the plan: calls of catalog functions on columns, constants and parameters."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, TypeAlias

from mldsl.catalog.types import Type
from mldsl.plan.node import Node, Tagged
from mldsl.records import named_record

Json: TypeAlias = Any
"""A plain JSON value: dicts, lists, strings, numbers, bools and None."""


@named_record
class Constant(Node):
    """A literal; `value` is plain JSON: dates and datetimes (UTC) in ISO 8601, durations in microseconds."""

    node: Literal["constant"] = "constant"
    type: Type
    value: Any = None

    @property
    def python(self) -> object:
        """The value as Python has it: date, datetime (naive UTC), timedelta, str, int, float, bool or None."""
        return from_json(self.value, self.type)


@named_record
class ColumnRef(Node):
    """A column of the row at hand."""

    node: Literal["column"] = "column"
    type: Type
    name: str


@named_record
class ParamRef(Node):
    """A value given to the run: a parameter, `run_date` or `run_time`."""

    node: Literal["param"] = "param"
    type: Type
    name: str


@named_record
class TableColumn(Node):
    """A column of another input table, right of `references`."""

    node: Literal["table_column"] = "table_column"
    type: Type
    table: str
    column: str


@named_record
class Order(Node):
    """One sort key; nulls come last both ways."""

    column: str
    descending: bool = False


@named_record
class Call(Node):
    """A catalog function; `order` is the preceding `sort by` for `first` and `last`."""

    node: Literal["call"] = "call"
    type: Type
    function: str
    arguments: tuple[Expression, ...] = ()
    order: tuple[Order, ...] = ()


@named_record
class Window(Node):
    """An aggregate or window function over a part of the table."""

    node: Literal["window"] = "window"
    type: Type
    function: str
    arguments: tuple[Expression, ...] = ()
    partition: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()
    rows: int | None = None


@named_record
class MetricRef(Node):
    """A metric of the model, of the champion, or live; `period` in microseconds."""

    node: Literal["metric"] = "metric"
    type: Type
    name: str
    of: Literal["model", "champion", "live"] = "model"
    period: int | None = None


@named_record
class MaxDifference(Node):
    """The largest gap of a metric between a column's slices."""

    node: Literal["max_difference"] = "max_difference"
    type: Type
    metric: str
    column: str


@named_record
class Drift(Node):
    """Distance of columns (or of the predictions) from the training rows; `method` None is the default."""

    node: Literal["drift"] = "drift"
    type: Type
    columns: tuple[str, ...] = ()
    of_prediction: bool = False
    method: Literal["psi", "ks"] | None = None


@named_record
class Named(Node):
    """`evaluation`, or `approval` with the team."""

    node: Literal["named"] = "named"
    type: Type
    name: str
    argument: str | None = None


Expression = Annotated[
    Constant | ColumnRef | ParamRef | TableColumn | Call | Window | MetricRef | MaxDifference | Drift | Named,
    Tagged("node"),
]


def to_json(value: object) -> Json:
    """A Python value of the language as plain JSON; the way back needs its type."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return value // timedelta(microseconds=1)
        case _:
            return value


def from_json(value: Json, type_: Type) -> object:
    """The inverse of `to_json`."""
    if value is None:
        return None
    match type_.kind:
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            return datetime.fromisoformat(value)
        case "duration":
            return timedelta(microseconds=value)
        case "float":
            return float(value)
        case _:
            return value
