"""The proof of a rename: the program is analysed as it would be, and every name must stand for the same as before."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from os.path import realpath

from mldsl.analysis.analyze import analyze
from mldsl.analysis.context import Context
from mldsl.analysis.program import SourceDecl, SplitDecl, TransformDecl
from mldsl.analysis.trace import Trace
from mldsl.analysis.typed import Column
from mldsl.errors import UsageError
from mldsl.lsp.snapshot import Snapshot
from mldsl.lsp.workspace import Workspace
from mldsl.source import SourceFile, Span

Edits = dict[str, dict[tuple[int, int], str]]
"""By the real path of a file: what replaces the characters from one offset up to another."""

Place = tuple[str, int]
Meaning = set[tuple[Place, Place | None]]
"""Where a name stands, and where what it stands for is declared."""

Table = tuple[Place, tuple[tuple[Place | None, str, tuple[str, ...]], ...]]
"""Where a table is declared, and its columns: where each comes from, its type and its roles."""


def prove(workspace: Workspace, snapshot: Snapshot, edits: Edits, new: str) -> None:
    """Raise UsageError unless the program with the edits has the same mistakes, and its names the same meaning."""
    texts = {realpath(file.path): _applied(file, edits) for file in snapshot.documents if _touched(file, edits)}
    if not texts:
        return
    load = workspace.with_texts(texts)
    parsed, trace = load(snapshot.main.file.path), Trace()
    analysis = analyze(parsed.module, syntax=parsed.diagnostics, load=load, every_profile=True, trace=trace)
    before = Counter(item.code for item in snapshot.analysis.diagnostics)
    for item in analysis.diagnostics:
        before[item.code] -= 1
        if before[item.code] < 0:
            where = f"line {item.span.file.position(item.span.start).line}"
            raise UsageError(f"`{new}` would not do: {item.message} ({where})", item.help)
    moved, still = _Moved(edits), _Moved({})
    run = analysis.run
    assert run is not None
    same = _meaning(snapshot.trace, moved) == _meaning(trace, still)
    if not same or _tables(snapshot.context, moved) != _tables(run.context, still):
        raise UsageError(f"with `{new}` a name would stand for another column or thing than before: choose another")


class _Moved:
    """Where a place is after the edits."""

    def __init__(self, edits: Edits) -> None:
        self._starts: dict[str, list[int]] = {}
        self._shifts: dict[str, list[int]] = {}
        for path, listed in edits.items():
            total, starts, shifts = 0, [], [0]
            for (start, end), text in sorted(listed.items()):
                total += len(text) - (end - start)
                starts.append(start)
                shifts.append(total)
            self._starts[path], self._shifts[path] = starts, shifts

    def place(self, span: Span) -> Place:
        """The place of the span's start: what is edited before it moves it."""
        path = realpath(span.file.path)
        starts = self._starts.get(path)
        if starts is None:
            return path, span.start
        return path, span.start + self._shifts[path][bisect_right(starts, span.start - 1)]


def _meaning(trace: Trace, moved: _Moved) -> Meaning:
    found: Meaning = set()
    for use in trace.uses:
        declared = use.target.origin if isinstance(use.target, Column) else use.target.name.span
        found.add((moved.place(use.span), moved.place(declared) if declared is not None else None))
    return found


def _tables(context: Context, moved: _Moved) -> list[Table]:
    """The columns of every table but for their names: a new name must not hide a column, nor bring one to light."""
    found = []
    for item in context.resolved.values():
        if isinstance(item, (SourceDecl, TransformDecl, SplitDecl)):
            columns = item.schema.columns
            listed = [(_origin(column, moved), str(column.type), tuple(sorted(column.roles))) for column in columns]
            found.append((moved.place(item.span), tuple(listed)))
    return sorted(found, key=lambda table: table[0])


def _origin(column: Column, moved: _Moved) -> Place | None:
    return moved.place(column.origin) if column.origin is not None else None


def _touched(file: SourceFile, edits: Edits) -> bool:
    return realpath(file.path) in edits


def _applied(file: SourceFile, edits: Edits) -> str:
    text, made, last = file.text, [], 0
    for (start, end), new in sorted(edits[realpath(file.path)].items()):
        made += [text[last:start], new]
        last = end
    return "".join([*made, text[last:]])
