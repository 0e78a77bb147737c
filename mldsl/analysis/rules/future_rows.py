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
from mldsl.analysis.flow.times import looks_ahead
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
                if not seen.intersection(leak.about):
                    yield leak
                seen.update(leak.about)


def _ahead(read: Read, times: set[Node]) -> bool:
    """Whether the rows read lie behind the row at hand in an order of time, or may in one of days or months."""
    way = read.way
    if way.by is None or way.direction == "any":
        return False
    if way.direction in ("later", "from"):
        return any(node.timely or node in times for node in way.by)
    same = way.by[0] is way.by[1] and way.by[0] in times
    return not same and looks_ahead(way.by)


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
    assert read.step is not None
    span, name = evidence.place(read, feature)
    where = "" if name == feature.name else f"goes into the feature `{feature.name}` of `{model.name}`"
    labels: tuple[Label, ...] = ()
    if read.step.kind == "lookup" and read.made is not None:
        labels = (Label(joined_table(read.step.span), "joined to rows that have a time of their own"),)
    message, help_ = _said(read, name)
    return Leak(
        Diagnostic("ML307", message, span, where or f"becomes a feature of `{model.name}`", labels, help_),
        tuple(evidence.about(read, feature, model)),
    )


def _said(read: Read, name: str) -> tuple[str, str]:
    """What is wrong, and what to do."""
    assert read.step is not None
    way = read.way
    any_time = f"`{name}` is computed over rows of any time, later ones too"
    if way.direction != "any":
        if read.step.kind == "lookup" and way.direction in ("upto", "earlier"):
            message = (
                f"`{name}` may come from later rows: a time that it is joined by lies before the one it is made of"
            )
            return message, "join by the time itself, or by the end of a day or month that is over: `month + 31d`"
        if way.direction in ("upto", "earlier"):
            message = f"`{name}` may look at later rows: those of one day, month or year are in no order"
            return message, "order by the time itself"
        return f"`{name}` looks at later rows", "look back instead: `lag`, or an order by time that rises"
    if read.step.kind == "lookup":
        return any_time, "bound the rows by time first: `filter ts < cutoff`, or use an `asof` join"
    return any_time, "let the window end at the row: `over (… order by` its time `)`"
