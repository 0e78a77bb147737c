"""A data file as `mldsl new` sees it: where it is, how it is read, and its columns."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mldsl.cli.declaring import connector
from mldsl.cli.looking import DataColumn, look
from mldsl.errors import UsageError


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
    if not Path(path).is_file():
        raise UsageError(f"there is no file `{path}`", "`--data` takes one CSV, Parquet or JSON lines file")
    kind, arguments = connector(path)
    whole = {"path": os.path.abspath(path)}  # noqa: PTH100 - links stay, as the connector sees them
    table = look(kind, whole | arguments)
    found = {name: value for name, value in table.arguments.items() if name != "path"}
    return DataFile(Path(path), kind, found, table.rows, table.columns)
