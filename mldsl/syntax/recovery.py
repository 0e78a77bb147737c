"""After a syntax error: one diagnostic, and the smallest change of the text that lets the parser go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mldsl.diagnostics.model import Diagnostic, Edit
from mldsl.diagnostics.suggest import suggest
from mldsl.source import Span
from mldsl.syntax import describe, hints
from mldsl.syntax.engine import Engine, is_word
from mldsl.syntax.layout import GOES_ON_AFTER
from mldsl.syntax.tokens import END, FINISH, MAX_ERRORS, WRONG, Token

LOOK_AHEAD = 6
"""How many tokens behind an error a change is tried on."""

ENOUGH = 3
"""How many of them must be taken."""

_FIXED = frozenset({FINISH, END, "LBRACE", "RBRACE", "LPAR"})
"""What is never taken away: the rest of the text hangs on it."""

_NO_HELP = frozenset({"OR", "NOT", "IF", "TRUE", "FALSE", "NULL"})
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
        change = _unknown_statement(engine)
        reached = LOOK_AHEAD
        if change is None:
            change, reached = _best_change(engine)
        if change is not None and not change.sure and _is_unknown_statement(engine):
            change = None
        engine.context.report(_diagnostic(engine, change))
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


# --- unknown statements ----------------------------------------------------------------------------------------------


def _unknown_statement(engine: Engine) -> Change | None:
    """The keyword that the statement's first word was meant to be, if it is none and one is near."""
    first = engine.statement.first
    words = _statement_words(engine)
    token = engine.tokens[first]
    if not is_word(token) or token.text in words or engine.at > first + 4:
        return None
    meant = suggest(token.text, words)
    if meant is None:
        return None
    kinds = [words[meant], *(other.type for other in engine.tokens[first + 1 : engine.at + ENOUGH])]
    reached = engine.reach(_states_before(engine), kinds)
    if reached > engine.at - first and reached >= min(len(kinds), ENOUGH - 1):
        return Change("keyword", first, first + 1, (words[meant],), 0, True)
    return None


def _statement_words(engine: Engine) -> dict[str, str]:
    return describe.keywords(engine, _states_before(engine))


def _states_before(engine: Engine) -> list[int]:
    return engine.states[: engine.statement.size]


def _is_unknown_statement(engine: Engine) -> bool:
    """Whether the statement's first word begins no statement here, and is not the name of an option either."""
    first = engine.statement.first
    token = engine.tokens[first]
    words = _statement_words(engine)
    if not words or not is_word(token) or token.text in words:
        return False
    return engine.at == first or (
        engine.at == first + 1 and engine.tokens[engine.at].type not in (END, "EQUAL", "COMMA")
    )


# --- changes ---------------------------------------------------------------------------------------------------------


def _best_change(engine: Engine) -> tuple[Change | None, int]:
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
    states = _states_before(engine) if change.first < at else engine.states
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
        known = engine.tokens[engine.statement.first].text in _statement_words(engine)
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
        yield Change("replace", at - 2, at - 1, (END,), 0, True)


# --- the diagnostic --------------------------------------------------------------------------------------------------


def _diagnostic(engine: Engine, change: Change | None) -> Diagnostic:
    first = engine.tokens[engine.statement.first]
    if change is not None and change.kind == "keyword" and change.first == engine.statement.first:
        return _unknown(engine, first, describe.spelling(engine.table, change.put[0]))
    if change is None and _is_unknown_statement(engine):
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
    known = ", ".join(f"`{word}`" for word in _statement_words(engine))
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
