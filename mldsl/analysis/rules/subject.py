"""What a rule looks at."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.files import Files
from mldsl.analysis.program import CheckDecl, EvaluateDecl
from mldsl.diagnostics.model import Diagnostic
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree


@record
class Subject:
    """A program after its declarations have been resolved, and the errors that were found on the way."""

    context: Context
    declarations: Sequence[tree.Declaration]
    files: Files
    errors: Sequence[Diagnostic]
    checks: Sequence[CheckDecl] = ()
    evaluations: Sequence[EvaluateDecl] = ()

    @property
    def failed(self) -> bool:
        """Whether the program has errors."""
        return bool(self.errors)

    def whole(self, node: tree.Node) -> bool:
        """Whether nothing is wrong inside of a part of the program, so that what is not there was not meant to be."""
        span = node.span
        inside = (item.span.file is span.file and span.start <= item.span.start < span.end for item in self.errors)
        return not any(inside) and all(node is not broken for broken in self.files.broken)

    def suggested(self, name: str) -> bool:
        """Whether an error says that this name was probably meant."""
        return any(f"`{name}`" in item.help for item in self.errors if item.help is not None)

    def mentioned(self, name: str, declared: Span) -> bool:
        """Whether a word stands anywhere but where it is declared, in whichever sense.

        Where a program has errors, what is written in it tells more than what was understood of it.
        """
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        for module in self.files.modules:
            for found in word.finditer(module.file.text):
                if module.file is not declared.file or not declared.start <= found.start() < declared.end:
                    return True
        return False
