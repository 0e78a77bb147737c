"""The parser's table made by lark; `python -m mldsl.syntax.build_table` saves it, as an installation does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from sys import intern
from typing import TYPE_CHECKING, Any

from mldsl.syntax.grammar import grammar_text
from mldsl.syntax.table import FORMAT, SAVED, Production, Table

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule

UNGRAMMATICAL = (
    "OPEN_RAW_STRING",
    "OPEN_STRING",
    "OPEN_NAME",
    "BAD_BARE_DATE",
    "BAD_DATE",
    "BAD_NUMBER",
    "BAD_STRING",
    "BAD_CHARACTER",
    "SEMICOLON",
)
"""Terminals that no rule asks for; the lexer and the layout deal with them."""


def save_table(path: Path = SAVED) -> None:
    """Build the table and write it to `path` as JSON, with the grammar that it was made from and lark's version."""
    import lark

    text = grammar_text()
    header = {"format": FORMAT, "grammar": text, "lark": lark.__version__}
    path.write_text(json.dumps(header | _to_json(build_table(text)), separators=(",", ":")) + "\n", encoding="utf-8")


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
    productions = sorted({_production(rule) for rule in compiled.rules}, key=repr)
    numbers = {rule: productions.index(_production(rule)) for rule in compiled.rules}
    parse_table = compiled.parser.parser._parse_table
    rows = {
        state: {
            intern(str(symbol)): arg if action is Shift else -1 - numbers[arg]
            for symbol, (action, arg) in sorted(row.items())
        }
        for state, row in parse_table.states.items()
    }
    same = _merge_alike(rows)
    order = _reached(rows, same[parse_table.start_states["start"]])
    return Table(
        terminals=tuple((str(terminal.name), terminal.pattern.to_regexp()) for terminal in lexer.scanner.terminals),
        words={
            str(t.pattern.value): str(t.name)
            for t in sorted(lexer.terminals, key=lambda t: t.name)
            if t.name not in scanned
        },
        productions=tuple(productions),
        states=tuple(
            {symbol: order[step] if step >= 0 else step for symbol, step in rows[state].items()} for state in order
        ),
        start=0,
        accept=order[same[parse_table.end_states["start"]]],
    )


def _merge_alike(rows: dict[int, dict[str, int]]) -> dict[int, int]:
    """Make states that do the same one state: those behind each keyword that is read as a name, above all.

    `rows` keeps one state of each sort; the answer tells for every state which one that is.
    """
    same = {state: state for state in rows}
    while True:
        first: dict[tuple[tuple[str, int], ...], int] = {}
        double = {state: first.setdefault(tuple(row.items()), state) for state, row in sorted(rows.items())}
        if len(first) == len(rows):
            return same
        same = {state: double.get(kept, kept) for state, kept in same.items()}
        for state in [state for state, kept in double.items() if kept != state]:
            del rows[state]
        for row in rows.values():
            row.update({symbol: double[step] for symbol, step in row.items() if step >= 0})


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


def _to_json(table: Table) -> dict[str, Any]:
    """States share the lists of their symbols, and these the names, which keeps the file and its reading small."""
    symbols = sorted({symbol for row in table.states for symbol in row})
    index = {symbol: number for number, symbol in enumerate(symbols)}
    keys: dict[tuple[int, ...], int] = {}
    states = [
        [keys.setdefault(tuple(index[symbol] for symbol in row), len(keys)), list(row.values())] for row in table.states
    ]
    return {
        "terminals": table.terminals,
        "words": table.words,
        "productions": [[p.makes, p.size, p.action, p.inline, p.parts] for p in table.productions],
        "symbols": symbols,
        "keys": list(keys),
        "states": states,
        "start": table.start,
        "accept": table.accept,
    }


if __name__ == "__main__":
    save_table()
    print(f"wrote {SAVED}")  # noqa: T201
