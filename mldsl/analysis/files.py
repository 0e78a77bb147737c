"""All files of a program together: their declarations, what the parser said, and what must stay silent after it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mldsl.analysis.imports import Load, link, lost_names
from mldsl.diagnostics.codes import Severity
from mldsl.diagnostics.model import Diagnostic
from mldsl.source import SourceFile
from mldsl.syntax import tree

_PIPELINE = re.compile(r"^[^\S\n]*pipeline\b", re.MULTILINE)
_UNKNOWN = ("ML101", "ML201", "ML405")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a program, imported ones first.

    `diagnostics` are about syntax and imports. `lost` are names whose declarations could not be read, `complete` is
    false when a whole file could not.
    """

    main: SourceFile
    modules: list[tree.Module]
    declarations: list[tree.Declaration]
    diagnostics: tuple[Diagnostic, ...]
    lost: frozenset[str]
    complete: bool

    @property
    def pipeline_lost(self) -> bool:
        """Whether the main file has a `pipeline` that the parser had to leave out."""
        return bool(self.diagnostics) and _PIPELINE.search(self.main.text) is not None

    def without_echoes(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """`found` without what follows from a declaration or a file that could not be read.

        Where a whole file is missing, unknown names are believed, unless one that is near says that it is a slip.
        """
        return [item for item in found if not self._echo(item)]

    def _echo(self, item: Diagnostic) -> bool:
        if item.code not in _UNKNOWN:
            return False
        if item.span.text.strip("`").partition(".")[0] in self.lost:
            return True
        return not self.complete and not (item.help or "").startswith("did you mean")

    def in_order(self, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Each mistake once, the main file's first, then by file and place."""
        once: dict[object, Diagnostic] = {}
        for item in found:
            once.setdefault((item.code, item.span), item)
        return tuple(sorted(once.values(), key=self._place))

    def _place(self, item: Diagnostic) -> tuple[bool, str, int, bool, int, str]:
        file, start, end = item.span
        warning = item.severity is Severity.WARNING
        return (file is not self.main, file.path, start, warning, end, item.code)


def gather(module: tree.Module, syntax: Sequence[Diagnostic], load: Load) -> Files:
    """The main file and all that it imports."""
    linked = link(module, load)
    lost = linked.lost | lost_names(module) if syntax else linked.lost
    diagnostics = (*syntax, *linked.diagnostics)
    return Files(module.file, linked.modules, linked.declarations, diagnostics, frozenset(lost), linked.complete)
