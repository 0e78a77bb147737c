"""Joins: the right table's values become values of the left rows, and rows may be repeated."""

from __future__ import annotations

from dataclasses import replace

from mldsl.analysis.flow.nodes import Direction, Edge, Node, Repeat, Step, Table
from mldsl.analysis.flow.regions import Regions, few, meet, paired, without
from mldsl.analysis.flow.times import strictly_earlier
from mldsl.analysis.typed import Join
from mldsl.source import Span

Bound = tuple[Direction, tuple[Node, Node]]
Pairs = tuple[tuple[Node, Node], ...]


def join(verb: Join, left: Table, right: Table) -> Table:
    """The table after a join; a `semi` or `anti` join chooses rows only."""
    pairs = tuple((left.columns[one], right.columns[two]) for one, two in verb.on)
    times = (left.columns[verb.asof[0]], right.columns[verb.asof[1]]) if verb.asof is not None else None
    columns = {column.name: right.columns.get(column.name) for column in verb.schema.columns}
    added = {name: node for name, node in columns.items() if name not in left.columns and node is not None}
    made = JoinedRows(left, right, pairs, times, verb.kind, verb.span)
    return replace(made.result(added), schema=verb.schema)


class JoinedRows:
    """The two sides of a join, and the pairs of values that are equal in them.

    Of the pair `times`, the right one is the last that is no later than the left one. `bound` is what a condition says
    of two times: how the right rows lie to the left one.
    """

    def __init__(
        self,
        left: Table,
        right: Table,
        pairs: Pairs,
        times: tuple[Node, Node] | None,
        kind: str,
        span: Span,
        *,
        bound: Bound | None = None,
    ) -> None:
        self.left = left
        self.right = right
        self.pairs = pairs
        self.times = times
        self.bound = bound
        self.kind = kind
        self.span = span
        self.single = kind == "asof" or right.unique(node for _, node in pairs)
        self.own = self._by_identity() and kind != "asof" and left.unique(node for node, _ in pairs)

    def result(self, added: dict[str, Node]) -> Table:
        """The left table with these columns of the right one, by their names in the result."""
        left, right = self.left, self.right
        selects = frozenset(node for pair in self.pairs for node in pair) | right.selectors
        chosen = self.kind in ("inner", "semi", "anti", "full")
        values = self._values(added)
        now = {right.columns[name]: node for name, node in values.items() if name in right.columns}
        table = replace(
            left,
            rows=self._rows(),
            selectors=left.selectors | selects if chosen else left.selectors,
            influences=few(left.influences | self._influences()),
            opaque=tuple(dict.fromkeys((*left.opaque, *right.opaque))),
        )
        if self.kind in ("semi", "anti"):
            return table
        table = replace(
            table,
            columns={**left.columns, **values},
            entities=left.entities | self._entities(now),
            times=left.times | frozenset(node for before, node in now.items() if before in right.times),
            bounded=left.bounded | frozenset(now.get(node, node) for node in right.bounded),
            copies=(*left.copies, *(right.copies if not self.single else ())),
        )
        return table if self.single and self.kind != "full" else self._repeated(table)

    # --- values ------------------------------------------------------------------------------------------------------

    def _values(self, added: dict[str, Node]) -> dict[str, Node]:
        """The right values: the row's own where the join is on its own key or makes a row of two, else looked up."""
        hidden = self.right.selectors - self.left.selectors
        if self.own and not hidden:
            return added
        step = None if self.own or not (self.single or self._among_themselves()) else self._step()
        decided = [Edge(node, step, selects=True) for node in hidden]
        decided += (Edge(one) for one, _ in (*self.pairs, *([self.times] if self.times else ())))
        return {
            name: Node(node.name, node.span, node.type, roles=node.roles, edges=(Edge(node, step), *decided), copies=1)
            for name, node in added.items()
        }

    def _step(self) -> Step:
        """From a left row to the right ones that it is joined with."""
        timely = next(((one, two) for one, two in self.pairs if one.timely and two.timely), None)
        direction, by = self.bound or (("upto", self.times or timely) if self.times or timely else ("any", None))
        if direction == "upto" and by is not None and strictly_earlier(by):
            direction = "earlier"
        return Step(
            "lookup",
            self.span,
            self.right.rows,
            frozenset(self.pairs),
            direction,
            by,
            alone=self.times is None and not all(_alike(one, two) for one, two in self.pairs),
            timed=self.right.timed,
            meets_time=bool(self.left.with_role("time")),
            picked=self.right.picked,
        )

    def _among_themselves(self) -> bool:
        """Whether rows are put beside others of the same table: what is read of these is no value of the row's own."""
        return meet(self.left.rows, self.right.rows) and not self._by_identity()

    def _entities(self, now: dict[Node, Node]) -> frozenset[Node]:
        """The right side's entities; a left key that stands for one is that entity now."""
        stand_in = {two: one for one, two in self.pairs}
        return frozenset(stand_in.get(node) or now.get(node, node) for node in self.right.entities)

    # --- rows --------------------------------------------------------------------------------------------------------

    def _rows(self) -> Regions:
        left, right = self.left.rows, self.right.rows
        if self.kind == "anti":
            return self._without(left)
        if self.kind in ("inner", "semi") and self._by_identity():
            return few(one.within(*two.conditions) for one in left for two in right if meet((one,), (two,))) or left
        if self.kind == "full" and self._by_identity():
            return few(left | right)
        if self.single or self.kind in ("semi", "anti"):
            return left
        return paired(left, right)

    def _by_identity(self) -> bool:
        """Whether rows are joined by what both tables know them by."""
        return self.single and bool(self.pairs) and all(one is two for one, two in self.pairs)

    def _without(self, left: Regions) -> Regions:
        """The left rows without those of the right side."""
        if not self._by_identity() or len(self.right.rows) != 1:
            return left
        (region,) = self.right.rows
        return without(left, region)

    def _influences(self) -> Regions:
        """The right rows, but where they say only which rows are not taken."""
        return frozenset() if self.kind == "anti" else self.right.seen

    def _repeated(self, table: Table) -> Table:
        """Several right rows may meet one left row (and, in a full join, right rows come in by themselves)."""
        left, right = self.left, self.right
        if self.own:
            return table
        both = frozenset(one | two for one in left.uniques for two in right.uniques)
        broken = bool(left.key) and left.unique(left.key) and not self.single
        repeats = (*left.repeats, *((Repeat(left.key, self.span, "join"),) if broken else ()))
        return replace(table, uniques=both, repeats=repeats)


def _alike(one: Node, two: Node) -> bool:
    """Whether two values are the same in one row: one column, or the same made of the same columns."""
    if one is two:
        return True
    made = [[edge.node for edge in node.edges if edge.step is None] for node in (one, two)]
    return bool(made[0]) and made[0] == made[1] and one.offset == two.offset
