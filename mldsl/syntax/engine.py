"""Runs lark's LALR table over the tokens and makes the tree's nodes as rules are reduced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.table import Production, Table
from mldsl.syntax.tokens import END, Token
from mldsl.syntax.tree import Declaration

Action = Callable[[Context, Span, list[Any]], object]


class Engine:
    """One parse: the stack of states, with the value and the place of what each of them stands for."""

    def __init__(self, table: Table, actions: Mapping[str, Action], context: Context, tokens: list[Token]) -> None:
        self.table = table
        self.actions = actions
        self.context = context
        self.tokens = tokens
        self.at = 0
        self.states = [table.start]
        self.values: list[Any] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.bodies = [1]

    def run(self) -> tuple[Declaration, ...]:
        """Parse to the end; the value of the start rule."""
        rows = self.table.states
        while True:
            token = self.tokens[self.at]
            step = rows[self.states[-1]].get(token.type)
            if step is None:
                self.skip_statement(token)
            elif step >= 0:
                self.shift(token, step)
            else:
                self.reduce(self.table.productions[-1 - step])
                if self.states[-1] == self.table.accept:
                    declared: tuple[Declaration, ...] = self.values[-1]
                    return declared

    def shift(self, token: Token, state: int) -> None:
        """Take one token."""
        self.states.append(state)
        self.values.append(token)
        self.starts.append(token.start)
        self.ends.append(token.end)
        self.at += 1
        if token.type == "LBRACE":
            self.bodies.append(len(self.states))
        elif token.type == END:
            self.bodies[-1] = len(self.states)
        elif token.type == "RBRACE":
            self.bodies.pop()

    def reduce(self, production: Production) -> None:
        """Replace a rule's right-hand side by its value."""
        size = production.size
        if size:
            start, end = self.starts[-size], self.ends[-1]
            value = self.value(production, self.values[-size:], start, end)
            del self.states[-size:], self.values[-size:], self.starts[-size:], self.ends[-size:]
        else:
            start = end = self.ends[-1] if self.ends else 0
            value = self.value(production, [], start, end)
        self.states.append(self.table.states[self.states[-1]][production.makes])
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)

    def value(self, production: Production, values: list[Any], start: int, end: int) -> object:
        """What a production stands for: its only part, the list of its parts, or its action's node."""
        parts: list[Any] = []
        for part in production.parts:
            if part is None:
                parts.append(None)
            elif part >= 0:
                parts.append(values[part])
            else:
                parts += values[-1 - part]
        if production.action is not None:
            return self.actions[production.action](self.context, Span(self.context.file, start, end), parts)
        return parts if production.inline else parts[0]

    def skip_statement(self, token: Token) -> None:
        """Report `token` and leave the statement out."""
        self.context.report(
            Diagnostic("ML001", f"unexpected `{token.text}`", Span(self.context.file, token.start, token.end))
        )
        keep = self.bodies[-1]
        del self.states[keep:], self.values[keep - 1 :], self.starts[keep - 1 :], self.ends[keep - 1 :]
        depth = 0
        while (kind := self.tokens[self.at].type) != "$END" and (depth or kind not in ("RBRACE", END)):
            depth += {"LBRACE": 1, "RBRACE": -1}.get(kind, 0)
            self.at += 1
