"""What an option's value is in the tree, in words, and what is said of one that will not do."""

from __future__ import annotations

from collections.abc import Sequence

from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree


@record
class Wrong:
    """A value that will not do: what is `wanted` (in words that follow "wants"), where, and a way out.

    `said` replaces the whole sentence where "wants … not …" would not say it.
    """

    wanted: str = ""
    help: str | None = None
    span: Span | None = None
    said: str | None = None
    code: str = "ML111"


_LITERAL_WORDS: dict[str, str] = {
    "int": "the number",
    "float": "the number",
    "percent": "the percentage",
    "string": "the string",
    "date": "the date",
    "datetime": "the datetime",
    "duration": "the duration",
    "size": "the size",
}


def literal(value: tree.Value) -> tree.Literal | None:
    """The literal that `value` is, a minus before a number made part of it; None for anything else."""
    match value:
        case tree.Literal():
            return value
        case tree.Unary(
            span=span, op="-", operand=tree.Literal(kind="int" | "float" | "percent" as kind, value=number)
        ):
            return tree.Literal(span, kind, -number)  # type: ignore[operator]
        case _:
            return None


def describe(value: tree.Value) -> str:
    """What stands there, in words that follow "not"."""
    found = literal(value)
    if found is not None:
        text = found.span.text if len(found.span.text) <= 30 else found.span.text[:29] + "…"
        return f"{_LITERAL_WORDS[found.kind]} `{text}`" if found.kind in _LITERAL_WORDS else f"`{text}`"
    match value:
        case tree.Ref(parts=parts):
            return f"the name `{'.'.join(part.text for part in parts)}`"
        case tree.Selector(group=group):
            return f"the name `{group}`"
        case tree.Call(function=function):
            return f"`{function.text}(…)`"
        case tree.Range():
            return "a range"
        case _:
            return "an expression"


def name_of(value: tree.Value) -> tree.Name | None:
    """The bare word that `value` is; None for anything else. A word such as `text` counts, though it is a selector."""
    match value:
        case tree.Ref(parts=(name,)):
            return name
        case tree.Selector(group=group, excluded=(), span=span):
            return tree.Name(span, group)
        case _:
            return None


def of_kind(value: tree.Value, *kinds: tree.LiteralKind) -> tree.Literal | None:
    """The literal that `value` is, if it is of one of these kinds."""
    found = literal(value)
    return found if found is not None and found.kind in kinds else None


def either(words: Sequence[str]) -> str:
    """`a`, `b` or `c`, in backticks."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
