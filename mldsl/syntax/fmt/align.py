"""Columns: the types and roles of fields, the values of bindings, the `else` of expectations stand below each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from mldsl.syntax import tree
from mldsl.syntax.fmt.pieces import Item, Remark, Statement, own_tokens
from mldsl.syntax.fmt.spacing import Spacing
from mldsl.syntax.tokens import Token
from mldsl.syntax.walk import nodes

LONG_NAME = 24
"""Names wider than this do not push their neighbours' types or values to the right."""

LONG_TYPE = 12
"""Types wider than this do not push the roles of their neighbours to the right."""


FAR = 12
"""The widest gap in front of an `else`; conditions that differ more in length are not aligned."""


class Kind(Enum):
    """Statements that are aligned with their neighbours."""

    FIELD = "field"
    BINDING = "binding"
    ENTRY = "entry"
    EXPECTATION = "expectation"


@dataclass(slots=True)
class Columns:
    """Which statements of a file are aligned, by the offset at which they begin.

    `clauses` are the offsets of what stands behind the `else` of an expectation.
    """

    spacing: Spacing
    kinds: dict[int, Kind]
    clauses: frozenset[int]

    @classmethod
    def of_module(cls, module: tree.Module, spacing: Spacing) -> Columns:
        """Look the statements up in the tree."""
        kinds: dict[int, Kind] = {}
        actions: list[int] = []
        for node in nodes(module):
            match node:
                case tree.Field():
                    kinds[node.span.start] = Kind.FIELD
                case tree.Binding():
                    kinds[node.span.start] = Kind.BINDING
                case tree.PrepareEntry():
                    kinds[node.span.start] = Kind.ENTRY
                case tree.Expectation(otherwise=tree.Name() as action):
                    kinds[node.span.start] = Kind.EXPECTATION
                    actions.append(action.span.start)
        return cls(spacing, kinds, frozenset(actions))

    def none(self) -> Padding:
        """No alignment."""
        return Padding(self)

    def of(self, run: list[Item], width: int) -> Padding:
        """The columns of statements that no blank line divides, where lines may have `width` characters."""
        padding = Padding(self)
        streak: list[Statement] = []
        for item in run:
            if isinstance(item, Remark):
                continue
            kind = self.kind(item)
            if kind is Kind.EXPECTATION:
                streak.append(item)
                continue
            self._add_clauses(streak, padding, width)
            streak = []
            if kind is not None:
                self._add_name(item, kind, padding)
        self._add_clauses(streak, padding, width)
        return padding

    def kind(self, statement: Statement) -> Kind | None:
        """How a statement is aligned, if at all; one with comments inside is not."""
        kind = self.kinds.get(statement.start)
        return kind if kind and len(own_tokens(statement)) == len(statement.head) else None

    def _add_name(self, statement: Statement, kind: Kind, padding: Padding) -> None:
        tokens = own_tokens(statement)
        cut = behind_name(tokens, kind)
        name = len(self.spacing.line(tokens[: cut - 1]))
        padding.name = max(padding.name, name if name <= LONG_NAME else 0)
        end = cut + type_length(tokens[cut:])
        written = len(self.spacing.line(tokens[cut:end]))
        if kind is Kind.FIELD and end < len(tokens) and written <= LONG_TYPE:
            padding.type = max(padding.type, written)

    def _add_clauses(self, streak: list[Statement], padding: Padding, width: int) -> None:
        """Neighbouring expectations share a column for their `else`, if they then fit on their lines."""
        conditions: dict[int, int] = {}
        longest = 0
        for statement in streak:
            tokens = own_tokens(statement)
            cut = self.behind_condition(tokens)
            conditions[statement.start] = len(self.spacing.line(tokens[:cut]))
            longest = max(longest, len(self.spacing.line(tokens[cut:])))
        if not conditions:
            return
        widest, narrowest = max(conditions.values()), min(conditions.values())
        if widest + 1 + longest <= width and widest - narrowest <= FAR:
            padding.clauses |= dict.fromkeys(conditions, widest)

    def behind_condition(self, tokens: list[Token]) -> int:
        """The index of the `else` that says what follows from a failure."""
        return next(index for index, token in enumerate(tokens) if token.start in self.clauses) - 1


@dataclass(slots=True)
class Padding:
    """Widths in characters: of the names, of the types that roles follow, of the condition of each expectation."""

    columns: Columns
    name: int = 0
    type: int = 0
    clauses: dict[int, int] = field(default_factory=dict)

    def prefix(self, statement: Statement) -> tuple[str, list[Token]]:
        """The part of a statement's line that ends where a column begins, and the tokens that follow."""
        tokens = own_tokens(statement)
        spacing, kind = self.columns.spacing, self.columns.kind(statement)
        if kind is Kind.EXPECTATION and statement.start in self.clauses:
            cut = self.columns.behind_condition(tokens)
            return f"{spacing.line(tokens[:cut]):<{self.clauses[statement.start]}} ", tokens[cut:]
        cut = behind_name(tokens, kind)
        if kind is None or kind is Kind.EXPECTATION or not (cut and self.name):
            return "", tokens
        if kind is Kind.BINDING:
            return f"{spacing.line(tokens[: cut - 1]):<{self.name}} = ", tokens[cut:]
        name = f"{spacing.line(tokens[:cut]):<{self.name + 1}} "
        if kind is Kind.ENTRY:
            return name, tokens[cut:]
        end = cut + type_length(tokens[cut:])
        written = spacing.line(tokens[cut:end])
        if end == len(tokens) or len(written) > self.type:
            return name, tokens[cut:]
        return f"{name}{written:<{self.type}}  ", tokens[end:]


def behind_name(tokens: list[Token], kind: Kind | None) -> int:
    """The index behind the `:` or `=` that follows a statement's names; 0 if there is none."""
    wanted = "EQUAL" if kind is Kind.BINDING else "COLON"
    return next((index + 1 for index, token in enumerate(tokens) if token.type == wanted), 0)


def type_length(tokens: list[Token]) -> int:
    """How many tokens a type takes: its name, its arguments, its `?`."""
    end = 1
    if len(tokens) > 1 and tokens[1].type == "LPAR":
        end = next(index for index, token in enumerate(tokens) if token.type == "RPAR") + 1
    return end + (len(tokens) > end and tokens[end].type == "NULLABLE")
