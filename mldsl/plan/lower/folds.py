"""Inner folds: as the split is made that a model's rows come from, through whatever transforms."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis import program
from mldsl.analysis.flow.nodes import Table
from mldsl.analysis.flow.program import Flow
from mldsl.plan import nodes


def folds_of(given: program.ModelDecl, whole: program.Program, reach: tuple[str, ...]) -> nodes.Folds:
    """The folds of a model. Of a transform's rows they are those of the split that the rows lie in a part of.

    Where the split's time or group is not there any more, no fold could keep apart what it keeps apart: it is `lost`.
    """
    if given.split is not None:
        split = whole.splits[given.split]
        return nodes.Folds(stratify=split.stratify, time=split.time, group=split.group, reach=reach)
    if not whole.splits or not given.table:
        return nodes.Folds()
    flow = Flow(whole)
    table = flow.table(given.table)
    return _merged([_followed(split, table, flow) for split in _splits(whole, table)])


def _splits(whole: program.Program, table: Table) -> Iterator[program.SplitDecl]:
    """The splits that the rows lie in one part of."""
    names = {name for region in table.rows for name in region.splits}
    return (split for name, split in whole.splits.items() if name in names)


def _followed(split: program.SplitDecl, table: Table, flow: Flow) -> nodes.Folds:
    """The split's columns by the names that they have now. What it is stratified by may go: classes still are even."""
    before = flow.table(split.table).columns
    names = {node: name for name, node in table.columns.items()}

    def now(name: str | None) -> str | None:
        return names.get(before[name]) if name is not None and name in before else None

    needed = [name for name in (split.time, split.group) if name is not None]
    lost = tuple(f"{split.name}.{name}" for name in needed if now(name) is None)
    return nodes.Folds(stratify=now(split.stratify), time=now(split.time), group=now(split.group), lost=lost)


def _merged(found: list[nodes.Folds]) -> nodes.Folds:
    """Rows that lie in parts of several splits: by the first time and the first group there is."""
    return nodes.Folds(
        stratify=next((item.stratify for item in found if item.stratify), None),
        time=next((item.time for item in found if item.time), None),
        group=next((item.group for item in found if item.group), None),
        lost=tuple(name for item in found for name in item.lost),
    )
