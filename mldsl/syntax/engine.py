"""Runs lark's LALR table over the tokens and makes the tree's nodes as rules are reduced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.table import Production, Table
from mldsl.syntax.tokens import END, FINISH, MAX_DEPTH, NAMES, Token
from mldsl.syntax.tree import Declaration

Action = Callable[[Context, Span, list[Any]], object]


_DEEPENING = frozenset(
    {"binary", "negation", "negative", "conditional", "between", "in_list", "is_null", "references", "call", "over"}
)
"""The actions whose nodes make an expression's tree deeper."""


class Statement(NamedTuple):
    """Where the statement begins that is being read: the size of the stack before it, and its first token."""

    size: int
    first: int


class Engine:
    """One parse: the stack of states, with the value, the place and the depth of what each of them stands for."""

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
        self.depths: list[int] = []
        self.statements = [Statement(1, 0)]

    def run(self, recover: Callable[[Engine], None]) -> tuple[Declaration, ...]:
        """Parse to the end, calling `recover` wherever no rule takes the next token; the value of the start rule."""
        rows = self.table.states
        productions = self.table.productions
        accept = self.table.accept
        while self.states[-1] != accept:
            token = self.tokens[self.at]
            step = rows[self.states[-1]].get(token.type)
            if step is None:
                recover(self)
            elif step >= 0:
                self._shift(token, step)
            else:
                self._reduce(productions[-1 - step])
        declared: tuple[Declaration, ...] = self.values[-1]
        return declared

    def _shift(self, token: Token, state: int) -> None:
        self.states.append(state)
        self.values.append(token)
        self.starts.append(token.start)
        self.ends.append(token.end)
        self.depths.append(0)
        self.at += 1
        if token.type == "LBRACE":
            self.statements.append(Statement(len(self.states), self.at))
        elif token.type == END:
            self.statements[-1] = Statement(len(self.states), self.at)
        elif token.type == "RBRACE":
            self.statements.pop()

    def _reduce(self, production: Production) -> None:
        size = production.size
        if size == 1 and production.action is None and not production.inline:
            self.states.pop()
            self.states.append(self.table.states[self.states[-1]][production.makes])
            return
        if size:
            start, end, depth = self.starts[-size], self.ends[-1], max(self.depths[-size:])
            value = self._value(production, self.values[-size:], start, end)
            del self.states[-size:], self.values[-size:], self.starts[-size:], self.ends[-size:], self.depths[-size:]
        else:
            start = end = self.ends[-1] if self.ends else 0
            depth = 0
            value = self._value(production, [], start, end)
        self.states.append(self.table.states[self.states[-1]][production.makes])
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)
        self.depths.append(depth + 1 if production.action in _DEEPENING else depth)
        if depth >= MAX_DEPTH:
            self._too_deep(start, end)

    def _value(self, production: Production, values: list[Any], start: int, end: int) -> object:
        """What a production stands for: its only part, the list of its parts, or its action's node."""
        parts: list[Any] = []
        kept = production.parts
        if kept and kept[0] is not None and kept[0] < 0:
            parts = values[-1 - kept[0]]  # lists grow in place: they may be long
            kept = kept[1:]
        for part in kept:
            if part is None:
                parts.append(None)
            elif part >= 0:
                parts.append(values[part])
            else:
                parts += values[-1 - part]
        if production.action is not None:
            return self.actions[production.action](self.context, Span(self.context.file, start, end), parts)
        if self.context.doubtful and production.makes.lstrip("_").startswith("lines{"):
            parts = [part for part in parts if not self.context.forget(part)]
        return parts if production.inline else parts[0]

    def _too_deep(self, start: int, end: int) -> None:
        self.context.report(
            Diagnostic(
                "ML001",
                f"nested too deeply (more than {MAX_DEPTH} levels)",
                Span(self.context.file, start, end),
                help="split it over several lines of `derive`, or write a long chain of `or` as `in (…)`",
            )
        )
        self.skip_statement()

    # --- for recovery ------------------------------------------------------------------------------------------------

    @property
    def statement(self) -> Statement:
        """The statement that is being read."""
        return self.statements[-1]

    def rewind(self) -> None:
        """Undo the reductions made in sight of the next token, by reading its statement up to it once more."""
        error, rows = self.at, self.table.states
        self.restart()
        while self.at < error:
            token = self.tokens[self.at]
            step = rows[self.states[-1]][token.type]
            if step >= 0:
                self._shift(token, step)
            else:
                self._reduce(self.table.productions[-1 - step])

    def restart(self) -> None:
        """Go back to the first token of the statement."""
        size, self.at = self.statement
        del self.states[size:]
        for stack in (self.values, self.starts, self.ends, self.depths):
            del stack[size - 1 :]

    def skip_statement(self) -> None:
        """Leave the statement out: go on at its end, or at the brace that closes the block around it."""
        at, first, nested = self.at, self.statement.first, len(self.statements) > 1
        self.restart()
        depth = 0
        while (kind := self.tokens[at].type) != FINISH and (
            depth or not (kind == END or (nested and kind == "RBRACE"))
        ):
            depth += {"LBRACE": 1, "RBRACE": -1}.get(kind, 0) if depth or nested or kind != "RBRACE" else 0
            at += 1
        if at > first:
            left_out = Span(self.context.file, self.tokens[first].start, self.tokens[at - 1].end)
            self.context.settle(left_out.start, left_out.end)
            self.context.leave_out(left_out)
        del self.tokens[first:at]
        if kind == FINISH and nested:
            size = len(self.context.file.text)
            self.tokens.insert(first, Token("RBRACE", "}", size, size))

    def target(self, states: Sequence[int], kind: str) -> int | None:
        """The state in which a token of this kind would be taken; None if it cannot stand there."""
        stack = list(states)
        return stack[-1] if self._take(stack, kind) else None

    def reach(self, states: Sequence[int], kinds: Sequence[str]) -> int:
        """How many tokens of these kinds could be taken one after the other from a stack of states."""
        stack = list(states)
        for count, kind in enumerate(kinds):
            if not self._take(stack, kind):
                return count
        return len(kinds)

    def _take(self, stack: list[int], kind: str) -> bool:
        """Change a stack of states as a token of this kind would; whether it can be taken at all."""
        rows = self.table.states
        while stack[-1] != self.table.accept:
            step = rows[stack[-1]].get(kind)
            if step is None:
                return False
            if step >= 0:
                stack.append(step)
                return True
            production = self.table.productions[-1 - step]
            if production.size:
                del stack[-production.size :]
            stack.append(rows[stack[-1]][production.makes])
        return kind == FINISH


def is_word(token: Token) -> bool:
    """Whether a token is spelled like a name: a name, a backticked name or a keyword."""
    return token.type in NAMES or token.text.isidentifier()
