"""Parsing CEL (the grammar of cel-spec's `langdef.md`): tokens, and one function for each level of operators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

DEEPEST = 100
"""How deep an expression may be nested; `cel-go` has a limit as well."""

_STRING = r"""(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^\\'\r\n]|\\.)*'|"(?:[^\\"\r\n]|\\.)*")"""
_RAW = r"""(?:'''[\s\S]*?'''|\"\"\"[\s\S]*?\"\"\"|'[^'\r\n]*'|"[^"\r\n]*")"""
_TOKEN = re.compile(
    rf"""
    (?P<space>(?:\s|//[^\n]*)+)
    |(?P<double>(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
    |(?P<uint>(?:0x[0-9a-fA-F]+|\d+)[uU])
    |(?P<int>0x[0-9a-fA-F]+|\d+)
    |(?P<raw_bytes>(?:[bB][rR]|[rR][bB]){_RAW})
    |(?P<bytes>[bB]{_STRING})
    |(?P<raw>[rR]{_RAW})
    |(?P<string>{_STRING})
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||==|!=|<=|>=|[<>!?:.,()\[\]{{}}+*/%-])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:[abfnrtv\\?\"'`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})")
_WORDS = """
as break const continue else for function if import let loop package namespace return var void while
"""
_RESERVED = frozenset(_WORDS.split())
_LEVELS = (
    ("||",),
    ("&&",),
    ("==", "!=", "<", "<=", ">", ">=", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)


class Malformed(Exception):  # noqa: N818 - what the text is
    """A text that is not CEL; the message says where."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: `type` is CEL's name of its type, `text` what is written, without quotes for a string."""

    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """`operand.field`."""

    operand: Expression
    field: str


@dataclass(frozen=True, slots=True)
class Index:
    """`operand[index]`."""

    operand: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function, with what stands before its dot, if anything; operators are functions of their signs."""

    function: str
    args: tuple[Expression, ...]
    target: Expression | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """`[a, b]`, or the keys and values of `{a: b}`, one after the other."""

    type: str
    items: tuple[Expression, ...]


Expression: TypeAlias = Literal | Name | Select | Index | Call | Listed


def parse(text: str) -> Expression:
    """The tree of an expression. Raises Malformed."""
    parser = _Parser(_tokens(text))
    tree = parser.expression()
    if parser.kind != "end":
        raise parser.unexpected()
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            quoted = text[position] in "'\""
            help_ = "; within a string a quote is written with `\\` before" if quoted else ""
            raise Malformed(f"`{text[position : position + 10]}` is unexpected{help_}")
        kind = str(found.lastgroup)
        if kind != "space":
            tokens.append((kind, found[0]))
        position = found.end()
    return [*tokens, ("end", "")]


class _Parser:
    """Goes through tokens; `kind` and `text` are of the one that comes next."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def text(self) -> str:
        return self._tokens[self._at][1]

    def unexpected(self) -> Malformed:
        if self.kind == "end":
            return Malformed("it ends too early")
        quoted = self.kind in ("string", "raw") or (self._at and self._tokens[self._at - 1][0] == "string")
        help_ = "; within a string a quote is written with `\\` before" if quoted else ""
        return Malformed(f"`{self.text}` is unexpected{help_}")

    def take(self, text: str) -> bool:
        """Go past a sign, if it is the one."""
        if self.kind == "string" or self.text != text:
            return False
        self._at += 1
        return True

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.unexpected()

    def expression(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Malformed("it is nested too deeply")
        tree = self._level(0)
        if self.take("?"):
            then = self._level(0)
            self.expect(":")
            tree = Call("?:", (tree, then, self.expression()))
        self._depth -= 1
        return tree

    def _level(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._unary()
        tree = self._level(level + 1)
        while self.kind != "string" and self.text in _LEVELS[level]:
            sign = self.text
            self._at += 1
            tree = Call(sign, (tree, self._level(level + 1)))
        return tree

    def _unary(self) -> Expression:
        sign, times = self.text, 0
        if self.kind == "sign" and sign in ("!", "-"):
            while self.take(sign):
                times += 1
        tree = self._member(self._primary())
        for _ in range(times):
            tree = Call(f"{sign}_", (tree,))
        return tree

    def _member(self, tree: Expression) -> Expression:
        while True:
            if self.take("."):
                name = self._name(reserved=True)
                tree = Call(name, self._args(")"), tree) if self.take("(") else Select(tree, name)
            elif self.take("["):
                tree = Index(tree, self.expression())
                self.expect("]")
            else:
                return tree

    def _primary(self) -> Expression:
        kind, text = self.kind, self.text
        if kind in _LITERALS:
            self._at += 1
            return Literal(*_literal(kind, text))
        if kind == "name" and text in ("true", "false", "null"):
            self._at += 1
            return Literal("null" if text == "null" else "bool", text)
        if self.take("("):
            tree = self.expression()
            self.expect(")")
            return tree
        if self.take("["):
            return Listed("list", self._args("]"))
        if self.take("{"):
            return Listed("map", self._entries())
        self.take(".")
        name = self._name()
        return Call(name, self._args(")")) if self.take("(") else Name(name)

    def _name(self, reserved: bool = False) -> str:
        name = self.text
        if self.kind != "name" or name in ("true", "false", "null", "in") or (name in _RESERVED and not reserved):
            raise self.unexpected()
        self._at += 1
        return name

    def _args(self, closing: str) -> tuple[Expression, ...]:
        args: list[Expression] = []
        while not self.take(closing):
            if args:
                self.expect(",")
                if closing == "]" and self.take("]"):
                    break
            args.append(self.expression())
        return tuple(args)

    def _entries(self) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self.take("}"):
            if items:
                self.expect(",")
                if self.take("}"):
                    break
            items.append(self.expression())
            self.expect(":")
            items.append(self.expression())
        return tuple(items)


_LITERALS = frozenset({"double", "uint", "int", "raw_bytes", "bytes", "raw", "string"})


def _literal(kind: str, text: str) -> tuple[str, str]:
    """Its type and its text, what is escaped in a string left as it is written but for quotes."""
    if kind in ("double", "uint", "int"):
        return kind, text
    body = text.lstrip("rRbB")
    quotes = 3 if body[:3] in ("'''", '"""') and len(body) >= 6 else 1
    body = body[quotes:-quotes]
    if kind in ("string", "bytes"):
        if "\\" in _ESCAPE.sub("", body):
            raise Malformed(f"`{text}` has a `\\` that stands for nothing")
        body = re.sub(r"\\([\"'\\])", r"\1", body)
    return ("bytes" if "bytes" in kind else "string"), body
