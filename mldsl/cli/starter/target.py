"""What is to be predicted: whether the column can be, as what, and how the program gets it into shape."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

from mldsl.cli.declaring import string
from mldsl.cli.looking import DataColumn
from mldsl.cli.starter.data import DataFile
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.errors import UsageError

_MOST_CLASSES = 30
_MOST_CODES = 10
_CODES = re.compile(r"(.*_)?(target|class|label|category|cluster|type|kind|species)$")
_FEWEST_ROWS = 30
_FEWEST_OF_A_CLASS = 10


@dataclass(frozen=True, slots=True)
class Target:
    """The column, its type as the source declares it, and the transform's lines that make a target of it.

    `positive` is the value that counts as such where the type does not say.
    """

    column: DataColumn
    task: Literal["binary", "multiclass", "regression"]
    type: str
    lines: tuple[str, ...] = ()
    classes: int = 0
    positive: str | None = None
    note: str | None = None


def find_target(data: DataFile, wanted: str | None) -> DataColumn:
    """The column called so, in the data or in the program; UsageError if there is none."""
    known = [column.raw for column in data.columns]
    listed = f"its columns are {', '.join(f'`{name}`' for name in known)}"
    if wanted is None:
        raise UsageError(f"which column of `{data.path}` is to be predicted?", f"`--predict COLUMN`: {listed}")
    for column in data.columns:
        if column.raw == wanted:
            return column
    for column in data.columns:
        if column.name == wanted:
            return column
    raise UsageError(f"`{data.path}` has no column `{wanted}`", did_you_mean(wanted, known) or listed)


def target_of(data: DataFile, column: DataColumn) -> Target:
    """How to predict the column. Raises UsageError for one that no model can predict, and for too little data."""
    facts, name = column.facts, column.raw
    known = data.rows - facts.nulls
    if known < _FEWEST_ROWS:
        what = f"`{data.path}` has {data.rows} rows" + (f", {known} of them with a `{name}`" if facts.nulls else "")
        raise UsageError(f"{what}: too few to learn from and to test on", f"{_FEWEST_ROWS} is the least")
    if facts.distinct < 2:
        raise UsageError(f"`{name}` is the same in all rows of `{data.path}`: there is nothing to predict")
    match column.type.kind:
        case "bool":
            _enough_of_each(column, facts.counts)
            return Target(column, "binary", str(column.type), _filters(column), 2)
        case "string" | "enum":
            return _classes(column, known)
        case "int" | "float":
            return _number(data, column)
        case kind:
            message = f"`{name}` is a {kind}, which no model predicts"
            raise UsageError(message, "predict a number, a bool or a column with few values")


def _filters(column: DataColumn) -> tuple[str, ...]:
    if not column.facts.nulls:
        return ()
    rows = f"{column.facts.nulls:,} row{'s have' if column.facts.nulls > 1 else ' has'}"
    return (f"filter {column.name} is not null  # {rows} none to learn from",)


def _classes(column: DataColumn, known: int) -> Target:
    facts = column.facts
    if facts.distinct > _MOST_CLASSES or facts.distinct * 3 > known:
        message = f"`{column.raw}` has {facts.distinct:,} different values in {known:,} rows: too many to be classes"
        raise UsageError(message, "predict a number, a bool or a column with few values")
    frequent = [(value, count) for value, count in facts.counts if count >= _FEWEST_OF_A_CLASS]
    rare = [value for value, count in facts.counts if count < _FEWEST_OF_A_CLASS]
    if len(frequent) < 2:
        _enough_of_each(column, facts.counts)
    null = "?" if facts.nulls else ""
    lines = _filters(column)
    if rare:
        left_out = ", ".join(map(string, rare))
        lines += (f"filter {column.name} not in ({left_out})  # under {_FEWEST_OF_A_CLASS} rows each",)
        return Target(column, "multiclass", f"string{null}", lines, len(frequent))
    type_ = f"enum({', '.join(string(value) for value, _ in frequent)}){null}"
    if len(frequent) > 2:
        return Target(column, "multiclass", type_, lines, len(frequent))
    return Target(column, "binary", type_, lines, 2, positive=string(_rarer(frequent)))


def _number(data: DataFile, column: DataColumn) -> Target:
    """Two numbers are two classes; more are a number to predict."""
    facts = column.facts
    if 2 < facts.distinct <= _MOST_CODES and column.type.kind == "int" and _CODES.match(column.name.lower()):
        return _codes(data, column)
    if facts.distinct > 2:
        note = None
        if column.type.kind == "int" and facts.distinct <= _MOST_CODES:
            note = f"a number is predicted; for classes declare `{column.name}` an enum of its values"
        return Target(column, "regression", str(column.type), _filters(column), note=note)
    _enough_of_each(column, facts.counts)
    values = [value for value, _ in facts.counts]
    if values == [0, 1] and column.type.kind == "int" and data.connector == "csv":
        return Target(column, "binary", "bool" + "?" * bool(facts.nulls), _filters(column), 2)
    positive = f"derive {column.name} = {column.name} == {_literal(values[1])}"
    return Target(column, "binary", str(column.type), (*_filters(column), positive), 2)


def _codes(data: DataFile, column: DataColumn) -> Target:
    """Numbers that by the column's name stand for classes."""
    _enough_of_each(column, column.facts.counts)
    null = "?" if column.facts.nulls else ""
    if data.connector == "csv":
        values = ", ".join(string(str(value)) for value, _ in column.facts.counts)
        return Target(column, "multiclass", f"enum({values}){null}", _filters(column), column.facts.distinct)
    lines = (*_filters(column), f"derive {column.name} = string({column.name})")
    return Target(column, "multiclass", str(column.type), lines, column.facts.distinct)


def _literal(value: float) -> str:
    """A number as the language writes it."""
    return repr(value)


def _rarer(counts: Sequence[tuple[Any, int]]) -> str:
    """The value that is looked for: the rarer one, of two equally frequent ones the last."""
    return str(min(reversed(counts), key=lambda item: item[1])[0])


def _enough_of_each(column: DataColumn, counts: Sequence[tuple[Any, int]]) -> None:
    value, least = min(counts, key=lambda item: item[1])
    if least < _FEWEST_OF_A_CLASS:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        rows = f"{least} row{'s' if least > 1 else ''}"
        message = f"`{column.raw}` is `{text}` in only {rows}: too few to learn from and to test on"
        raise UsageError(message, f"{_FEWEST_OF_A_CLASS} of each class is the least")


def chance(classes: int) -> str:
    """The balanced accuracy of guessing among so many classes, rounded up to whole percents."""
    return f"{ceil(100 / classes)}%"
