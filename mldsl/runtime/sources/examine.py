"""Holds a source's data against its schema without keeping any of it: what `mldsl check --data` finds."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mldsl.errors import MldslError
from mldsl.plan.nodes import Argument, ColumnSpec
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.connectors import read_parts, text_reader
from mldsl.runtime.sources.convert import Reader
from mldsl.runtime.sources.fit import Trouble, failure, troubles
from mldsl.runtime.sources.parts import Part, Reading


@dataclass(frozen=True, slots=True)
class Unfit:
    """What is wrong: with a column of the schema, or (None) with the source as a whole."""

    column: str | None
    message: str
    help: str | None


def examine(
    name: str, connector: str, arguments: Mapping[str, Argument], columns: Sequence[ColumnSpec], folder: Path
) -> list[Unfit]:
    """Everything that is wrong with a source's data, a finding a column; reads all of it."""
    try:
        with tempfile.TemporaryDirectory() as scratch:
            reading = Reading(name, arguments, tuple(columns), folder, Path(scratch))
            return _by_column(name, _troubles(reading, connector, columns), text_reader(connector, reading))
    except MldslError as error:
        return [Unfit(None, error.message, error.help)]
    except OSError as error:
        return [Unfit(None, f"`{name}` cannot be read: {error.strerror or error}", None)]


def _troubles(reading: Reading, connector: str, columns: Sequence[ColumnSpec]) -> list[Trouble]:
    parts = read_parts(connector, reading)
    try:
        return troubles(parts, columns, None, text_reader(connector, reading))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _explained(reading.name, parts, error) from error


def _explained(name: str, parts: Sequence[Part], error: Exception) -> StepFailed:
    known = next((found for part in parts if (found := part.explain(error)) is not None), None)
    return known or StepFailed(f"`{name}` cannot be read: {str(error).splitlines()[0]}")


def _by_column(name: str, found: Sequence[Trouble], reader: Reader) -> list[Unfit]:
    by_column: dict[str, list[Trouble]] = {}
    for trouble in found:
        by_column.setdefault(trouble.column.name, []).append(trouble)
    findings = []
    for column, its in by_column.items():
        error = failure(f"`{name}`", its, reader)
        findings.append(Unfit(column, error.message, error.help))
    return findings
