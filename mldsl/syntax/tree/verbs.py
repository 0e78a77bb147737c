"""The verbs of a transform."""

from __future__ import annotations

from typing import Literal as Choice

from mldsl.records import record
from mldsl.syntax.tree.expressions import Expr, Name, Node, Ref, Selector, SortKey


@record
class Binding(Node):
    """`name = EXPR`, in `derive` and `group by`."""

    name: Name
    value: Expr


@record
class Filter(Node):
    """`filter CONDITION`."""

    condition: Expr


@record
class Derive(Node):
    """`derive name = EXPR` or `derive { … }`."""

    bindings: tuple[Binding, ...]


@record
class Select(Node):
    """`select COLUMNS`: names (Ref) and selectors."""

    columns: tuple[Ref | Selector, ...]


@record
class Drop(Node):
    """`drop COLUMNS`."""

    columns: tuple[Ref | Selector, ...]


@record
class Rename(Node):
    """`rename old to new`; several may be separated by commas."""

    pairs: tuple[tuple[Name, Name], ...]


JoinKind = Choice["inner", "left", "full", "semi", "anti", "asof"]


@record
class Join(Node):
    """`left join T on CONDITION`; `on a` (a Ref) when both sides have the column."""

    kind: JoinKind
    table: Ref
    condition: Expr


@record
class GroupBy(Node):
    """`group by a, b { name = AGGREGATE … }`."""

    keys: tuple[Ref, ...]
    bindings: tuple[Binding, ...]


@record
class SortBy(Node):
    """`sort by a, b desc`."""

    keys: tuple[SortKey, ...]


@record
class Take(Node):
    """`take 100`."""

    count: Expr


@record
class Distinct(Node):
    """`distinct` (no columns) or `distinct on a, b`."""

    columns: tuple[Ref, ...]


@record
class Union(Node):
    """`union T`."""

    table: Ref


@record
class Sample(Node):
    """`sample 10%`."""

    share: Expr


@record
class PredictWith(Node):
    """`predict with MODEL`."""

    model: Ref


Verb = (
    Filter | Derive | Select | Drop | Rename | Join | GroupBy | SortBy | Take | Distinct | Union | Sample | PredictWith
)
