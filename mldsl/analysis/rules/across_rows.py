"""ML302: a column that was computed across rows before they were split."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence, joined_table, same_row, shared
from mldsl.analysis.flow.nodes import Node, Table
from mldsl.analysis.flow.reads import Read, Way
from mldsl.analysis.program import ModelDecl, SplitDecl
from mldsl.analysis.reach.hide import carried
from mldsl.analysis.rules.leak import Leak
from mldsl.analysis.typed import Column
from mldsl.diagnostics.model import Diagnostic, Label

_AHEAD = ("later", "from")


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each window, and one for each join that brings such columns in."""
    for model in evidence.models():
        splits = evidence.splits_of(model)
        target = model.target.name if model.target is not None else None
        seen: set[object] = set()
        found = list(evidence.reads(model))
        found += ((model.target, read) for read in evidence.target_reads(model) if model.target is not None)
        mixing: dict[tuple[int, bool], SplitDecl | None] = {}
        for column, read in found:
            is_target = column.name == target
            key = (id(read.way), is_target)
            if key not in mixing:
                mixed = (item for item in splits if _mixes(read.way, item, evidence, model, is_target))
                mixing[key] = next(mixed, None)
            split = mixing[key]
            if split is None:
                continue
            leak = _leak(read, column, split, model, evidence)
            if not seen.intersection(leak.about):
                yield leak
            seen.update(leak.about)


def _mixes(way: Way, split: SplitDecl, evidence: Evidence, model: ModelDecl, is_target: bool) -> bool:
    """Whether rows of another part of a split may be among those read."""
    if way.own:
        return False
    table = evidence.trained_on(model)
    if same_row(way, table) or not _undivided(way, split, table):
        return False
    whole = evidence.flow.table(split.table)
    if split.group is not None and shared(way, whole.columns[split.group]):
        return False
    if split.key and all(way.common(whole.columns[name]) for name in split.key):
        return False
    if split.time is None or not _in_time(way, whole.columns[split.time], is_target):
        return True
    return way.direction in _AHEAD and not carried(evidence.program, evidence.flow, model, split).complete


def _undivided(way: Way, split: SplitDecl, table: Table) -> bool:
    """Whether rows of the kind that is split, or that these are made of, are read that have not been split yet."""
    return any(
        split.name not in region.splits
        and any(region.meets(item) and set(region.grains) <= set(item.grains) for item in table.rows)
        for region in way.regions
    )


def _in_time(way: Way, time: Node, is_target: bool) -> bool:
    """Whether the rows read lie before the row at hand; those that make its target may lie behind it."""
    if way.by is None or way.direction == "any":
        return False
    if not is_target and way.direction in _AHEAD:
        return False
    return way.by[0] is time or (way.by[0].timely and time.timely)


def _leak(read: Read, column: Column, split: SplitDecl, model: ModelDecl, evidence: Evidence) -> Leak:
    assert read.step is not None
    made = read.made or read.root
    assert made is not None
    looked_up = read.step.kind == "lookup"
    span, name = evidence.made(made, column)
    if read.made is None:
        span = joined_table(read.step.span)
    labels = [Label(split.span, "the rows are split here, afterwards")]
    if looked_up and read.made is not None:
        labels.insert(0, Label(joined_table(read.step.span), "joined back to the rows it was computed from"))
    is_target = model.target is not None and column.name == model.target.name
    role = "is the target" if is_target else f"goes into the feature `{column.name}`"
    message = f"`{name}` is computed across rows that are split into training and test rows later"
    help_ = "what is learned from the data belongs into `prepare`; or split first, or stay within the split's `group`"
    if is_target and split.time is not None and read.way.direction in _AHEAD:
        message = f"how far the target `{name}` reaches into later rows cannot be followed to the split"
        help_ = f"make it by verbs of a `transform`, where the split's time `{split.time}` is there, after any union"
    about: list[object] = [("column", id(made))]
    if looked_up:
        about.append(("join", read.step.span.file.path, read.step.span.start))
    return Leak(Diagnostic("ML302", message, span, f"{role} of `{model.name}`", tuple(labels), help_), tuple(about))
