"""Joins: the right table's values become values of the left rows, and rows may be repeated."""

from __future__ import annotations

from dataclasses import replace

from mldsl.analysis.flow.nodes import Edge, Node, Repeat, Step, Table
from mldsl.analysis.flow.regions import Part, Regions, few, meet, narrowed, paired
from mldsl.analysis.typed import Join
from mldsl.source import Span

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
    """The two sides of a join, and the pairs of values that are equal in them."""

    def __init__(
        self, left: Table, right: Table, pairs: Pairs, times: tuple[Node, Node] | None, kind: str, span: Span
    ) -> None:
        self.left = left
        self.right = right
        self.pairs = pairs
        self.times = times
        self.kind = kind
        self.span = span
        self.single = kind == "asof" or right.unique(node for _, node in pairs)
        self.own = self._by_identity() and kind != "asof" and left.unique(node for node, _ in pairs)

    def result(self, added: dict[str, Node]) -> Table:
        """The left table with these columns of the right one, by their names in the result."""
        left, right = self.left, self.right
        selects = frozenset(node for pair in self.pairs for node in pair) | right.selectors
        chosen = self.kind in ("inner", "semi", "anti", "full")
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
            columns={**left.columns, **self._values(added)},
            entities=left.entities | self._entities(),
            times=left.times
            | frozenset(right.columns[name] for name in added if right.columns.get(name) in right.times),
            bounded=left.bounded | right.bounded,
            copies=(*left.copies, *(right.copies if not self.single else ())),
        )
        return table if self.single and self.kind != "full" else self._repeated(table)

    # --- values ------------------------------------------------------------------------------------------------------

    def _values(self, added: dict[str, Node]) -> dict[str, Node]:
        """The right values: the row's own where the join is on its own key or makes a row of two, else looked up."""
        hidden = self.right.selectors - self.left.selectors
        if self.own and not hidden:
            return added
        step = None if self.own or not self.single else self._step()
        decided = [Edge(node, step, selects=True) for node in hidden]
        decided += (Edge(one) for one, _ in (*self.pairs, *([self.times] if self.times else ())))
        return {
            name: Node(node.name, node.span, node.type, roles=node.roles, edges=(Edge(node, step), *decided), copies=1)
            for name, node in added.items()
        }

    def _step(self) -> Step:
        """From a left row to the right ones that it is joined with."""
        timely = next(((one, two) for one, two in self.pairs if one.timely and two.timely), None)
        return Step(
            "lookup",
            self.span,
            self.right.rows,
            frozenset(self.pairs),
            "upto" if self.times is not None or timely is not None else "any",
            self.times or timely,
            alone=self.times is None and not all(one is two for one, two in self.pairs),
            timed=self.right.timed,
            meets_time=bool(self.left.with_role("time")),
            picked=self.right.picked,
        )

    def _entities(self) -> frozenset[Node]:
        """The right side's entities; a left key that stands for one is one as well."""
        right = self.right.entities
        return right | {one for one, two in self.pairs if two in right}

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
        """The left rows without those of the right side, where that is one part of a split."""
        if not self._by_identity() or len(self.right.rows) != 1:
            return left
        (region,) = self.right.rows
        if len(region.parts) != 1 or len(region.conditions) != 1:
            return left
        ((split, part),) = region.parts
        return narrowed(left, Part(split, part, out=True))

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
