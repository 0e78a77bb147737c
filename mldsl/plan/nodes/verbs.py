"""The verbs of a transform."""

from __future__ import annotations

from typing import Annotated, Literal

from mldsl.plan.expressions import Expression, Order
from mldsl.plan.node import Node, Tagged
from mldsl.plan.nodes.values import Columns
from mldsl.records import named_record


@named_record
class Filter(Node):
    """Keeps the rows whose condition is true."""

    verb: Literal["filter"] = "filter"
    condition: Expression


@named_record
class Bound(Node):
    """A name and what it is bound to."""

    name: str
    value: Expression


@named_record
class Derive(Node):
    """Adds or replaces columns; every binding sees the row as it was before."""

    verb: Literal["derive"] = "derive"
    bindings: tuple[Bound, ...]


@named_record
class Select(Node):
    """Keeps these columns in this order."""

    verb: Literal["select"] = "select"
    columns: tuple[str, ...]


@named_record
class Rename(Node):
    """Pairs of old and new name."""

    verb: Literal["rename"] = "rename"
    pairs: tuple[tuple[str, str], ...]


@named_record
class Join(Node):
    """`on` pairs left and right columns; `asof` is the pair of the time condition (left at or after right).

    The right key columns are dropped (`full` fills the left ones from them), and so is the right time column of `asof`.
    """

    verb: Literal["join"] = "join"
    how: Literal["inner", "left", "full", "semi", "anti", "asof"]
    table: str
    on: tuple[tuple[str, str], ...] = ()
    asof: tuple[str, str] | None = None


@named_record
class Group(Node):
    """One row a combination of keys, one in all without keys."""

    verb: Literal["group"] = "group"
    keys: tuple[str, ...] = ()
    bindings: tuple[Bound, ...] = ()


@named_record
class Sort(Node):
    """Orders the rows, stably, nulls last."""

    verb: Literal["sort"] = "sort"
    keys: tuple[Order, ...]


@named_record
class Take(Node):
    """The first `count` rows."""

    verb: Literal["take"] = "take"
    count: int


@named_record
class Distinct(Node):
    """Whole rows once, or the first row of each combination of `columns` by `order`."""

    verb: Literal["distinct"] = "distinct"
    columns: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()


@named_record
class Union(Node):
    """The rows of both tables; columns by name."""

    verb: Literal["union"] = "union"
    table: str


@named_record
class Sample(Node):
    """About this share of the rows, decided by `key` (all columns when empty) and `seed`.

    `cuts` is how many splits and samples the rows have gone through before: each hashes anew.
    """

    verb: Literal["sample"] = "sample"
    share: float
    key: tuple[str, ...] = ()
    seed: int = 0
    cuts: int = 0


@named_record
class Predict(Node):
    """Adds the columns `outputs` by the input model `model`."""

    verb: Literal["predict"] = "predict"
    model: str
    outputs: Columns


Verb = Annotated[
    Filter | Derive | Select | Rename | Join | Group | Sort | Take | Distinct | Union | Sample | Predict,
    Tagged("verb"),
]
