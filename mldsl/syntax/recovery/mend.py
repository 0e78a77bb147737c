"""`Recovery`: what the engine calls at every syntax error."""

from __future__ import annotations

from dataclasses import dataclass

from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span
from mldsl.syntax.engine import Engine, is_word
from mldsl.syntax.recovery import describe
from mldsl.syntax.recovery.changes import ENOUGH, LOOK_AHEAD, Change, best_change
from mldsl.syntax.recovery.report import diagnostic
from mldsl.syntax.recovery.statements import is_unknown_statement, unknown_statement
from mldsl.syntax.tokens import END, FINISH, MAX_ERRORS, WRONG, Token


@dataclass(slots=True)
class Recovery:
    """Mends or skips what cannot be read; called by the engine at every error."""

    errors: int = 0
    quiet_until: int = -1

    def __call__(self, engine: Engine) -> None:
        """Report the error at the engine's next token, unless it follows from another, and let the engine go on."""
        engine.rewind()
        token = engine.tokens[engine.at]
        if token.type == WRONG or token.start < self.quiet_until or _already_reported(engine):
            engine.skip_statement()
            return
        closer = _virtual_closer(engine)
        if closer is not None:
            _close_here(engine, closer)
            return
        self.errors += 1
        if self.errors > MAX_ERRORS:
            _give_up(engine)
            return
        change = unknown_statement(engine)
        reached = LOOK_AHEAD
        if change is None:
            change, reached = best_change(engine)
        if change is not None and not change.sure and is_unknown_statement(engine):
            change = None
        engine.context.report(diagnostic(engine, change))
        if change is None:
            engine.skip_statement()
        else:
            self._apply(engine, change, reached)

    def _apply(self, engine: Engine, change: Change, reached: int) -> None:
        at = engine.at
        if not change.sure and reached < LOOK_AHEAD:
            behind = engine.tokens[at + 1 : at + reached + 1]
            self.quiet_until = next((token.start for token in behind if token.type == END), behind[-1].start + 1)
        put = [_token(engine, kind, change) for kind in change.put]
        if not change.sure:
            engine.context.doubt(_inside(engine, at))
        engine.tokens[change.first : change.last] = put
        if change.first < at:
            engine.restart()


def _inside(engine: Engine, at: int) -> int:
    """An offset inside the statement, however it is changed."""
    first = engine.tokens[engine.statement.first]
    return first.start if at > engine.statement.first else engine.tokens[at].start


def _token(engine: Engine, kind: str, change: Change) -> Token:
    """What is put in stands where the change is made; a name that is put for a keyword keeps its text."""
    old = engine.tokens[change.first]
    if change.kind == "insert":
        before = engine.tokens[change.first - 1].end if change.first else 0
        return Token(kind, describe.spelling(engine.table, kind), before, before)
    text = old.text if kind == "NAME" and is_word(old) else describe.spelling(engine.table, kind)
    return Token(kind, text, old.start, old.end)


def _already_reported(engine: Engine) -> bool:
    """Whether the lexer mended something right here, which is why the parser stumbles."""
    first = engine.tokens[max(engine.at - 1, 0)].start
    return engine.context.is_mended(first, engine.tokens[engine.at].end)


def _virtual_closer(engine: Engine) -> int | None:
    """The index of a `)` in this statement that was put in for one that is missing, and was reported then."""
    for index in range(engine.statement.first, len(engine.tokens)):
        token = engine.tokens[index]
        if token.type == "RPAR" and token.start == token.end:
            return index
        if index >= engine.at and token.type in (END, FINISH, "LBRACE", "RBRACE"):
            break
    return None


def _close_here(engine: Engine, closer: int) -> None:
    """Move the `)` to where the parser stumbles, if that helps; nothing more is said about this statement."""
    at = engine.at
    behind = [token.type for token in engine.tokens[at:closer]][:ENOUGH]
    if closer > at and engine.reach(engine.states, ["RPAR", *behind]) > len(behind):
        moved = engine.tokens.pop(closer)
        engine.tokens.insert(at, Token("RPAR", ")", moved.start, moved.end + 1))
    else:
        engine.skip_statement()


def _give_up(engine: Engine) -> None:
    token = engine.tokens[engine.at]
    engine.context.report(
        Diagnostic(
            "ML001",
            f"more than {MAX_ERRORS} errors: the file is not read beyond this place",
            Span(engine.context.file, token.start, token.end),
        )
    )
    del engine.statements[1:]
    engine.restart()
    engine.tokens[engine.at : -1] = []
