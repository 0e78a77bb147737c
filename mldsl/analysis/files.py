"""All files of a program together: their declarations, and what the parser could not read of them."""

from __future__ import annotations

from collections.abc import Sequence

from mldsl.analysis.imports import Load, link
from mldsl.diagnostics.model import Diagnostic
from mldsl.records import record
from mldsl.source import SourceFile
from mldsl.syntax import tree


@record
class Files:
    """The files of a program, imported ones first.

    `diagnostics` are about syntax and imports. `unread` are the words of what is missing from the trees, `broken` the
    declarations with a gap in them; `complete` is false when a whole file is missing.
    """

    main: SourceFile
    modules: list[tree.Module]
    declarations: list[tree.Declaration]
    diagnostics: tuple[Diagnostic, ...]
    unread: frozenset[str]
    broken: tuple[tree.Declaration, ...]
    complete: bool

    @property
    def pipeline_lost(self) -> bool:
        """Whether something stands in the main file that could be a `pipeline`, if it could be read."""
        whole = [item.span for item in self.modules[-1].declarations]
        return any(not any(span.start <= gap.start < span.end for span in whole) for gap in self.modules[-1].gaps)


def gather(module: tree.Module, syntax: Sequence[Diagnostic], load: Load) -> Files:
    """The main file and all that it imports."""
    linked = link(module, load)
    unread = frozenset().union(*(item.unread for item in linked.modules))
    broken = tuple(item for part in linked.modules for item in _broken(part))
    diagnostics = (*syntax, *linked.diagnostics)
    return Files(module.file, linked.modules, linked.declarations, diagnostics, unread, broken, linked.complete)


def _broken(module: tree.Module) -> Sequence[tree.Declaration]:
    """The declarations that have something left out."""
    places = [gap.start for gap in module.gaps]
    return [item for item in module.declarations if any(item.span.start <= at < item.span.end for at in places)]
