"""Imports: the files of a program, each read once, and what cannot be read or comes round in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from os.path import realpath

from mldsl.analysis.paths import locate
from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.records import record
from mldsl.syntax import tree
from mldsl.syntax.loading import UnreadableFileError
from mldsl.syntax.parser import ParseResult

Load = Callable[[str], ParseResult]
"""Reads and parses the file of a path; raises UnreadableFileError."""


@dataclass(slots=True)
class Linked:
    """A program's files put together.

    `modules` has each file once, imported ones before those that import them; `declarations` is what is in them.
    `complete` is false when a file could not be read.
    """

    modules: list[tree.Module] = field(default_factory=list)
    declarations: list[tree.Declaration] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    complete: bool = True


def link(main: tree.Module, load: Load) -> Linked:
    """Follow the imports of `main`, whose own syntax errors are the caller's to report."""
    linked = Linked()
    _Linker(load, linked).follow(main)
    return linked


@record
class _Entered:
    """A file on the way, the import that led to it (None for the main file), and its own imports still to follow."""

    module: tree.Module
    by: tree.Import | None
    waiting: Iterator[tree.Import]


@dataclass(slots=True)
class _Linker:
    """The files on the way from the main file to the one at hand, and those done, by their real paths."""

    load: Load
    linked: Linked
    way: dict[str, _Entered] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def follow(self, main: tree.Module) -> None:
        """Depth first, without recursion: files may import each other in long chains."""
        self._enter(main, None)
        while self.way:
            path, current = next(reversed(self.way.items()))
            statement = next(current.waiting, None)
            if statement is not None:
                self._import(statement)
                continue
            del self.way[path]
            self.done.add(path)
            self.linked.modules.append(current.module)
            self.linked.declarations += [
                item for item in current.module.declarations if not isinstance(item, tree.Import)
            ]

    def _enter(self, module: tree.Module, by: tree.Import | None) -> None:
        waiting = (item for item in module.declarations if isinstance(item, tree.Import))
        self.way[_real(module.file.path)] = _Entered(module, by, waiting)

    def _import(self, statement: tree.Import) -> None:
        path = locate(str(statement.path.value), statement.path.span)
        real = _real(path)
        if real in self.way:
            self._circle(real, statement)
        elif real not in self.done:
            self._load(path, statement)

    def _load(self, path: str, statement: tree.Import) -> None:
        try:
            result = self.load(path)
        except UnreadableFileError as wrong:
            self.done.add(_real(path))
            self.linked.complete = False
            self._report(wrong.message, statement, (), wrong.help)
            return
        self.linked.diagnostics += result.diagnostics
        self._enter(result.module, statement)

    def _circle(self, real: str, last: tree.Import) -> None:
        entered = list(self.way.values())[list(self.way).index(real) :]
        paths = [item.module.file.path for item in entered]
        if len(paths) == 1:
            self._report(f"`{paths[0]}` imports itself", last, (), "remove this line")
            return
        names = " → ".join(f"`{path}`" for path in [*paths, paths[0]])
        labels = tuple(Label(item.by.path.span, "part of the circle") for item in entered[1:] if item.by is not None)
        help_ = "move what both need into a file of its own"
        self._report(f"files import each other in a circle: {names}", last, labels, help_)

    def _report(self, message: str, at: tree.Import, labels: tuple[Label, ...], help_: str | None) -> None:
        self.linked.diagnostics.append(Diagnostic("ML105", message, at.path.span, "", labels, help_))


def _real(path: str) -> str:
    """What tells one file from another: its path without links, or as it stands where there can be no such file."""
    try:
        return realpath(path)
    except (OSError, ValueError):
        return path
