"""What a connector is asked for and what it gives: lazy frames of the raw columns, one a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mldsl.catalog.types import Type
from mldsl.diagnostics.suggest import suggest
from mldsl.plan.nodes import Argument, ColumnSpec
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.files import DataFile, data_files

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Reading:
    """A source to read.

    `columns` are those wanted, None for all (to infer a schema); `rows` limits a dry run; `scratch` is an empty
    directory; `code` is the folder of the user's Python files, where that is not `folder`.
    """

    name: str
    arguments: Mapping[str, Argument]
    columns: tuple[ColumnSpec, ...] | None
    folder: Path
    scratch: Path
    rows: int | None = None
    code: Path | None = None

    def text(self, name: str) -> str | None:
        """An argument that is a string; None where it is not given."""
        value = self.arguments.get(name)
        return value if isinstance(value, str) else None

    def count(self, name: str) -> int | None:
        """An argument that is a whole number; None where it is not given."""
        value = self.arguments.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def texts(self, name: str) -> list[str]:
        """An argument that is one string or several."""
        value = self.arguments.get(name)
        return [value] if isinstance(value, str) else list(value) if isinstance(value, tuple | list) else []

    def files(self, name: str = "path", most: int | None = None) -> list[DataFile]:
        """The files that an argument names, the first `most` of them; StepFailed where there is none."""
        return data_files(self.text(name) or "", self.folder, self.scratch, most)

    def wants(self, name: str) -> bool:
        """Whether a raw column is wanted."""
        return self.columns is None or any(raw_name(column) == name for column in self.columns)

    def names(self, there: Sequence[str], where: str) -> list[str]:
        """The raw names of the wanted columns, each once, of those that are `there`.

        Raises StepFailed where one is missing or is there twice.
        """
        wanted = list(there) if self.columns is None else list(dict.fromkeys(map(raw_name, self.columns)))
        missing = [name for name in wanted if name not in there]
        if missing:
            raise _missing(missing, there, where)
        twice = next((name for name in wanted if there.count(name) > 1), None)
        if twice is not None:
            raise StepFailed(f"{where} has the column `{twice}` {there.count(twice)} times", None, "ML212")
        return wanted

    def type_of(self, name: str) -> Type | None:
        """The type that the schema wants of a raw column, where there is a schema."""
        return next((column.type for column in self.columns or () if raw_name(column) == name), None)


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


def _missing(missing: Sequence[str], there: Sequence[str], where: str) -> StepFailed:
    listed = " and ".join(f"`{name}`" for name in missing[:3]) + (" and others" if len(missing) > 3 else "")
    near = suggest(missing[0], there)
    has = f"it has {', '.join(f'`{name}`' for name in there[:20])}{', …' if len(there) > 20 else ''}"
    hint = f'did you mean `{near}`? Then write `from "{near}"`; {has}' if near else has
    return StepFailed(f"{where} has no column {listed}", hint, "ML212")
