"""What a feature is made of: columns of sources, and how the rows that they are read from lie to its own."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.certificate.model import Dependency, Feature, Time, Within
from mldsl.analysis.flow.evidence import Evidence, same_row
from mldsl.analysis.flow.nodes import Direction, Node
from mldsl.analysis.flow.reads import Way, reads
from mldsl.analysis.program import ModelDecl, PythonBody, SplitDecl

_TIMES: dict[Direction, Time] = {
    "earlier": "strictly earlier",
    "upto": "same or earlier",
    "later": "strictly later",
    "from": "same or later",
}
_OF_TIES: dict[Time, Time] = {"strictly earlier": "same or earlier", "strictly later": "same or later"}


class Lineage:
    """The columns that values begin with: those of sources, and those that a Python step or a model gives."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._begin = dict(_beginnings(evidence))

    def features(self, model: ModelDecl) -> tuple[Feature, ...]:
        """A model's features with what goes into each, by name."""
        return tuple(Feature(column.name, self._of(model, column.name)) for column in model.features)

    def _of(self, model: ModelDecl, name: str) -> tuple[Dependency, ...]:
        table = self._evidence.trained_on(model)
        split = next(iter(self._evidence.splits_of(model)), None)
        found = set()
        for _, read in reads([(name, table.columns[name])], table):
            column = self._column(read.node)
            if column is not None:
                found.add(self._dependency(column, read.way, model, split))
        return tuple(sorted(found, key=lambda item: (item.column, item.within, item.same, item.time or "")))

    def _column(self, node: Node) -> str | None:
        if node.model is not None:
            return f"{node.model}.{node.name}"
        return self._begin.get(node)

    def _dependency(self, column: str, way: Way, model: ModelDecl, split: SplitDecl | None) -> Dependency:
        if way.own:
            return Dependency(column, "own row")
        same = tuple(sorted({one.name for one, _ in way.same}))
        return Dependency(column, self._within(way, model, split), same, _time(way))

    def _within(self, way: Way, model: ModelDecl, split: SplitDecl | None) -> Within:
        table = self._evidence.trained_on(model)
        mine = frozenset(one for one, _ in way.same)
        if same_row(way, table) or (mine and table.unique(mine)):
            return "same key"
        if split is not None and split.group is not None:
            group = self._evidence.flow.table(split.table).columns[split.group]
            if any(one is group for one in mine):
                return "same group"
        return "same values" if mine else "any row"


def _time(way: Way) -> Time | None:
    """How the rows lie in time; what is earlier in an order alone may be of the same time."""
    if way.by is None:
        return None
    time = _TIMES.get(way.direction)
    return _OF_TIES.get(time, time) if time is not None and way.ties else time


def _beginnings(evidence: Evidence) -> Iterator[tuple[Node, str]]:
    """Nodes with the names of their columns; where two sources read the same data, the first has them."""
    told: set[Node] = set()
    program = evidence.program
    python = [name for name, item in program.transforms.items() if isinstance(item.body, PythonBody)]
    for name in (*program.sources, *(name for name in python if evidence.sound(name))):
        for column, node in evidence.flow.table(name).columns.items():
            if node not in told:
                told.add(node)
                yield node, f"{name}.{column}"
