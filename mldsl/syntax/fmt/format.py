"""`format_text`: a program in its canonical layout, checked at every run to say the same as before."""

from __future__ import annotations

from mldsl.diagnostics.model import Diagnostic
from mldsl.records import record
from mldsl.source import SourceFile
from mldsl.syntax.fmt.layout import Layouter
from mldsl.syntax.fmt.pieces import gather
from mldsl.syntax.parser import Reading, read


@record
class FormatResult:
    """The canonical text, or why there is none.

    `text` is None when the program has syntax errors (`diagnostics`), or when the formatter found a fault in its own
    work (`fault`, a sentence): nothing must be written then.
    """

    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()
    fault: str | None = None
    changed: bool = False


def format_text(file: SourceFile) -> FormatResult:
    """Lay out `file`. The result has the same tree and the same comments, and is laid out like itself."""
    before = read(file)
    if before.result.diagnostics:
        return FormatResult(None, before.result.diagnostics)
    text = _lay_out(before)
    after = read(SourceFile(file.path, text))
    fault = _fault(before, after)
    if fault is None and _lay_out(after) != text:
        fault = "its layout is not stable"
    if fault is not None:
        return FormatResult(None, fault=f"mldsl cannot lay out `{file.path}`: {fault}; please report this")
    return FormatResult(text, changed=text != file.text)


def _lay_out(reading: Reading) -> str:
    module = reading.result.module
    return Layouter.of(module).file(gather(module.file, reading.tokens, module.comments))


def _fault(before: Reading, after: Reading) -> str | None:
    if after.result.diagnostics:
        return "it would no longer parse"
    old, new = before.result.module, after.result.module
    if old.declarations != new.declarations:
        return "it would no longer mean the same"
    if [(c.text, c.own_line) for c in old.comments] != [(c.text, c.own_line) for c in new.comments]:
        return "its comments would not stay as they are"
    return None
