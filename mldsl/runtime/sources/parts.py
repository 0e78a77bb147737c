"""What a connector is asked for and what it gives: lazy frames of the raw columns, one a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mldsl.diagnostics.suggest import suggest
from mldsl.plan.nodes import Argument, ColumnSpec
from mldsl.runtime.errors import StepFailed


@dataclass(frozen=True, slots=True)
class Reading:
    """A source to read. `columns` are those wanted; `rows` limits a dry run; `scratch` is an empty directory."""

    name: str
    arguments: Mapping[str, Argument]
    columns: tuple[ColumnSpec, ...]
    folder: Path
    scratch: Path
    rows: int | None = None

    def text(self, name: str, default: str | None = None) -> str | None:
        """An argument that is a string; `default` where it is not given."""
        value = self.arguments.get(name)
        return value if isinstance(value, str) else default

    def texts(self, name: str) -> list[str]:
        """An argument that is one string or several."""
        value = self.arguments.get(name)
        return [value] if isinstance(value, str) else list(value) if isinstance(value, tuple | list) else []

    @property
    def raw_names(self) -> list[str]:
        """The wanted columns' names in the data, each once."""
        return list(dict.fromkeys(raw_name(column) for column in self.columns))


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a source's rows, by the columns' raw names. `name` is the file's, for messages.

    `explain` makes of an error of the engine one for people; None where it knows nothing of it.
    """

    name: str | None
    frame: pl.LazyFrame
    explain: Callable[[Exception], StepFailed | None] = lambda error: None


def raw_name(column: ColumnSpec) -> str:
    """The column's name in the data."""
    return column.name if column.raw is None else column.raw


def require_columns(reading: Reading, names: list[str], where: str) -> None:
    """Raises StepFailed, with the columns that there are, unless all wanted ones are among `names`."""
    missing = [name for name in reading.raw_names if name not in names]
    if not missing:
        return
    listed = " and ".join(f"`{name}`" for name in missing[:3]) + (" and others" if len(missing) > 3 else "")
    near = suggest(missing[0], names)
    there = f"it has {', '.join(f'`{name}`' for name in names[:20])}{', …' if len(names) > 20 else ''}"
    hint = f'did you mean `{near}`? Then write `from "{near}"`; {there}' if near else there
    raise StepFailed(f"{where} has no column {listed}", hint, "ML212")
