"""The graph of values: each column's value with what it was computed from, in its own row and in others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import field
from typing import Literal as Choice

from mldsl.analysis.flow.regions import Regions
from mldsl.analysis.typed import Column, Schema
from mldsl.catalog.types import Type
from mldsl.records import record
from mldsl.source import Span

# How the rows that are read lie to the row that reads them, in an order: `upto` and `from` hold the row itself.
Direction = Choice["own", "earlier", "upto", "later", "from", "any"]


# The name of what decides, in a condition, which rows there are.
CONDITION = "the condition"


class Node:
    """A value that every row of some table has, told by its identity; unchanged copies of a column share it.

    `model` is the model whose prediction it is; `span` is the place that made it. The first `copies` edges lead to
    values that it is an unchanged copy of: one of a joined column, either of two of a union. `offset` says of a time
    how it lies to the one that it is made of. `constant` is a value that was written down in the program. `numbers` are
    the values by which rows were put together whose number in such a group it is.
    """

    __slots__ = ("constant", "copies", "edges", "model", "name", "numbers", "offset", "roles", "span", "type")

    def __init__(
        self,
        name: str,
        span: Span,
        type_: Type,
        *,
        roles: frozenset[str] = frozenset(),
        edges: Iterable[Edge] = (),
        model: str | None = None,
        copies: int = 0,
        offset: Offset | None = None,
        constant: bool = False,
        numbers: frozenset[Node] | None = None,
    ) -> None:
        self.name = name
        self.span = span
        self.type = type_
        self.roles = roles
        self.edges = tuple(edges)
        self.model = model
        self.copies = copies
        self.offset = offset
        self.constant = constant
        self.numbers = numbers

    @property
    def timely(self) -> bool:
        """Whether rows in its order are in the order of time."""
        return "time" in self.roles or self.type.is_temporal or self.offset is not None

    def __repr__(self) -> str:
        return f"<{self.name} at {self.span.location}>"


@record
class Offset:
    """A time lies between `least` (not there itself where `open`) and `most` seconds after the time `base`."""

    base: Node
    least: float = 0.0
    most: float = 0.0
    open: bool = False


@record
class Opaque:
    """A Python step that nothing is declared of, by its name, and the rows that it looks at.

    `timed` says that some of these have times with no bound in them.
    """

    name: str
    regions: Regions
    timed: bool


@record
class Step:
    """A way from a row to other rows.

    `same` are the values that both rows have in common, as the reader's and the read row's. `by` are the two values
    that `direction` is about; `ties` says that other rows of the very same time may lie on that side, too, as those
    before a row in a window's order. `alone` says that the row itself is not among those read. `timed` says that the
    rows read have times and no bound in them; `meets_time`, of a lookup, that the reading row has a time.
    """

    kind: Choice["window", "group", "lookup"]
    span: Span = field(compare=False, repr=False)
    regions: Regions
    same: frozenset[tuple[Node, Node]] = frozenset()
    direction: Direction = "any"
    by: tuple[Node, Node] | None = None
    ties: bool = False
    alone: bool = False
    timed: bool = False
    meets_time: bool = False
    picked: bool = False
    grain: Hashable = None


class Edge:
    """A value goes into another one: of the same row, or of those that `step` leads to.

    `selects` says that it only decides which rows there are.
    """

    __slots__ = ("node", "selects", "step")

    def __init__(self, node: Node, step: Step | None = None, *, selects: bool = False) -> None:
        self.node = node
        self.step = step
        self.selects = selects


@record
class Repeat:
    """A join or a union that makes several rows of one: `key` are the values that told rows apart before."""

    key: frozenset[Node]
    span: Span
    what: Choice["join", "union"]


@record
class Copied:
    """A union of a table with rows that it has already."""

    span: Span
    left: str
    right: str


@record
class Table:
    """A table as the flow sees it.

    `rows` are the rows that its own come from, `influences` all those whose values went into it. `uniques` are sets of
    values that no two rows share, `key` the values with that role, `entities` those with that one (both stay when the
    columns go, as `times` do). `selectors` are values that decided which rows there are, `bounded` times with an upper
    bound. `picked` says that one of several rows was chosen. `opaque` are the Python steps behind it that nothing is
    declared of. `unfollowed` says of an `sql` block's result that the query could not be followed.
    """

    name: str
    schema: Schema
    columns: dict[str, Node]
    rows: Regions
    influences: Regions = frozenset()
    uniques: frozenset[frozenset[Node]] = frozenset()
    key: frozenset[Node] = frozenset()
    entities: frozenset[Node] = frozenset()
    times: frozenset[Node] = frozenset()
    bounded: frozenset[Node] = frozenset()
    selectors: frozenset[Node] = frozenset()
    picked: bool = False
    repeats: tuple[Repeat, ...] = ()
    copies: tuple[Copied, ...] = ()
    opaque: tuple[Opaque, ...] = ()
    unfollowed: bool = False

    @property
    def timed(self) -> bool:
        """Whether its rows have times, with no bound in them."""
        return bool(self.times) and not self.times & self.bounded

    @property
    def seen(self) -> Regions:
        """All rows that anything of it depends on."""
        return self.rows | self.influences

    def unique(self, nodes: Iterable[Node]) -> bool:
        """Whether no two rows share these values."""
        given = frozenset(nodes)
        return any(item <= given for item in self.uniques)

    def with_role(self, role: str) -> frozenset[Node]:
        """The values of the columns that carry a role now."""
        return frozenset(self.columns[column.name] for column in self.schema.with_role(role))


def origin(column: Column, otherwise: Span) -> Span:
    """The place that made a column."""
    return column.origin if column.origin is not None else otherwise
