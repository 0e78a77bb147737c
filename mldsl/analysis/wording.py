"""How diagnostics put things: types with their article, lists of names, what to write instead of a name."""

from __future__ import annotations

from collections.abc import Iterable

from mldsl.catalog.types import Type
from mldsl.diagnostics.suggest import did_you_mean

# More names than this are not listed in a message.
FEW = 8

_LITERALS = {
    **dict.fromkeys(("True", "TRUE"), "true"),
    **dict.fromkeys(("False", "FALSE"), "false"),
    **dict.fromkeys(("None", "NULL", "Null", "NA", "NaN", "nan", "nil", "undefined"), "null"),
}


def described(type_: Type) -> str:
    """A type in a sentence: "an `int`", "a `date?`", "an enum" where its values are many."""
    if type_.kind == "null":
        return "null"
    if type_.kind == "enum" and len(type_.values) > 4:
        return "a nullable enum" if type_.nullable else "an enum"
    return f"{'an' if type_.kind in ('int', 'enum', 'image', 'any') else 'a'} `{type_}`"


def quoted(names: Iterable[str]) -> str:
    """Names in backticks, with commas: "`a`, `b`"."""
    return ", ".join(f"`{name}`" for name in names)


def elsewhere(name: str) -> str | None:
    """The help for a word that stands for a literal in other languages."""
    return f"write `{_LITERALS[name]}`" if name in _LITERALS else None


def near_or_list(name: str, known: Iterable[str], what: str) -> str | None:
    """The help for an unknown name: the nearest known one, else all of them where they are few."""
    names = list(known)
    near = did_you_mean(name, names)
    if near is not None or not 0 < len(names) <= FEW:
        return near
    return f"{what}: {quoted(names)}"
