"""What a feature reads: every value that goes into it, and how the rows it is read from lie to the row at hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from mldsl.analysis.flow.nodes import Direction, Edge, Node, Step, Table
from mldsl.analysis.flow.regions import Regions
from mldsl.records import record

_BACK = ("earlier", "upto")
_AHEAD = ("later", "from")


@record
class Way:
    """How the rows that are read lie to the row at hand. `own` is that row itself, or what its group is made of.

    `same` are values that both have in common, `by` the two times that `direction` is about; `ties` says that there may
    be rows of the very same time that are earlier or later by their order alone, `itself` that the row may be among
    those read. `future` says that rows are aggregated that have times and no bound in them, and that the
    row at hand had a time too when they were joined to it (`met`). `endless` is a window over any rows of such a table.
    """

    own: bool = True
    same: frozenset[tuple[Node, Node]] = frozenset()
    direction: Direction = "own"
    by: tuple[Node, Node] | None = None
    ties: bool = False
    itself: bool = True
    regions: Regions = frozenset()
    future: bool = False
    met: bool = False
    endless: bool = False

    def common(self, node: Node) -> bool:
        """Whether a value is the same in both rows."""
        return self.own or (node, node) in self.same


class Read:
    """A value that goes into a feature. `via` is what reads it; `selects` says that it only chooses rows there.

    Where other rows are read, `root` is the value whose computation leaves the row, by `step`, and `made` the last
    aggregate or window on the way.
    """

    __slots__ = ("made", "node", "root", "selects", "step", "via", "way")

    def __init__(self, node: Node, way: Way) -> None:
        self.node = node
        self.way = way
        self.via: Node | None = None
        self.selects = False
        self.root: Node | None = None
        self.made: Node | None = None
        self.step: Step | None = None

    def further(self, edge: Edge, way: Way) -> Read:
        """What the value read here reads itself."""
        found = Read(edge.node, way)
        found.via, found.selects = self.node, edge.selects
        found.root, found.made, found.step = self.root, self.made, self.step
        if edge.step is not None and not way.own:
            found.root = self.root or self.node
            found.step = self.step or edge.step
            found.made = self.node if edge.step.kind != "lookup" else self.made
        return found


def reads(starts: Iterable[tuple[str, Node]], table: Table) -> Iterator[tuple[str, Read]]:
    """Everything that goes into columns of a table, themselves first; what several of them read, for the first alone.

    Each value is yielded once for each that reads it and each way to it, the shortest ways first.
    """
    ways = _Ways({grain for region in table.rows for grain in region.grains})
    seen: set[tuple[int, int]] = set()
    for name, start in starts:
        waiting = deque([Read(start, ways.own)])
        while waiting:
            read = waiting.popleft()
            yield name, read
            key = (id(read.node), id(read.way))
            if key not in seen:
                seen.add(key)
                waiting.extend(read.further(edge, ways.further(read.way, edge.step)) for edge in read.node.edges)


class _Ways:
    """The ways of one search, each of them once, so that they can be told by their identity."""

    def __init__(self, grains: set[object]) -> None:
        self.own = Way()
        self._grains = grains
        self._known: dict[Way, Way] = {}
        self._steps: dict[tuple[int, int], Way] = {}

    def further(self, way: Way, step: Step | None) -> Way:
        """The way to the rows that `step` leads to from those at the end of `way`."""
        if step is None:
            return way
        key = (id(way), id(step))
        if key not in self._steps:
            made = self._further(way, step)
            self._steps[key] = self._known.setdefault(made, made)
        return self._steps[key]

    def _further(self, way: Way, step: Step) -> Way:
        if way.own and step.kind == "group" and step.grain in self._grains:
            return self.own
        direction, by = _direction(way, step)
        unbounded = step.timed and direction == "any" and (step.kind != "lookup" or step.picked)
        met = way.met or step.meets_time
        return Way(
            own=False,
            same=_same(way, step),
            direction=direction,
            by=by,
            ties=not (_firm(way) or _firm(step)),
            itself=_itself(way, step, direction),
            regions=step.regions,
            future=way.future or (unbounded and met),
            met=met,
            endless=way.endless or (way.own and step.kind == "window" and step.timed and step.by is None),
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


def _firm(item: Way | Step) -> bool:
    """Whether all rows that it leads to have an earlier time, or all a later one."""
    return item.direction in ("earlier", "later") and not item.ties


def _itself(way: Way, step: Step, direction: Direction) -> bool:
    """Whether the row at hand may be among those read."""
    if direction in ("earlier", "later"):
        return False
    if step.kind in ("window", "group") and direction == "any":
        return True
    return way.itself and not step.alone
