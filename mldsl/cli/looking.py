"""The columns of a user's data as `mldsl infer` and `mldsl new` see them: their names, their types, what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mldsl.catalog.types import Type
from mldsl.cli.declaring import column_names

if TYPE_CHECKING:
    from mldsl.runtime.profile import ColumnFacts

_DELIMITERS = (";", "\t", "|")
_NULLS = ("NA", "N/A", "n/a", "NULL", "null", "?")


@dataclass(frozen=True, slots=True)
class DataColumn:
    """A column: its name in the program and in the data, its type and what it holds."""

    name: str
    raw: str
    type: Type
    facts: ColumnFacts


@dataclass(frozen=True, slots=True)
class DataTable:
    """Data that was looked at: `arguments` are those that the connector was read with."""

    arguments: Mapping[str, str]
    rows: int
    columns: tuple[DataColumn, ...]


def look(connector: str, arguments: Mapping[str, str]) -> DataTable:
    """Look at all rows; of a CSV file find what stands for its commas and its nulls. Paths start at the current folder.

    Raises StepFailed for data that cannot be read.
    """
    from mldsl.plan.nodes import ColumnSpec
    from mldsl.runtime.infer import infer
    from mldsl.runtime.profile import profile

    found = dict(arguments)
    types = infer(connector, found, Path())
    if connector == "csv" and len(types) == 1 and "delimiter" not in found:
        found |= _delimiter(types[0][0])
        types = infer(connector, found, Path())
    if connector == "csv" and "null_values" not in found:
        found |= _null_word(found, types)
        types = infer(connector, found, Path()) if "null_values" in found else types
    names = column_names(raw for raw, _ in types)
    specs = [ColumnSpec(name=names[raw], type=type_, raw=raw) for raw, type_ in types]
    facts = profile(connector, found, specs, Path())
    columns = tuple(DataColumn(names[raw], raw, type_, facts.columns[names[raw]]) for raw, type_ in types)
    return DataTable(found, facts.rows, columns)


def _delimiter(header: str) -> dict[str, str]:
    """What stands between the fields where it is no comma: the header has it, and so looks like one column."""
    found = next((sign for sign in _DELIMITERS if sign in header), None)
    return {"delimiter": found} if found else {}


def _null_word(arguments: Mapping[str, str], types: Sequence[tuple[str, Type]]) -> dict[str, str]:
    """The word that means null: without it, what seemed to be strings are numbers, bools or dates."""
    from mldsl.runtime.infer import infer

    strings = {name for name, type_ in types if type_.kind == "string"}

    def tells(words: Sequence[str]) -> bool:
        found = infer("csv", {**arguments, "null_values": words}, Path())
        return any(name in strings and type_.kind != "string" for name, type_ in found)

    if not strings or not tells(_NULLS):
        return {}
    word = next((word for word in _NULLS if tells([word])), None)
    return {"null_values": word} if word else {}
