"""The lexer's terminals and the parser's LALR table, as plain data: made by lark, saved as JSON, run by the engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mldsl.records import record
from mldsl.syntax.grammar import grammar_text

FORMAT = 1
"""Raised when the shape of the saved table changes."""

SAVED = Path(__file__).with_name("mldsl.table.json")
"""Where the build puts the table, inside the package."""


@record
class Production:
    """One rule, and how its value is put together when it is reduced.

    `parts` says which values of the right-hand side are kept: an index; `-1 - index` for a list that is spliced in; or
    None for an optional part that is absent. `action` names the lowering function; without one the value is the only
    part, or the list of the parts for an `inline` rule.
    """

    makes: str
    size: int
    action: str | None
    inline: bool
    parts: tuple[int | None, ...]


@record
class Table:
    """Everything the lexer and the engine need.

    `terminals` are (name, regular expression) in the order in which they are tried, `words` the keywords' terminals by
    spelling. A state maps a terminal to the next state (a shift), or to `-1 - production` (a reduction), and a
    rule's name to the state behind it.
    """

    terminals: tuple[tuple[str, str], ...]
    words: dict[str, str]
    productions: tuple[Production, ...]
    states: tuple[dict[str, int], ...]
    start: int
    accept: int


def load_table() -> Table:
    """The saved table when it is there and made from this very grammar, else a new one, built by lark in memory."""
    text = grammar_text()
    saved = _read_saved(text)
    if saved is not None:
        return saved
    from mldsl.syntax.build_table import build_table

    return build_table(text)


def _read_saved(grammar: str) -> Table | None:
    try:
        data = json.loads(SAVED.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("grammar") != grammar:
        return None
    return _from_json(data)


def _from_json(data: dict[str, Any]) -> Table:
    name = data["symbols"].__getitem__
    keys = [tuple(map(name, key)) for key in data["keys"]]
    return Table(
        terminals=tuple((terminal, pattern) for terminal, pattern in data["terminals"]),
        words=data["words"],
        productions=tuple(
            Production(makes, size, action, inline, tuple(parts))
            for makes, size, action, inline, parts in data["productions"]
        ),
        states=tuple(dict(zip(keys[key], steps, strict=True)) for key, steps in data["states"]),
        start=data["start"],
        accept=data["accept"],
    )
