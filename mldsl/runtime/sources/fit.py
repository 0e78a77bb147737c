"""Holds a source's rows against its schema while they are read; on a failure, says what is wrong with which rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from mldsl.plan.nodes import ColumnSpec
from mldsl.runtime.engine.describe import show
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.convert import PLAIN, Reader, convert, finished, refused, unfit
from mldsl.runtime.sources.parts import Part, raw_name

_ROW, _VALUE = "\x1frow", "\x1fvalue"
_SHOWN = 3
_KINDS = {
    "bool": "a bool", "int": "an int", "float": "a float", "date": "a date", "datetime": "a datetime",
    "duration": "a duration", "string": "a string", "text": "a text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one column of one part: `values` are the first rows and what they hold."""

    column: ColumnSpec
    part: str | None
    missing: bool
    failing: int
    rows: int
    values: tuple[tuple[int, object], ...]


def fitted(parts: Sequence[Part], columns: Sequence[ColumnSpec], reader: Reader = PLAIN) -> pl.LazyFrame:
    """All rows with the schema's columns; computing it fails where a value does not fit or a null may not be."""
    return pl.concat([_fitted(part, columns, reader) for part in parts])


def _fitted(part: Part, columns: Sequence[ColumnSpec], reader: Reader) -> pl.LazyFrame:
    frame = _converted(part, columns, reader)
    schema = part.frame.collect_schema()
    selected = []
    for index, column in enumerate(columns):
        bad, missing, value = _judged(index, column, schema)
        # No text of this column is an int: casting it is what makes the query fail, and only in the bad rows.
        stop = pl.when(bad if column.type.nullable else bad | missing).then(pl.lit("no int")).cast(pl.Int64)
        selected.append(pl.when(stop.is_null()).then(value).alias(column.name))
    return frame.select(selected)


def _converted(part: Part, columns: Sequence[ColumnSpec], reader: Reader) -> pl.LazyFrame:
    """The part with each column's converted values in a column of their own, so that they are worked out once."""
    schema = part.frame.collect_schema()
    values = []
    for index, column in enumerate(columns):
        name = raw_name(column)
        value = convert(pl.col(name), schema[name], column.type, reader)
        if value is None:
            raise refused(name, schema[name], column.type)
        values.append(value.alias(f"{_VALUE}{index}"))
    return part.frame.with_columns(values)


def _judged(index: int, column: ColumnSpec, schema: pl.Schema) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Where the column's value does not fit, where it is null, and the value itself."""
    name = raw_name(column)
    converted = pl.col(f"{_VALUE}{index}")
    value = finished(converted, column.type)
    bad = unfit(pl.col(name), schema[name], converted)
    return bad, value.is_null() & ~bad, value


def troubles(
    parts: Sequence[Part], columns: Sequence[ColumnSpec], rows: int | None, reader: Reader = PLAIN
) -> list[Trouble]:
    """Everything that is wrong with the rows (the first `rows` of them), column by column."""
    found: list[Trouble] = []
    for part in parts:
        frame = _converted(part, columns, reader)
        frame = frame if rows is None else frame.head(rows)
        wanted: list[pl.Expr] = [pl.len().alias(_ROW)]
        for index, column in enumerate(columns):
            bad, missing, _ = _judged(index, column, part.frame.collect_schema())
            wanted += _summary(f"bad{index}", bad, pl.col(raw_name(column)))
            wanted += _summary(f"null{index}", missing, pl.col(raw_name(column)))
        summary = frame.with_row_index(_ROW, offset=1).select(wanted).collect()
        height = int(summary[_ROW][0])
        for index, column in enumerate(columns):
            found += _trouble(column, part, summary, f"bad{index}", height, missing=False)
            if not column.type.nullable:
                found += _trouble(column, part, summary, f"null{index}", height, missing=True)
        if rows is not None:
            rows -= height
            if rows <= 0:
                break
    return found


def _summary(name: str, failing: pl.Expr, raw: pl.Expr) -> list[pl.Expr]:
    failing = failing.fill_null(value=False)
    return [
        failing.sum().alias(name),
        pl.col(_ROW).filter(failing).head(_SHOWN).implode().alias(f"{name}_rows"),
        raw.filter(failing).head(_SHOWN).implode().alias(f"{name}_values"),
    ]


def _trouble(
    column: ColumnSpec, part: Part, summary: pl.DataFrame, name: str, height: int, *, missing: bool
) -> list[Trouble]:
    failing = int(summary[name][0])
    if not failing:
        return []
    values = tuple(zip(summary[f"{name}_rows"][0].to_list(), summary[f"{name}_values"][0].to_list(), strict=True))
    return [Trouble(column, part.name, missing, failing, height, values)]


def failure(subject: str, found: Sequence[Trouble], reader: Reader = PLAIN, help: str | None = None) -> StepFailed:
    """The error for people: every column with trouble, how many rows, and the first few values.

    `subject` says what does not fit, as in "`customers`".
    """
    one_part = len({trouble.part for trouble in found}) < 2
    text = "; ".join(_sentence(trouble, with_part=not one_part or trouble.part is not None) for trouble in found)
    return StepFailed(f"{subject} does not fit its schema: {text}", help or _help(found, reader), "ML212")


def _sentence(trouble: Trouble, *, with_part: bool) -> str:
    name, kind = trouble.column.name, trouble.column.type
    where = f" of `{trouble.part}`" if with_part and trouble.part is not None else ""
    of = f"{trouble.failing} of {trouble.rows} rows{where}"
    if trouble.missing:
        listed = ", ".join(f"row {row}" for row, _ in trouble.values)
        return f"`{name}` is null in {of}, and is not nullable: {listed}{_more(trouble)}"
    what = f"one of {', '.join(map(show, kind.values))}" if kind.kind == "enum" else _KINDS.get(kind.kind, f"`{kind}`")
    listed = ", ".join(f"row {row} ({show(value)})" for row, value in trouble.values)
    return f"`{name}` is not {what} in {of}: {listed}{_more(trouble)}"


def _more(trouble: Trouble) -> str:
    return ", …" if trouble.failing > len(trouble.values) else ""


def _help(found: Sequence[Trouble], reader: Reader) -> str:
    first = found[0]
    if first.missing:
        return f"if null is meant to occur, write `{first.column.name}: {first.column.type.with_null()}`"
    texts = list(dict.fromkeys(value for _, value in first.values if isinstance(value, str)))
    if first.column.type.kind == "enum":
        return "add the value to the enum, or mend the data"
    if texts and reader.names_nulls and first.column.type.nullable:
        return f"if {show(texts[0])} means null, write `null_values: {show(texts[0])}` on the connector"
    return f"mend the data, or declare `{first.column.name}: {_wider(first.column.type.kind, texts)}`"


def _wider(kind: str, texts: Sequence[str]) -> str:
    """The type that these texts would fit, as far as the first ones tell."""
    try:
        if kind == "int" and [float(text) for text in texts]:
            return "string" if any(text.strip("+-0123456789") == "" for text in texts) else "float"
        if kind == "date" and [datetime.fromisoformat(text) for text in texts]:
            return "datetime"
    except ValueError:
        return "string"
    return "string"
