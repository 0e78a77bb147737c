"""Terminals in plain words: what was found, and what could stand there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from mldsl.syntax.engine import Engine
from mldsl.syntax.table import Table
from mldsl.syntax.tokens import END, FINISH, Token

SIGNS = {
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "COLON": ":",
    "EQUAL": "=",
    "DOT": ".",
    "VBAR": "|",
    "DOTS": "..",
    "NULLABLE": "?",
}
"""The signs that are no operators, by terminal."""

OPERATORS = {"PLUS": "+", "MINUS": "-", "TIMES": "*", "POWER": "**", "COMPARE": "==", "COALESCE": "??"}
"""A spelling of each operator's terminal."""

LITERALS = {
    "STRING": ("a text in double quotes", '""'),
    "PERCENT": ("a percentage such as `95%`", "0%"),
    "DURATION": ("a duration such as `30d`", "0s"),
    "INT": ("a number", "0"),
}
"""What a literal's terminal is called, and a spelling of it."""

_OTHER_LITERALS = frozenset({"RAW_STRING", "FLOAT", "SIZE", "DATE", "DATETIME", "TRUE", "FALSE", "NULL"})
_OPERATOR_WORDS = frozenset({"AND", "OR", "IN", "NOT", "IS", "BETWEEN", "REFERENCES", "OVER"})
_COLUMN_STATEMENTS = frozenset({"SELECT", "DROP", "RENAME", "GROUP", "SORT", "DISTINCT"})


def found(token: Token) -> str:
    """What stands there."""
    if token.type == FINISH:
        return "the end of the file"
    if token.type == END:
        return "`;`" if token.text == ";" else "the end of the line"
    text = token.text if len(token.text) <= 40 and "\n" not in token.text else token.text[:30].split("\n")[0] + "…"
    return f"`{text}`" if "`" not in text else f"the name {text}"


def spelling(table: Table, kind: str) -> str:
    """A text that reads as the terminal `kind`, for a token that the parser puts in."""
    if kind in SIGNS:
        return SIGNS[kind]
    if kind in OPERATORS:
        return OPERATORS[kind]
    if kind in LITERALS:
        return LITERALS[kind][1]
    return _spellings(table).get(kind, "_")


@cache
def _spellings_of(words: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {kind: word for word, kind in words}


def _spellings(table: Table) -> dict[str, str]:
    return _spellings_of(tuple(table.words.items()))


def accepted(engine: Engine) -> set[str]:
    """The terminals that could stand at this place."""
    row = engine.table.states[engine.states[-1]]
    return {kind for kind in row if kind.lstrip("_$")[:1].isupper() and engine.reach(engine.states, [kind])}


def keywords(engine: Engine, states: Sequence[int]) -> dict[str, str]:
    """The keywords that the grammar itself expects behind `states`, not as names; their terminals by spelling."""
    row = engine.table.states[states[-1]]
    found: dict[str, str] = {}
    for word, kind in engine.table.words.items():
        target = engine.target(states, kind) if kind in row else None
        if target is not None and not _only_a_name(engine.table, target):
            found[word] = kind
    return found


def _only_a_name(table: Table, target: int) -> bool:
    steps = table.states[target].values()
    return all(step < 0 and table.productions[-1 - step].action == "name" for step in steps)


def expected(engine: Engine) -> list[str]:
    """What could stand at this place, the most telling first."""
    kinds = accepted(engine)
    at_start = engine.at == engine.statement.first
    words = keywords(engine, engine.states)
    phrases: list[str] = []
    if at_start:
        phrases += _statement_phrases(engine, kinds, words)
    elif {"NAME", "INT", "LPAR"} <= kinds:
        phrases.append("an expression")
    else:
        phrases += _word_phrases(engine, kinds, words)
        phrases += [f"`{sign}`" for kind, sign in SIGNS.items() if kind in kinds and kind not in _hidden(kinds)]
        if "PLUS" in kinds:
            phrases.append("an operator")
    if END in kinds and not at_start and not kinds & {"LBRACE"}:
        phrases.append("the end of the line")
    if "RBRACE" in kinds and at_start:
        phrases.append("`}`")
    return phrases


def _hidden(kinds: set[str]) -> Iterable[str]:
    """Signs that go without saying: those that carry an expression or a name on."""
    if "PLUS" in kinds:
        return ("DOT", "LPAR", "DOTS", "RBRACE", "VBAR")
    return ("DOT", "RBRACE", "NULLABLE")


def _word_phrases(engine: Engine, kinds: set[str], words: dict[str, str]) -> list[str]:
    phrases: list[str] = []
    if "NAME" in kinds:
        statement = engine.tokens[engine.statement.first].type
        a_type = engine.reach(engine.states, ["NAME", "NULLABLE"]) == 2
        phrases.append("a type" if a_type else "a column name" if statement in _COLUMN_STATEMENTS else "a name")
    if {"INT", "STRING"} <= kinds:
        phrases.append("a literal")
    else:
        phrases += [words_ for kind, (words_, _) in LITERALS.items() if kind in kinds]
    operators = _OPERATOR_WORDS if "PLUS" in kinds else frozenset()
    skipped = operators | _OTHER_LITERALS
    reachable = {word: kind for word, kind in engine.table.words.items() if kind in kinds and kind not in skipped}
    if "NAME" in kinds:
        reachable = {word: kind for word, kind in words.items() if kind in reachable.values()}
    return phrases + [f"`{word}`" for word in reachable]


def _statement_phrases(engine: Engine, kinds: set[str], words: dict[str, str]) -> list[str]:
    if len(engine.statements) == 1:
        return ["a declaration"]
    phrases = [f"`{word}`" for word in words]
    if "NAME" not in kinds:
        return ["a verb such as `filter` or `derive`"] if "filter" in words else phrases
    for shape, phrase in (
        (["NAME", "EQUAL"], "a name and `=`"),
        (["NAME", "COLON", "INT"], "an option"),
        (["NAME", "COMMA"], "a column name"),
        (["NAME", "COLON", "NAME", "NULLABLE"], "a column name"),
    ):
        if engine.reach(engine.states, shape) == len(shape):
            return [phrase, *phrases]
    return ["a name", *phrases]


def sentence(phrases: list[str], limit: int = 5) -> str:
    """`a`, `b` or `c`."""
    shown = list(dict.fromkeys(phrases))[:limit]
    if len(shown) <= 1:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} or {shown[-1]}"
