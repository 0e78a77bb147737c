"""ML307: a row that looks into its own future.

What a `lead` or a window gives away by its order is seen in windows, what has no bound in time where rows of tables
with times are put together. An `asof` join the wrong way round is seen where its condition is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence, joined_table, same_row
from mldsl.analysis.flow.nodes import Node, Table
from mldsl.analysis.flow.reads import Read
from mldsl.analysis.flow.regions import meet
from mldsl.analysis.program import ModelDecl, SplitDecl
from mldsl.analysis.rules.leak import Leak
from mldsl.analysis.typed import Column
from mldsl.diagnostics.model import Diagnostic, Label


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each value that looks ahead and becomes a feature."""
    for model in evidence.models():
        table = evidence.trained_on(model)
        splits = evidence.splits_of(model)
        times = {evidence.flow.table(split.table).columns[split.time] for split in splits if split.time is not None}
        seen: set[object] = set()
        for feature, read in evidence.reads(model):
            if read.way.own or same_row(read.way, table):
                continue
            if _ahead(read, times) or _unbounded(read, table, splits):
                leak = _leak(read, feature, model, evidence)
                if leak.about[0] not in seen:
                    seen.add(leak.about[0])
                    yield leak


def _ahead(read: Read, times: set[Node]) -> bool:
    """Whether the rows read lie behind the row at hand in an order of time."""
    way = read.way
    if way.direction not in ("later", "from") or way.by is None:
        return False
    return any(node.timely or node in times for node in way.by)


def _unbounded(read: Read, table: Table, splits: list[SplitDecl]) -> bool:
    """Whether rows are aggregated that have times and no bound in them, and the row at hand has one as well.

    Among the rows that are split themselves, it is the split by time that this breaks; otherwise ML302 sees it.
    """
    way = read.way
    if not meet(way.regions, table.rows):
        return way.future
    by_time = any(split.time is not None for split in splits)
    return by_time and (way.future or way.endless)


def _leak(read: Read, feature: Column, model: ModelDecl, evidence: Evidence) -> Leak:
    way = read.way
    made = read.made or read.root
    assert made is not None
    assert read.step is not None
    span, name = evidence.made(made, feature)
    where = "" if name == feature.name else f"goes into the feature `{feature.name}` of `{model.name}`"
    labels: tuple[Label, ...] = ()
    if read.step.kind == "lookup":
        labels = (Label(joined_table(read.step.span), "joined to rows that have a time of their own"),)
        message = f"`{name}` is computed over rows of any time, later ones too"
        help_ = "bound the rows by time first: `filter ts < cutoff`, or use an `asof` join"
    elif way.direction == "any":
        message = f"`{name}` is computed over rows of any time, later ones too"
        help_ = "let the window end at the row: `over (… order by` its time `)`"
    else:
        message = f"`{name}` looks at later rows"
        help_ = "look back instead: `lag`, or an order by time that rises"
    return Leak(
        Diagnostic("ML307", message, span, where or f"becomes a feature of `{model.name}`", labels, help_),
        (("column", id(made)),),
    )
