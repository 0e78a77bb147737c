"""Python expressions as values, and their text: laid out as `ruff format` would, names and strings never pasted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

# ruff's own default. What does not fit stands one item a line behind a comma, which every other length leaves alone.
WIDTH = 88


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the generated file, or names with dots between."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of `function` with positional and named arguments."""

    function: str
    args: tuple[Expression, ...] = ()
    named: tuple[tuple[str, Expression], ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """A dict with strings for keys."""

    items: tuple[tuple[str, Expression], ...]


Expression: TypeAlias = Name | Call | Items | Mapped | str | int | float | bool | None


def call(function: str, *args: Expression, **named: Expression) -> Call:
    """A call, as it would be written in Python."""
    return Call(function, args, tuple(named.items()))


def listed(items: list[str] | tuple[str, ...]) -> Items:
    """A list of strings."""
    return Items(tuple(items))


def show(value: Expression, indent: int = 0, before: int = 0, after: int = 0) -> str:
    """The text of `value` in a line that is indented by `indent`.

    `before` and `after` are how many characters of that line stand around it.
    """
    flat = _flat(value)
    pieces = _pieces(value)
    if pieces is None or indent + before + len(flat) + after <= WIDTH:
        return flat
    opening, items, closing = pieces
    inner = indent + 4
    lines = [f"{' ' * inner}{key}{show(item, inner, len(key), 1)},\n" for key, item in items]
    return f"{opening}\n{''.join(lines)}{' ' * indent}{closing}"


def statement(value: Expression, indent: int = 0, before: str = "", after: str = "") -> str:
    """A line of code with `value` in it, and the line feed."""
    return f"{' ' * indent}{before}{show(value, indent, len(before), len(after))}{after}\n"


def text(value: str) -> str:
    """A string literal, in double quotes unless that takes more escapes."""
    literal = repr(value)
    if literal[0] == '"' or value.count('"') > value.count("'"):
        return literal
    inside = literal[1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{inside}"'


def docstring(value: str, indent: int = 0) -> str:
    """A docstring of one or several lines, as a line of code."""
    escaped = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    lines = [line.rstrip() for line in escaped.strip().splitlines()]
    if len(lines) == 1:
        return f'{" " * indent}"""{_closed(lines[0])}"""\n'
    body = "\n".join(f"{' ' * indent}{line}" if line else "" for line in lines[1:])
    return f'{" " * indent}"""{lines[0]}\n{body}\n{" " * indent}"""\n'


def _closed(line: str) -> str:
    """The line such that three quotes may follow."""
    return line[:-1] + '\\"' if line.endswith('"') else line


def _flat(value: Expression) -> str:
    """On one line."""
    match value:
        case Name(name):
            return name
        case str():
            return text(value)
        case Call() | Items() | Mapped():
            pieces = _pieces(value)
            if pieces is None:
                return {Call: "{}()", Items: "[]", Mapped: "{}"}[type(value)].format(getattr(value, "function", ""))
            opening, items, closing = pieces
            return f"{opening}{', '.join(f'{key}{_flat(item)}' for key, item in items)}{closing}"
        case _:
            return repr(value)


def _pieces(value: Expression) -> tuple[str, list[tuple[str, Expression]], str] | None:
    """What opens a value with items, the items with what stands before each, what closes it; None without items."""
    match value:
        case Call(function, args, named) if args or named:
            return f"{function}(", [("", item) for item in args] + [(f"{key}=", item) for key, item in named], ")"
        case Items(items) if items:
            return "[", [("", item) for item in items], "]"
        case Mapped(pairs) if pairs:
            return "{", [(f"{text(key)}: ", item) for key, item in pairs], "}"
        case _:
            return None
