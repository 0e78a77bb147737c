"""Rows of a request, as they are in the source's data, held against the columns that a version of the model needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from mldsl.catalog.types import Type
from mldsl.diagnostics.suggest import suggest
from mldsl.serving.refused import RefusedError, bad
from mldsl.serving.values import Converter, WrongValueError, converter, shown

Row: TypeAlias = dict[str, object]


class Field(Protocol):
    """A column that a request carries: its name in the raw data, in the program, and what it holds."""

    @property
    def name(self) -> str:
        """As in the source's data."""

    @property
    def column(self) -> str:
        """As in the program."""

    @property
    def type(self) -> Type:
        """What it holds, null too if that may be."""

    @property
    def roles(self) -> Sequence[str]:
        """`key`, `sensitive` and the like."""

    @property
    def required(self) -> bool:
        """Whether the model needs it; what it does not need is of use all the same (a key, say)."""


_Converters: TypeAlias = tuple[tuple[str, str, Converter], ...]

_ABSENT: Any = object()


class Reader:
    """Turns raw rows into rows by the program's names.

    A field that is not required may be left out, or null. `others` are further columns of the same data (the target):
    whoever sends whole rows may send them, and they are not looked at. Any other column is refused: it is more likely
    to be misspelt than spare.
    """

    def __init__(self, fields: Iterable[Field], others: Collection[str] = ()) -> None:
        every = tuple(fields)
        self.fields = tuple(field for field in every if field.required)
        self.extras = tuple(field for field in every if not field.required)
        self.known = {field.name: field for field in every}
        self.others = frozenset(others) - self.known.keys()
        self._needed: _Converters = tuple((item.name, item.column, converter(item.type)) for item in self.fields)
        self._useful: _Converters = tuple(
            (item.name, item.column, converter(item.type.with_null())) for item in self.extras
        )

    def rows(self, raw: Sequence[object]) -> list[Row]:
        """What the model needs of each. Raises RefusedError for the first that is wrong, naming its column."""
        return [self._row(item, number) for number, item in enumerate(raw)]

    def beside(self, raw: Sequence[Any]) -> list[Row]:
        """What else of use has come along, of rows that `rows` has read."""
        return [self._beside(item, number) for number, item in enumerate(raw)] if self._useful else [{}] * len(raw)

    def _row(self, raw: object, number: int) -> Row:
        if not isinstance(raw, dict):
            raise bad(f"row {number} is {shown(raw)}, and an object with a row's columns is wanted", row=number)
        found: Row = {}
        name = ""
        try:
            for name, column, convert in self._needed:
                value = raw.get(name, _ABSENT)
                if value is _ABSENT:
                    raise self._missing(name, raw, number)
                found[column] = convert(value)
        except WrongValueError as wrong:
            raise bad(f"`{name}` in row {number} {wrong}", field=name, row=number) from None
        if len(raw) != len(found):
            self._check_others(raw, number)
        return found

    def _beside(self, raw: Mapping[str, Any], number: int) -> Row:
        found: Row = {}
        for name, column, convert in self._useful:
            if name in raw:
                try:
                    found[column] = convert(raw[name])
                except WrongValueError as wrong:
                    raise bad(f"`{name}` in row {number} {wrong}", field=name, row=number) from None
        return found

    def _missing(self, name: str, raw: Mapping[str, object], number: int) -> RefusedError:
        field = self.known[name]
        spare = [item for item in raw if item not in self.known and item not in self.others]
        near = field.column if field.column in spare else suggest(name, spare)
        if near is not None:
            help_ = f": there is `{near}` instead"
        else:
            help_ = "; where it is not known, write null" if field.type.nullable else ""
        return bad(f"`{name}` is missing in row {number}{help_}", field=name, row=number)

    def _check_others(self, raw: Mapping[str, object], number: int) -> None:
        for name in raw:
            if name not in self.known and name not in self.others:
                raise bad(f"there is no column `{name}` (row {number}){self.near(name)}", field=name, row=number)

    def near(self, name: str) -> str:
        """What is said of a name that no column has, as the end of a sentence."""
        near = suggest(name, self.known)
        return f"; did you mean `{near}`?" if near else ""


def misfit(old: Reader, new: Reader) -> str | None:
    """Why requests that suit one reader need not suit the other; None where they do."""
    before = {field.name: field.type for field in old.fields}
    for field in new.fields:
        given = before.get(field.name)
        if given is None:
            return f"`{field.name}` is new"
        if given.nullable and not field.type.nullable:
            return f"`{field.name}` may not be null any more"
        if not _takes(field.type, given):
            return f"`{field.name}` is `{field.type.with_null(False)}`, and was `{given.with_null(False)}`"
    return None


# What is sent for one kind is taken by these, too.
_WIDER: dict[str, tuple[str, ...]] = {
    "int": ("float",),
    "enum": ("string", "text"),
    "string": ("text",),
    "text": ("string",),
    "date": ("datetime",),
}


def _takes(wanted: Type, given: Type) -> bool:
    if wanted.kind == "enum" and given.kind == "enum":
        return set(given.values) <= set(wanted.values)
    return (wanted.kind, wanted.size) == (given.kind, given.size) or wanted.kind in _WIDER.get(given.kind, ())
