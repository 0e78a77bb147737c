"""All files of a program together: their declarations, and what the parser could not read of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mldsl.analysis.imports import Load, link, lost_names
from mldsl.diagnostics.model import Diagnostic
from mldsl.records import record
from mldsl.source import SourceFile
from mldsl.syntax import tree

_PIPELINE = r"(?m)^[^\S\n]*pipeline\b"


@record
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
        return bool(self.diagnostics) and re.search(_PIPELINE, self.main.text) is not None


def gather(module: tree.Module, syntax: Sequence[Diagnostic], load: Load) -> Files:
    """The main file and all that it imports."""
    linked = link(module, load)
    lost = linked.lost | lost_names(module, syntax)
    diagnostics = (*syntax, *linked.diagnostics)
    return Files(module.file, linked.modules, linked.declarations, diagnostics, frozenset(lost), linked.complete)
