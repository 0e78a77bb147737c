"""ML302: a column that was computed across rows before they were split."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence, joined_table, same_row, shared
from mldsl.analysis.flow.nodes import CONDITION, Node, Table
from mldsl.analysis.flow.reads import Read, Way
from mldsl.analysis.flow.times import looks_ahead, related
from mldsl.analysis.program import ModelDecl, SplitDecl
from mldsl.analysis.reach.hide import carried
from mldsl.analysis.rules.leak import Leak
from mldsl.analysis.typed import Column
from mldsl.diagnostics.model import Diagnostic, Label

_AHEAD = ("later", "from")


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each window, and one for each join that brings such columns in.

    What decides which rows there are counts as well: other test rows would leave other training rows.
    """
    for model in evidence.models():
        splits = evidence.splits_of(model)
        seen: set[object] = set()
        mixing: dict[tuple[int, bool], SplitDecl | None] = {}
        for column, read, of_later in _read(model, evidence):
            key = (id(read.way), of_later)
            if key not in mixing:
                mixed = (item for item in splits if _mixes(read.way, item, evidence, model, of_later))
                mixing[key] = next(mixed, None)
            split = mixing[key]
            if split is None:
                continue
            leak = _leak(read, column, split, model, evidence)
            if not seen.intersection(leak.about):
                yield leak
            seen.update(leak.about)


def _read(model: ModelDecl, evidence: Evidence) -> Iterator[tuple[Column | None, Read, bool]]:
    """What is read, for which column (None: to choose rows), and whether it may be of later rows under `time:`.

    That is so of what the target is made of, and of rows chosen by that: where there is no later row, there is none.
    """
    yield from ((column, read, False) for column, read in evidence.reads(model))
    of_target = list(evidence.target_reads(model))
    yield from ((model.target, read, True) for read in of_target)
    made_of = {read.node for read in of_target}
    yield from ((None, read, start in made_of) for start, read in evidence.choices(model))


def _mixes(way: Way, split: SplitDecl, evidence: Evidence, model: ModelDecl, of_later: bool) -> bool:
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
    if split.time is None or not _in_time(way, whole.columns[split.time], of_later):
        return True
    return way.direction in _AHEAD and not _is_left_out(split, evidence, model)


def _is_left_out(split: SplitDecl, evidence: Evidence, model: ModelDecl) -> bool:
    """Whether the split leaves out rows whose target reaches into a later part: it does for models fitted on it."""
    return model.split == split.name and carried(evidence.program, evidence.flow, model, split).complete


def _undivided(way: Way, split: SplitDecl, table: Table) -> bool:
    """Whether rows of the kind that is split, or that these are made of, are read that have not been split yet."""
    return any(
        split.name not in region.splits
        and any(region.meets(item) and set(region.grains) <= set(item.grains) for item in table.rows)
        for region in way.regions
    )


def _in_time(way: Way, time: Node, of_later: bool) -> bool:
    """Whether the rows read lie before the row at hand; what makes its target, and chooses by it, may lie behind it."""
    if way.by is None or way.direction == "any":
        return False
    if not of_later and way.direction in _AHEAD:
        return False
    if way.by[0] is time and way.by[1] is time:
        return True
    return way.by[0].timely and related(way.by[0], time) and (of_later or not looks_ahead(way.by))


def _leak(read: Read, column: Column | None, split: SplitDecl, model: ModelDecl, evidence: Evidence) -> Leak:
    assert read.step is not None
    made = read.made or read.root
    assert made is not None
    looked_up = read.step.kind == "lookup"
    span, name = evidence.place(read, column)
    labels = [Label(split.span, "the rows are split here, afterwards")]
    if looked_up and read.made is not None:
        labels.insert(0, Label(joined_table(read.step.span), "joined back to the rows it was computed from"))
    what = "what decides which rows there are" if made.name == CONDITION else f"`{name}`"
    message = f"{what} is computed across rows that are split into training and test rows later"
    help_ = "what is learned from the data belongs into `prepare`; or split first, or stay within the split's `group`"
    if column is model.target and split.time is not None and read.way.direction in _AHEAD:
        message = f"how far the target `{name}` reaches into later rows cannot be followed to the split"
        help_ = f"make it by verbs of a `transform`, where the split's time `{split.time}` is there, after any union"
        if model.split != split.name:
            help_ = f"fit the model on the split itself (`from {split.name}`), and transform the rows before it"
    role = f"{_role(column, model)} of `{model.name}`"
    return Leak(
        Diagnostic("ML302", message, span, role, tuple(labels), help_), tuple(evidence.about(read, column, model))
    )


def _role(column: Column | None, model: ModelDecl) -> str:
    if column is None:
        return "decides which rows there are"
    return "is the target" if column is model.target else f"goes into the feature `{column.name}`"
