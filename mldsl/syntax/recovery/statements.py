"""Words that begin no statement where they stand, and what they were meant to be."""

from __future__ import annotations

from mldsl.diagnostics.suggest import suggest
from mldsl.syntax.engine import Engine, is_word
from mldsl.syntax.recovery.changes import ENOUGH, Change, statement_words, states_before
from mldsl.syntax.tokens import END


def unknown_statement(engine: Engine) -> Change | None:
    """The keyword that the statement's first word was meant to be, if it is none and one is near."""
    first = engine.statement.first
    words = statement_words(engine)
    token = engine.tokens[first]
    if not is_word(token) or token.text in words or engine.at > first + 4:
        return None
    meant = suggest(token.text, words)
    if meant is None:
        return None
    kinds = [words[meant], *(other.type for other in engine.tokens[first + 1 : engine.at + ENOUGH])]
    reached = engine.reach(states_before(engine), kinds)
    if reached > engine.at - first and reached >= min(len(kinds), ENOUGH - 1):
        return Change("keyword", first, first + 1, (words[meant],), 0, True)
    return None


def is_unknown_statement(engine: Engine) -> bool:
    """Whether the statement's first word begins no statement here, and is not the name of an option either."""
    first = engine.statement.first
    token = engine.tokens[first]
    words = statement_words(engine)
    if not words or not is_word(token) or token.text in words:
        return False
    return engine.at == first or (
        engine.at == first + 1 and engine.tokens[engine.at].type not in (END, "EQUAL", "COMMA")
    )
