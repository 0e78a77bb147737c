"""What a function of the language is: its parameters, and the shape of the rule that gives its result's type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from mldsl.catalog.types import Kind, Type
from mldsl.records import record


@record
class Mismatch:
    """Argument `index` (from 0) does not fit; `expected` says what would, as in "a number" or "a `duration`"."""

    index: int
    expected: str


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """One parameter.

    `accepts` lists the kinds that fit (empty: every kind); null fits everywhere. `constant` wants a literal, a param
    or an expression of those, never a column. `choices`, `low` and `high` (both inclusive) bound a constant's value.
    """

    name: str
    accepts: tuple[Kind, ...] = ()
    optional: bool = False
    constant: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


# Gives the result's type from the arguments' types and their constant values (None: not constant). The nullability of
# what it returns counts only where the function's `nulls` is "rule".
Rule = Callable[[Sequence[Type], Sequence[object | None]], Type | Mismatch]

Nulls = Literal[
    "propagate",  # null when an argument is null
    "never",
    "always",  # may be null whatever the arguments are
    "empty",  # an aggregate: null over no values, so non-null only for a non-null column and at least one row
    "no_rows",  # an aggregate: null over no rows, nulls among its values do not matter
    "rule",  # the rule says
]
FunctionKind = Literal["scalar", "aggregate", "window", "check"]


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Something that a program can call, or an operator.

    `group` is the line of the reference it stands on ("numbers", "strings", …, "operators"); `variadic` lets the last
    parameter repeat; `ordered` says that an aggregate needs a preceding `sort by`.
    """

    name: str
    group: str
    kind: FunctionKind
    parameters: tuple[Parameter, ...]
    result: Rule
    summary: str
    variadic: bool = False
    nulls: Nulls = "propagate"
    ordered: bool = False

    @property
    def minimum(self) -> int:
        """The least number of arguments."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def maximum(self) -> int | None:
        """The greatest number of arguments; None when there is no limit."""
        return None if self.variadic else len(self.parameters)

    @property
    def signature(self) -> str:
        """As people write it: `substring(s, start, n)`, `concat(a, …)`, `round(x, digits?)`."""
        names = [parameter.name + ("?" if parameter.optional else "") for parameter in self.parameters]
        return f"{self.name}({', '.join([*names, '…'] if self.variadic else names)})"

    def parameter(self, index: int) -> Parameter:
        """The parameter that argument `index` is for."""
        return self.parameters[min(index, len(self.parameters) - 1)]


# Groups of kinds that parameters accept.
NUMBERS: tuple[Kind, ...] = ("int", "float")
STRINGS: tuple[Kind, ...] = ("string", "text", "enum")
TIMES: tuple[Kind, ...] = ("date", "datetime")
AMOUNTS: tuple[Kind, ...] = ("int", "float", "duration")
MAGNITUDES: tuple[Kind, ...] = ("int", "float", "date", "datetime", "duration")
SCALARS: tuple[Kind, ...] = ("int", "float", "string", "text", "enum", "bool", "date", "datetime", "duration")

# How people call kinds that go together, and the others that are words of plain English.
_TOGETHER: tuple[tuple[tuple[Kind, ...], tuple[str, ...]], ...] = (
    (NUMBERS, ("a number",)),
    (STRINGS, ("a string",)),
    (TIMES, ("a date", "a datetime")),
)
_ARTICLES = {"int": "an", "enum": "an", "image": "an"}


def words(kinds: Sequence[Kind]) -> str:
    """Kinds in plain words: "a number, a string or a `bool`"."""
    if set(kinds) == set(SCALARS):
        return "anything but a vector or an image"
    left = list(kinds)
    parts: list[str] = []
    for group, texts in _TOGETHER:
        if all(kind in left for kind in group):
            parts += texts
            left = [kind for kind in left if kind not in group]
    parts += [f"{_ARTICLES.get(kind, 'a')} `{kind}`" for kind in left]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"
