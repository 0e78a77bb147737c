"""The types of the language, which of them widen to which, and what two of them have in common."""

from __future__ import annotations

from typing import Literal

from mldsl.records import record

Kind = Literal[
    "bool", "int", "float", "string", "text", "date", "datetime", "duration", "enum", "vector", "image",
    "null",  # the literal null alone
    "any",  # unknown, after a mistake that has been reported: fits everything, so that what follows is silent
]  # fmt: skip


@record
class Type:
    """A column's or an expression's type.

    `values` are an enum's, in declared order; `size` is a vector's length. `nullable` says that null may occur.
    """

    kind: Kind
    nullable: bool = False
    values: tuple[str, ...] = ()
    size: int = 0

    def __str__(self) -> str:
        """As it is written in a program, `enum("a", "b")?`."""
        match self.kind:
            case "enum":
                listed = ", ".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in self.values)
                written = f"enum({listed})"
            case "vector":
                written = f"vector({self.size})"
            case _:
                written = self.kind
        return written + ("?" if self.nullable else "")

    def with_null(self, nullable: bool = True) -> Type:
        """The same type, nullable or not."""
        return self if self.nullable == nullable else Type(self.kind, nullable, self.values, self.size)

    @property
    def is_number(self) -> bool:
        """`int` or `float`."""
        return self.kind in ("int", "float")

    @property
    def is_stringlike(self) -> bool:
        """`string`, `text` or `enum`."""
        return self.kind in ("string", "text", "enum")

    @property
    def is_temporal(self) -> bool:
        """`date` or `datetime`."""
        return self.kind in ("date", "datetime")


ANY = Type("any", nullable=True)
NULL = Type("null", nullable=True)
BOOL = Type("bool")
INT = Type("int")
FLOAT = Type("float")
STRING = Type("string")
DATE = Type("date")
DATETIME = Type("datetime")
DURATION = Type("duration")

# What a kind widens to without being asked, nearest first.
_WIDER: dict[str, tuple[str, ...]] = {
    "int": ("float",),
    "date": ("datetime",),
    "enum": ("string", "text"),
    "string": ("text",),
}

# The groups that a selector names. Columns of other types are in none of them but `all`.
GROUPS: dict[str, tuple[str, ...]] = {
    "numeric": ("int", "float"),
    "categorical": ("enum", "string", "bool"),
    "text": ("text",),
    "temporal": ("date", "datetime"),
}


def fits(given: Type, wanted: Type) -> bool:
    """Whether a value of type `given` may stand where `wanted` is; nullability counts."""
    if "any" in (given.kind, wanted.kind):
        return True
    if given.nullable and not wanted.nullable:
        return False
    if given.kind == "null":
        return wanted.nullable
    if given.kind == wanted.kind:
        return given.values == wanted.values and given.size == wanted.size
    return wanted.kind in _WIDER.get(given.kind, ())


def common(first: Type, second: Type) -> Type | None:
    """The nearest type that both widen to, nullable if either is; None when there is none."""
    nullable = first.nullable or second.nullable
    for one, other in ((first, second), (second, first)):
        if one.kind in ("any", "null"):
            return other.with_null(nullable)
        if fits(one.with_null(False), other.with_null(False)):
            return other.with_null(nullable)
    for kind in _WIDER.get(first.kind, ()):
        if kind in _WIDER.get(second.kind, ()):
            return Type(kind, nullable)  # type: ignore[arg-type]
    return None
