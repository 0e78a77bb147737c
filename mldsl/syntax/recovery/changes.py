"""The changes of one token that are tried at an error, and which of them is best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mldsl.diagnostics.suggest import suggest
from mldsl.syntax.engine import Engine, is_word
from mldsl.syntax.recovery import describe
from mldsl.syntax.tokens import END, FINISH, Token

LOOK_AHEAD = 6
"""How many tokens behind an error a change is tried on."""

ENOUGH = 3
"""How many of them must be taken."""

_FIXED = frozenset({FINISH, END, "LBRACE", "RBRACE", "LPAR"})
"""What is never taken away: the rest of the text hangs on it."""

_NO_HELP = frozenset({"OR", "NOT", "IF", "TRUE", "FALSE", "NULL", "REFERENCES"})
"""Words that fit nearly everywhere, so that putting them in says nothing."""

_REPRESENTATIVE_OPERATORS = ("PLUS", "COMPARE", "AND")
_ALIKE = ({"EQUAL", "COMPARE"}, {"EQUAL", "COLON"}, {"COMMA", END}, {"COLON", "COMPARE"})


@dataclass(frozen=True, slots=True)
class Change:
    """Replace `tokens[first:last]` by tokens of the given kinds.

    `cost` orders changes that are as good; a `sure` one is most likely what was meant, so that the statement stays in
    the tree. `kind` is one of insert, replace, delete and keyword (a mistyped one).
    """

    kind: str
    first: int
    last: int
    put: tuple[str, ...]
    cost: float
    sure: bool


def best_change(engine: Engine) -> tuple[Change | None, int]:
    """The change after which most can be read, the cheapest of equals, and how much that is; None when none helps."""
    if engine.at == engine.statement.first and engine.tokens[engine.at].type == "LBRACE":
        return None, 0
    best: tuple[int, float] | None = None
    found: Change | None = None
    for change in _changes(engine):
        reached = _reached(engine, change)
        if reached < ENOUGH:
            continue
        rank = (-reached, change.cost)
        if best is None or rank < best:
            best, found = rank, change
    return found, -best[0] if best else 0


def _reached(engine: Engine, change: Change) -> int:
    """How many tokens behind the error can be read once the change is made (`LOOK_AHEAD` at the file's end)."""
    at = engine.at
    stop = at + LOOK_AHEAD
    before = [token.type for token in engine.tokens[engine.statement.first : change.first]] if change.first < at else []
    states = states_before(engine) if change.first < at else engine.states
    behind = [token.type for token in engine.tokens[change.last : stop]]
    kinds = [*before, *change.put, *behind]
    reached = engine.reach(states, kinds)
    if reached == len(kinds):
        return LOOK_AHEAD
    return change.last + reached - len(before) - len(change.put) - at


def _changes(engine: Engine) -> Iterator[Change]:
    at = engine.at
    token = engine.tokens[at]
    kinds = describe.accepted(engine)
    words = describe.keywords(engine, engine.states)
    if is_word(token):
        yield from _mistyped(engine, kinds, words)
    if at and token.type not in _FIXED:
        yield Change("delete", at, at + 1, (), *_deletion(token, _same(engine.tokens[at - 1], token)))
    if at > engine.statement.first + 1 and _same(engine.tokens[at - 2], engine.tokens[at - 1]):
        yield Change("delete", at - 1, at, (), 0, True)
    for kind in _candidates(engine, kinds, words):
        yield Change("insert", at, at, (kind,), *_insertion(engine, kind))
        if token.type not in _FIXED:
            yield Change("replace", at, at + 1, (kind,), *_replacement(engine, token, kind))
    yield from _comma_for_end(engine)


def _mistyped(engine: Engine, kinds: set[str], words: dict[str, str]) -> Iterator[Change]:
    """A word that is nearly a keyword that could stand here, or nearly one of an expression's words."""
    token = engine.tokens[engine.at]
    reachable = {
        word: kind
        for word, kind in engine.table.words.items()
        if kind in kinds and ("NAME" not in kinds or word in words)
    }
    meant = suggest(token.text, reachable)
    if meant is not None:
        yield Change("keyword", engine.at, engine.at + 1, (reachable[meant],), -1, True)


def _candidates(engine: Engine, kinds: set[str], words: dict[str, str]) -> list[str]:
    """The terminals worth putting in: signs, one of each sort of operator, keywords, a name or a literal."""
    found = [kind for kind in (*describe.SIGNS, END) if kind in kinds and kind != "RBRACE"]
    if "LPAR" in found and not _closes_more(engine, "LPAR", "RPAR"):
        found.remove("LPAR")
    if "NAME" in kinds:
        found += ["NAME", *words.values()]
    else:
        found += [kind for kind in (*describe.LITERALS, *engine.table.words.values()) if kind in kinds]
    found += [kind for kind in _REPRESENTATIVE_OPERATORS if kind in kinds]
    if engine.at and engine.tokens[engine.at - 1].type != "RPAR":
        found = [kind for kind in found if kind != "OVER"]  # a window stands behind a call
    return [kind for kind in found if kind not in _NO_HELP]


def _same(one: Token, other: Token) -> bool:
    return (one.type, one.text) == (other.type, other.text)


def _deletion(token: Token, again: bool) -> tuple[float, bool]:
    if again:
        return 0, True
    sign = token.type in describe.SIGNS or token.type in describe.OPERATORS
    return (1.5, sign) if sign else (2, False)


def _insertion(engine: Engine, kind: str) -> tuple[float, bool]:
    if kind == "LBRACE" and _closes_more(engine, "LBRACE", "RBRACE"):
        return 0.5, True
    if kind == END:
        return 1, True
    if kind == "NAME" or kind in describe.LITERALS:
        return 2, False
    if kind in _REPRESENTATIVE_OPERATORS:
        return 2.5, False
    at_start = engine.at == engine.statement.first
    return 1.25, not at_start and kind not in ("NULLABLE", "DOTS", "VBAR", "DOT")


def _closes_more(engine: Engine, opener: str, closer: str) -> bool:
    """Whether the rest of this line closes a bracket that it does not open."""
    depth = 0
    for token in engine.tokens[engine.at :]:
        if token.type == FINISH or token.text == "\n":
            return False
        depth += {opener: 1, closer: -1}.get(token.type, 0)
        if depth < 0:
            return True
    return False


def _replacement(engine: Engine, token: Token, kind: str) -> tuple[float, bool]:
    if {token.type, kind} in _ALIKE:
        known = engine.tokens[engine.statement.first].text in statement_words(engine)
        return (2.5, False) if known and engine.at == engine.statement.first + 1 else (0, True)
    if kind == "NAME" and is_word(token):
        return 0.5, True
    return 3, False


def _comma_for_end(engine: Engine) -> Iterator[Change]:
    """`{ cpu: 2, memory: 4Gi }`: the comma should end a statement."""
    at = engine.at
    if engine.tokens[at].type not in ("COLON", "EQUAL") or at < engine.statement.first + 3:
        return
    if engine.tokens[at - 2].type == "COMMA":
        yield Change("replace", at - 2, at - 1, (END,), -1, True)


def statement_words(engine: Engine) -> dict[str, str]:
    """The keywords that a statement may begin with in this block; their terminals by spelling."""
    return describe.keywords(engine, states_before(engine))


def states_before(engine: Engine) -> list[int]:
    """The stack of states as it was before the statement."""
    return engine.states[: engine.statement.size]
