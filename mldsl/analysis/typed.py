"""Typed expressions and table verbs: what an expression means, with its type and its place."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import Literal as Choice

from mldsl.catalog.types import Type
from mldsl.records import record
from mldsl.source import Span


@record
class Column:
    """A column of a schema. `origin` is where it was declared or computed; `raw` its name in the source's data."""

    name: str
    type: Type
    roles: frozenset[str] = frozenset()
    origin: Span | None = field(default=None, compare=False, repr=False)
    raw: str | None = None


@record
class Schema:
    """Columns in order. `open` says that a mistake hid columns: unknown ones are then not reported again."""

    columns: tuple[Column, ...]
    open: bool = False

    def get(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    def with_role(self, role: str) -> tuple[Column, ...]:
        """The columns that carry `role`, in order."""
        return tuple(column for column in self.columns if role in column.roles)


# --- expressions -----------------------------------------------------------------------------------------------------


@record
class Typed:
    """Anything with a type and a place."""

    type: Type
    span: Span = field(compare=False, repr=False)


@record
class Constant(Typed):
    """A literal. `value` is None, bool, int, float, str, datetime.date, datetime.datetime (naive UTC) or timedelta.

    A literal that stands where another type is wanted keeps its own: the caller widens.
    """

    value: object


@record
class ColumnRef(Typed):
    """A column of the row at hand."""

    name: str


@record
class ParamRef(Typed):
    """A value that the run supplies: a `param`, `run_date` or `run_time`."""

    name: str


@record
class TableColumn(Typed):
    """A column of another table, right of `references`."""

    table: str
    column: str


@record
class Call(Typed):
    """A function or operator of the catalog on its arguments, all positional, in the catalog's order.

    `order` is the preceding `sort by` for `first` and `last`.
    """

    function: str
    arguments: tuple[TypedExpr, ...]
    order: tuple[Order, ...] = ()


@record
class Order:
    """One sort key; nulls come last both ways."""

    column: str
    descending: bool = False


@record
class Window(Typed):
    """An aggregate or a window function over a part of the table; `rows` is this row and the `rows - 1` before it."""

    function: str
    arguments: tuple[TypedExpr, ...]
    partition: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()
    rows: int | None = None


@record
class MetricRef(Typed):
    """A metric of the model at hand, of the champion, or of production; `period` is a monitor's `over 30d`."""

    name: str
    of: Choice["model", "champion", "live"] = "model"
    period: timedelta | None = None


@record
class MaxDifference(Typed):
    """The largest gap of a metric between the slices of a column."""

    metric: str
    column: str


@record
class Drift(Typed):
    """`drift(COLUMNS, method: …)` or `prediction_drift()` (no columns) in a monitor; `method` None is the default."""

    columns: tuple[str, ...]
    of_prediction: bool = False
    method: Choice["psi", "ks"] | None = None


@record
class Named(Typed):
    """A bare word that is no value: `evaluation`, and `approval("team")` with its argument."""

    name: str
    argument: str | None = None


TypedExpr = (
    Constant | ColumnRef | ParamRef | TableColumn | Call | Window | MetricRef | MaxDifference | Drift | Named
)  # fmt: skip


# --- verbs -----------------------------------------------------------------------------------------------------------


@record
class TypedVerb:
    """One verb: its place and the table's schema after it."""

    span: Span = field(compare=False, repr=False)
    schema: Schema


@record
class Filter(TypedVerb):
    """Keeps the rows whose condition is true."""

    condition: TypedExpr


@record
class Derive(TypedVerb):
    """Adds or replaces columns; every binding sees the row as it was before."""

    bindings: tuple[tuple[str, TypedExpr], ...]


@record
class Select(TypedVerb):
    """Keeps these columns, in this order (`drop` becomes this too)."""

    columns: tuple[str, ...]


@record
class Rename(TypedVerb):
    """Old name to new name."""

    pairs: tuple[tuple[str, str], ...]


@record
class Join(TypedVerb):
    """A join with `table`: equal (left, right) column pairs in `on`; `asof` is the pair of the time condition."""

    kind: Choice["inner", "left", "full", "semi", "anti", "asof"]
    table: str
    on: tuple[tuple[str, str], ...]
    asof: tuple[str, str] | None = None


@record
class Group(TypedVerb):
    """One row a combination of keys (one row in all without keys); the columns are the keys, then the bindings."""

    keys: tuple[str, ...]
    bindings: tuple[tuple[str, TypedExpr], ...]


@record
class Sort(TypedVerb):
    """Orders the rows, stably."""

    keys: tuple[Order, ...]


@record
class Take(TypedVerb):
    """The first `count` rows."""

    count: int


@record
class Distinct(TypedVerb):
    """Whole rows once (no columns), or the first row of each combination of `columns` in the order of `order`."""

    columns: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()


@record
class Union(TypedVerb):
    """The rows of both, columns matched by name, in the left table's order."""

    table: str


@record
class Sample(TypedVerb):
    """About this share of the rows, decided by `key` (all columns when empty) and `seed`."""

    share: float
    key: tuple[str, ...]
    seed: int


@record
class Predict(TypedVerb):
    """Adds the model's prediction columns (those that `schema` has beyond the input's)."""

    model: str


AnyVerb = Filter | Derive | Select | Rename | Join | Group | Sort | Take | Distinct | Union | Sample | Predict
