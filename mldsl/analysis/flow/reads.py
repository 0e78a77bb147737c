"""What a feature reads: every value that goes into it, and how the rows it is read from lie to the row at hand."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.nodes import Direction, Edge, Node, Step, Table
from mldsl.analysis.flow.regions import Regions
from mldsl.records import record

_BACK = ("earlier", "upto")
_AHEAD = ("later", "from")


@record
class Way:
    """How the rows that are read lie to the row at hand. `own` is that row itself, or what its group is made of.

    `same` are values that both have in common, `by` the two times that `direction` is about; `itself` says that the row
    may be among those read. `future` says that rows are aggregated that have times and no bound in them, and the row at
    hand has a time too. `root` is the value whose computation leaves the row, `made` the last aggregate on the way.
    """

    own: bool = True
    same: frozenset[tuple[Node, Node]] = frozenset()
    direction: Direction = "own"
    by: tuple[Node, Node] | None = None
    itself: bool = True
    regions: Regions = frozenset()
    future: bool = False
    met: bool = False
    root: Node | None = None
    step: Step | None = None
    made: Node | None = None

    def common(self, node: Node) -> bool:
        """Whether a value is the same in both rows."""
        return self.own or (node, node) in self.same


@record
class Read:
    """A value that goes into a feature. `via` is what reads it; `selects` says that it only chooses rows there."""

    node: Node
    way: Way
    via: Node | None
    selects: bool = False


_OWN = Way()


def reads(start: Node, table: Table) -> Iterator[Read]:
    """Everything that goes into a column of a table, itself first."""
    grains = {grain for region in table.rows for grain in region.grains}
    seen: set[tuple[Node, Way, bool]] = set()
    waiting: list[Read] = [Read(start, _OWN, None)]
    while waiting:
        read = waiting.pop()
        key = (read.node, read.way, read.selects)
        if key in seen:
            continue
        seen.add(key)
        yield read
        for edge in read.node.edges:
            waiting.append(Read(edge.node, _further(read, edge, grains), read.node, edge.selects))


def _further(read: Read, edge: Edge, grains: set[object]) -> Way:
    """The way to what `edge` reads."""
    way, step = read.way, edge.step
    if step is None or (way.own and step.kind == "group" and step.grain in grains):
        return way
    direction, by = _direction(way, step)
    unbounded = step.timed and direction == "any" and (step.kind != "lookup" or step.picked)
    met = way.met or step.meets_time
    return Way(
        own=False,
        same=_same(way, step),
        direction=direction,
        by=by,
        itself=_itself(way, step, direction),
        regions=step.regions,
        future=way.future or (unbounded and met),
        met=met,
        root=way.root or read.node,
        step=way.step or step,
        made=read.node if step.kind != "lookup" else way.made,
    )


def _same(way: Way, step: Step) -> frozenset[tuple[Node, Node]]:
    if way.own:
        return step.same
    return frozenset((one, four) for one, two in way.same for three, four in step.same if two is three)


def _direction(way: Way, step: Step) -> tuple[Direction, tuple[Node, Node] | None]:
    """One direction after another; both must be about the same times."""
    if way.direction == "own":
        return step.direction, step.by
    if step.direction == "own":
        return way.direction, way.by
    if way.by is None or step.by is None or way.by[1] is not step.by[0]:
        return "any", None
    by = (way.by[0], step.by[1])
    for sides, strict in ((_BACK, "earlier"), (_AHEAD, "later")):
        if way.direction in sides and step.direction in sides:
            return (strict if strict in (way.direction, step.direction) else step.direction), by
    return "any", None


def _itself(way: Way, step: Step, direction: Direction) -> bool:
    """Whether the row at hand may be among those read."""
    if direction in ("earlier", "later"):
        return False
    if step.kind in ("window", "group") and direction == "any":
        return True
    return way.itself and not step.alone
