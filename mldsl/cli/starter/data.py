"""A data file as `mldsl new` sees it: how it is read, what its columns are called, and what they hold."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mldsl.catalog.types import Type
from mldsl.cli.declaring import column_names, connector
from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.runtime.profile import ColumnFacts

_DELIMITERS = (";", "\t", "|")


@dataclass(frozen=True, slots=True)
class DataColumn:
    """A column: its name in the program and in the data, its type and what it holds."""

    name: str
    raw: str
    type: Type
    facts: ColumnFacts


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file that was read: `connector` and `arguments` (beside the path) say how."""

    path: Path
    connector: str
    arguments: Mapping[str, str]
    rows: int
    columns: tuple[DataColumn, ...]


def read_data(path: str) -> DataFile:
    """Look at all rows of a CSV, Parquet or JSON lines file.

    Raises UsageError for a file that is not there, StepFailed for one that cannot be read.
    """
    from mldsl.plan.nodes import ColumnSpec
    from mldsl.runtime.infer import infer
    from mldsl.runtime.profile import profile

    if not Path(path).is_file():
        raise UsageError(f"there is no file `{path}`", "`--data` takes one CSV, Parquet or JSON lines file")
    kind, arguments = connector(path)
    whole = {"path": os.path.abspath(path)}  # noqa: PTH100 - links stay, as the connector sees them
    types = infer(kind, whole | arguments, Path())
    if kind == "csv" and len(types) == 1:
        arguments |= _delimiter(types[0][0])
        types = infer(kind, whole | arguments, Path())
    names = column_names(raw for raw, _ in types)
    specs = [ColumnSpec(name=names[raw], type=type_, raw=raw) for raw, type_ in types]
    facts = profile(kind, whole | arguments, specs, Path())
    columns = tuple(DataColumn(names[raw], raw, type_, facts.columns[names[raw]]) for raw, type_ in types)
    return DataFile(Path(path), kind, arguments, facts.rows, columns)


def _delimiter(header: str) -> dict[str, str]:
    """What stands between the fields where it is no comma: the header has it, and so looks like one column."""
    found = next((sign for sign in _DELIMITERS if sign in header), None)
    return {"delimiter": found} if found else {}
