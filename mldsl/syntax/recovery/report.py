"""The diagnostic for a syntax error: what was expected, what was found, and the way out."""

from __future__ import annotations

from mldsl.diagnostics.model import Diagnostic, Edit
from mldsl.source import Span
from mldsl.syntax.engine import Engine
from mldsl.syntax.layout import GOES_ON_AFTER
from mldsl.syntax.recovery import describe, elsewhere, hints
from mldsl.syntax.recovery.changes import Change, statement_words
from mldsl.syntax.recovery.statements import is_unknown_statement
from mldsl.syntax.tokens import END, FINISH, Token


def diagnostic(engine: Engine, change: Change | None) -> Diagnostic:
    """What to say about the error at the engine's next token, which `change` mends; without one it is skipped."""
    first = engine.tokens[engine.statement.first]
    if change is not None and change.kind == "keyword" and change.first == engine.statement.first:
        return _unknown(engine, first, describe.spelling(engine.table, change.put[0]))
    if change is None and is_unknown_statement(engine):
        return _unknown(engine, first, None)
    token = engine.tokens[change.first if change else engine.at]
    span = _span(engine, token)
    hint = hints.hint(engine, token)
    if hint is not None:
        return Diagnostic("ML001", hint.message, span, help=hint.help, edit=_hint_edit(span, hint))
    if change is not None and change.kind == "delete" and change.sure:
        return Diagnostic("ML001", f"unexpected {describe.found(token)}", span, edit=Edit(span, ""))
    phrases = _phrases(engine, change)
    if engine.at and token is engine.tokens[engine.at] and _misses_operand(engine):
        before = engine.tokens[engine.at - 1]
        place = Span(span.file, before.end, before.end)
        return Diagnostic("ML001", f"expected {describe.sentence(phrases)} behind {describe.found(before)}", place)
    message = f"expected {describe.sentence(phrases)}, found {describe.found(token)}"
    if not phrases:
        message = f"unexpected {describe.found(token)}"
    return Diagnostic("ML001", message, span, help=_did_you_mean(engine, change), edit=_edit(engine, change, span))


def _misses_operand(engine: Engine) -> bool:
    """Whether the line before ends in a sign that makes it go on, and what follows does not carry it on."""
    before, token = engine.tokens[engine.at - 1], engine.tokens[engine.at]
    between = engine.context.file.text[before.end : token.start]
    return before.type in GOES_ON_AFTER and ("\n" in between or token.type == FINISH)


def _unknown(engine: Engine, token: Token, meant: str | None) -> Diagnostic:
    span = Span(engine.context.file, token.start, token.end)
    what = "declaration" if len(engine.statements) == 1 else "statement"
    message = f"unknown {what} `{token.text}`"
    if meant is not None:
        return Diagnostic("ML004", message, span, help=f"did you mean `{meant}`?", edit=Edit(span, meant))
    words = statement_words(engine)
    here = elsewhere.STATEMENTS.get(token.text.lower(), "")
    if here.split(" ")[0] in words:
        return Diagnostic("ML004", message, span, help=f"write `{here}`")
    known = ", ".join(f"`{word}`" for word in words)
    return Diagnostic("ML004", message, span, help=f"what can stand here: {known}")


def _span(engine: Engine, token: Token) -> Span:
    """The token's place; at a line's or the file's end, the place right behind what stands before."""
    if token.type in (END, FINISH) and token.text != ";":
        at = engine.tokens.index(token)
        end = engine.tokens[at - 1].end if at else 0
        return Span(engine.context.file, end, end)
    return Span(engine.context.file, token.start, token.end)


def _phrases(engine: Engine, change: Change | None) -> list[str]:
    if change is not None and change.put and change.sure:
        kind = change.put[0]
        if kind == END:
            return ["`;` or the end of the line"]
        if kind != "NAME":
            return [f"`{describe.spelling(engine.table, kind)}`"]
    return describe.expected(engine)


def _did_you_mean(engine: Engine, change: Change | None) -> str | None:
    if change is not None and change.kind == "keyword":
        return f"did you mean `{describe.spelling(engine.table, change.put[0])}`?"
    token = engine.tokens[engine.at]
    lower = token.text.lower()
    if token.type == "NAME" and engine.table.words.get(lower) in describe.accepted(engine):
        return f"did you mean `{lower}`?"
    return None


def _edit(engine: Engine, change: Change | None, span: Span) -> Edit | None:
    """The change itself, when it is certain."""
    if change is None or not change.sure or change.kind not in ("keyword", "insert"):
        return None
    text = describe.spelling(engine.table, change.put[0]) if change.put[0] != END else "; "
    if change.kind == "keyword":
        return Edit(span, text)
    end = engine.tokens[engine.at - 1].end if engine.at else 0
    return Edit(Span(span.file, end, end), text)


def _hint_edit(span: Span, hint: hints.Hint) -> Edit | None:
    return None if hint.replacement is None else Edit(span, hint.replacement)
