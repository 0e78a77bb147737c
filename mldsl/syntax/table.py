"""The lexer's terminals and the parser's LALR table, as plain data: made by lark, saved as JSON, run by the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import TYPE_CHECKING, Any

from mldsl.syntax.grammar import grammar_hash, grammar_text

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule

FORMAT = 1
"""Raised when the shape of the saved table changes."""

SAVED = Path(__file__).with_name("mldsl.table.json")
"""Where the build puts the table, inside the package."""

UNGRAMMATICAL = (
    "OPEN_RAW_STRING",
    "OPEN_STRING",
    "OPEN_NAME",
    "BAD_DATE",
    "BAD_NUMBER",
    "BAD_STRING",
    "BAD_CHARACTER",
    "SEMICOLON",
)
"""Terminals that no rule asks for; the lexer and the layout deal with them."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
    saved = _read_saved(grammar_hash(text))
    return saved if saved is not None else build_table(text)


def _read_saved(fingerprint: str) -> Table | None:
    try:
        data = json.loads(SAVED.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("grammar") != fingerprint:
        return None
    return _from_json(data)


def save_table(path: Path = SAVED) -> None:
    """Build the table and write it to `path` as JSON, with the grammar's hash and lark's version in it."""
    import lark

    text = grammar_text()
    header = {"format": FORMAT, "grammar": grammar_hash(text), "lark": lark.__version__}
    path.write_text(json.dumps(header | _to_json(build_table(text)), separators=(",", ":")) + "\n", encoding="utf-8")


# --- building, with lark ---------------------------------------------------------------------------------------------


class _KeepTerminals:
    """Tells lark to keep the terminals that no rule asks for; it is never run."""

    always_accept = UNGRAMMATICAL

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        """Change nothing."""
        return stream


def make_lark(text: str, *, strict: bool = False) -> Lark:
    """The grammar, compiled by lark; `strict` makes it refuse what it would otherwise resolve in silence."""
    from lark import Lark

    return Lark(text, parser="lalr", lexer="basic", maybe_placeholders=True, postlex=_KeepTerminals(), strict=strict)


def build_table(text: str) -> Table:
    """Compile the grammar with lark and take the lexer's and the parser's tables out of it, numbered always alike."""
    from lark.lexer import BasicLexer
    from lark.parsers.lalr_analysis import Shift

    compiled = make_lark(text)
    lexer = BasicLexer(compiled.lexer_conf)
    scanned = [terminal.name for terminal in lexer.scanner.terminals]
    rules = sorted(compiled.rules, key=lambda rule: (rule.origin.name, [symbol.name for symbol in rule.expansion]))
    numbers = {rule: index for index, rule in enumerate(rules)}
    rows = {
        state: {
            intern(str(symbol)): arg if action is Shift else -1 - numbers[arg]
            for symbol, (action, arg) in sorted(row.items())
        }
        for state, row in compiled.parser.parser._parse_table.states.items()
    }
    order = _reached(rows, compiled.parser.parser._parse_table.start_states["start"])
    states = tuple(
        {symbol: order[target] if target >= 0 else target for symbol, target in rows[state].items()} for state in order
    )
    return Table(
        terminals=tuple((str(terminal.name), terminal.pattern.to_regexp()) for terminal in lexer.scanner.terminals),
        words={
            str(t.pattern.value): str(t.name)
            for t in sorted(lexer.terminals, key=lambda t: t.name)
            if t.name not in scanned
        },
        productions=tuple(_production(rule) for rule in rules),
        states=states,
        start=0,
        accept=order[compiled.parser.parser._parse_table.end_states["start"]],
    )


def _reached(rows: dict[int, dict[str, int]], start: int) -> dict[int, int]:
    """New numbers for the states, in the order in which they are reached: lark's own change from run to run."""
    order = {start: 0}
    waiting = [start]
    for state in waiting:
        for target in rows[state].values():
            if target >= 0 and target not in order:
                order[target] = len(order)
                waiting.append(target)
    return order


def _production(rule: Rule) -> Production:
    """As lark would build it: unnamed terminals left out, `_rule` spliced in, `?rule` with one part being the part."""
    name = str(rule.origin.name)
    parts: list[int | None] = []
    absent = _absent_before(rule)
    for index, symbol in enumerate(rule.expansion):
        parts += [None] * absent[index]
        if symbol.is_term:
            if rule.options.keep_all_tokens or not getattr(symbol, "filter_out", False):
                parts.append(index)
        else:
            parts.append(-1 - index if symbol.name.startswith("_") else index)
    parts += [None] * absent[-1]
    inline = name.startswith("_")
    passes = rule.options.expand1 and not rule.alias and len(parts) == 1
    action = None if inline or passes else str(rule.alias or name)
    return Production(name, len(rule.expansion), action, inline, tuple(parts))


def _absent_before(rule: Rule) -> list[int]:
    """How many absent optional parts stand before each symbol of the rule, and after the last one."""
    flags = rule.options.empty_indices
    if not flags:
        return [0] * (len(rule.expansion) + 1)
    counts = [0]
    for flag in flags:
        if flag:
            counts[-1] += 1
        else:
            counts.append(0)
    return counts


# --- saving and loading ----------------------------------------------------------------------------------------------


def _to_json(table: Table) -> dict[str, Any]:
    """States share their symbols' names through one list, which keeps the file and its reading small."""
    symbols = sorted({symbol for row in table.states for symbol in row})
    index = {symbol: number for number, symbol in enumerate(symbols)}
    return {
        "terminals": table.terminals,
        "words": table.words,
        "productions": [[p.makes, p.size, p.action, p.inline, p.parts] for p in table.productions],
        "symbols": symbols,
        "states": [[[index[symbol] for symbol in row], list(row.values())] for row in table.states],
        "start": table.start,
        "accept": table.accept,
    }


def _from_json(data: dict[str, Any]) -> Table:
    name = data["symbols"].__getitem__
    return Table(
        terminals=tuple((terminal, pattern) for terminal, pattern in data["terminals"]),
        words=data["words"],
        productions=tuple(
            Production(makes, size, action, inline, tuple(parts))
            for makes, size, action, inline, parts in data["productions"]
        ),
        states=tuple(dict(zip(map(name, symbols), targets, strict=True)) for symbols, targets in data["states"]),
        start=data["start"],
        accept=data["accept"],
    )
