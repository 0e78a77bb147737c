"""Statements that are too long for one line: where they are broken, and how far the next lines are indented."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from mldsl.syntax.fmt.spacing import Spacing
from mldsl.syntax.tokens import Token

WIDTH = 100
"""The longest line, in characters, that is not broken."""

_HANG = 4
_STEP = 2

_BEFORE = ("ELSE", "OR", "AND", "VBAR", "COALESCE")
"""A line may start with one of these; from the weakest to the strongest."""

_COMMA = frozenset({"COMMA"})

_AFTER = (frozenset({"PLUS", "MINUS"}), frozenset({"TIMES"}), frozenset({"COMPARE"}))
"""A line may end with one of these; from the weakest to the strongest."""


@dataclass(slots=True)
class Breaker:
    """Lays out the tokens of one statement."""

    spacing: Spacing

    def lines(self, tokens: list[Token], indent: int, start: int, tail: int) -> list[str]:
        """The statement's lines, the first without its indentation.

        `start` is the column at which the first line begins, `tail` how many characters follow the last line.
        """
        if self._fits(self.spacing.line(tokens), start, tail):
            return [self.spacing.line(tokens)]
        cut = _behind_name(tokens)
        if cut:
            return self._behind_name(tokens, cut, indent, start, tail)
        parts = self._split(tokens, indent, start, tail)
        if parts is not None:
            return self._stack(parts, indent, start, tail)
        return self._explode(tokens, indent, start, tail)

    def _behind_name(self, tokens: list[Token], cut: int, indent: int, start: int, tail: int) -> list[str]:
        """`name = …`: the value begins a new line where it can only be broken badly otherwise."""
        prefix, value = self.spacing.line(tokens[:cut]), tokens[cut:]
        column, hanging = start + len(prefix) + 1, indent + _HANG
        well = any(self._all_fit(parts, column, hanging, tail) for parts in self._strong_ways(value))
        moved = any(self._all_fit(parts, hanging, hanging, tail) for parts in [[value], *self._strong_ways(value)])
        if moved and not well and not _is_call(value):
            return [prefix, *self._part(value, hanging, hanging, tail, True)]
        rest = self.lines(value, indent, column, tail)
        return [f"{prefix} {rest[0]}", *rest[1:]]

    def _all_fit(self, parts: list[list[Token]], start: int, hanging: int, tail: int) -> bool:
        last = len(parts) - 1
        return all(
            self._fits(self.spacing.line(part), hanging if at else start, tail if at == last else 0)
            for at, part in enumerate(parts)
        )

    def _fits(self, text: str, start: int, tail: int) -> bool:
        first, _, rest = text.partition("\n")
        if not rest:
            return start + len(first) + tail <= WIDTH
        return start + len(first) <= WIDTH and len(rest.rpartition("\n")[2]) + tail <= WIDTH

    def _split(self, tokens: list[Token], indent: int, start: int, tail: int) -> list[list[Token]] | None:
        """The parts of the first way of breaking that makes all of them fit, else of the weakest way."""
        weakest: list[list[Token]] | None = None
        for parts in [*self._strong_ways(tokens), *self._weak_ways(tokens)]:
            if self._all_fit(parts, start, indent + _HANG, tail):
                return parts
            weakest = weakest or parts
        explodes = any(token.type == "LPAR" for token in tokens)
        return weakest if weakest is not None and not (explodes and _only_signs(weakest)) else None

    def _strong_ways(self, tokens: list[Token]) -> list[list[list[Token]]]:
        """The ways of breaking that read well: before words, behind the commas of a list."""
        ways = [_cut(tokens, _starts(tokens, kind)) for kind in _BEFORE]
        ways.append(_cut(tokens, self._ends(tokens, _COMMA)))
        return [parts for parts in ways if len(parts) > 1]

    def _weak_ways(self, tokens: list[Token]) -> list[list[list[Token]]]:
        """Behind the signs of a sum, a product, a comparison."""
        ways = [_cut(tokens, self._ends(tokens, kinds)) for kinds in _AFTER]
        return [parts for parts in ways if len(parts) > 1]

    def _ends(self, tokens: list[Token], kinds: frozenset[str]) -> list[int]:
        """The places behind the signs of these kinds that stand in no bracket."""
        return [
            index + 1
            for index in _outside(tokens)
            if tokens[index].type in kinds
            and not (tokens[index].type == "MINUS" and self.spacing.is_sign(tokens, index))
        ]

    def _stack(self, parts: list[list[Token]], indent: int, start: int, tail: int) -> list[str]:
        """The parts below each other; as many items of a list on a line as fit."""
        hanging = indent + _HANG
        found: list[str] = []
        line: list[Token] = []
        filling = parts[0][-1].type == "COMMA"
        for at, part in enumerate(parts):
            end = tail if at == len(parts) - 1 else 0
            column = start if not found else hanging
            if line and filling and self._fits(self.spacing.line(line + part), column, end):
                line = line + part
                continue
            if line:
                found += self._part(line, hanging, start if not found else hanging, 0, bool(found))
            line = part
        return found + self._part(line, hanging, start if not found else hanging, tail, bool(found))

    def _part(self, tokens: list[Token], indent: int, start: int, tail: int, indented: bool) -> list[str]:
        lines = self.lines(tokens, indent, start, tail)
        return [" " * indent + lines[0], *lines[1:]] if indented else lines

    def _explode(self, tokens: list[Token], indent: int, start: int, tail: int) -> list[str]:
        """The items of the longest bracket below each other; a statement without one stays too long."""
        opener, closer = _longest_bracket(tokens)
        if closer <= opener + 1:
            return [self.spacing.line(tokens)]
        inside = tokens[opener + 1 : closer]
        inner = indent + _STEP
        found = [self.spacing.line(tokens[: opener + 1])]
        for part in _cut(inside, self._ends(inside, _COMMA)):
            lines = self.lines(part, inner, inner, 0)
            found += [" " * inner + lines[0], *lines[1:]]
        rest = self.lines(tokens[closer:], indent, indent, tail) if closer + 1 < len(tokens) else [")"]
        return [*found, " " * indent + rest[0], *rest[1:]]


def _behind_name(tokens: list[Token]) -> int:
    """How many tokens make up `name =` or `name:` in front, after which the value begins."""
    for index in _outside(tokens):
        if tokens[index].type in ("EQUAL", "COLON"):
            return index + 1 if index + 1 < len(tokens) else 0
        if tokens[index].type in ("LPAR", "COMPARE", "OR", "AND"):
            return 0
    return 0


def _outside(tokens: list[Token]) -> list[int]:
    """The indices of the tokens that stand in no bracket, brackets themselves included."""
    found: list[int] = []
    depth = 0
    for index, token in enumerate(tokens):
        depth -= token.type == "RPAR" and depth > 0
        if depth == 0:
            found.append(index)
        depth += token.type == "LPAR"
    return found


def _starts(tokens: list[Token], kind: str) -> list[int]:
    """The places before the words of this kind that stand in no bracket; the `and` of a `between` is none."""
    found: list[int] = []
    pending = 0
    for index in _outside(tokens):
        pending += tokens[index].type == "BETWEEN"
        if tokens[index].type == "AND" and pending:
            pending -= 1
        elif tokens[index].type == kind and index:
            found.append(index)
    return found


def _cut(tokens: list[Token], places: list[int]) -> list[list[Token]]:
    edges = [0, *places, len(tokens)]
    parts = [tokens[first:last] for first, last in pairwise(edges)]
    return [part for part in parts if part]


def _is_call(tokens: list[Token]) -> bool:
    """Whether the tokens are one call, whose arguments can stand below each other."""
    return len(tokens) > 2 and tokens[1].type == "LPAR" and _outside(tokens)[2:] == [len(tokens) - 1]


def _only_signs(parts: list[list[Token]]) -> bool:
    """Whether the parts are those of a sum, a product or a comparison, which rather stay together."""
    return parts[0][-1].type in ("PLUS", "MINUS", "TIMES", "COMPARE")


def _longest_bracket(tokens: list[Token]) -> tuple[int, int]:
    best, longest, stack = (0, 0), 0, [-1]
    for index, token in enumerate(tokens):
        if token.type == "LPAR":
            stack.append(index)
        elif token.type == "RPAR" and len(stack) > 1:
            opener = stack.pop()
            length = sum(len(inner.text) for inner in tokens[opener:index])
            if len(stack) == 1 and length > longest:
                best, longest = (opener, index), length
    return best
