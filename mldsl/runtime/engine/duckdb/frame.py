"""A table as a query: where its rows come from, its columns, and the order that its rows stand in.

Columns have made-up names in SQL, which no two columns of a step share: a program's own names may differ in nothing
but their case, which SQL does not tell apart. Rows stand in the order of some hidden columns (the row's number in a
file, what it was sorted by); one sort at the end makes that true where something has disturbed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from mldsl.catalog.types import Type

# Numbers of rows are below this; so many of them fit into 128 bits.
_COUNTS = 1 << 42
_PACKED = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in SQL and its type."""

    id: str
    type: Type


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key. `counts`: its values are small whole numbers, such as the numbers of rows."""

    id: str
    descending: bool = False
    counts: bool = False

    def __str__(self) -> str:
        return f"{self.id} {'DESC' if self.descending else 'ASC'} NULLS LAST"


@dataclass(slots=True)
class Ids:
    """Makes names up."""

    _numbers: Iterator[int] = field(default_factory=count)

    def new(self) -> str:
        """A name that no other column has."""
        return f"c{next(self._numbers)}"


@dataclass(frozen=True, slots=True)
class Frame:
    """`source` can stand after FROM; `columns` are by the program's names; `in_order`: rows come as `order` says.

    `whole`: they are the rows of a stored table, all of them.
    """

    source: str
    columns: Mapping[str, Column]
    order: Sequence[Key]
    ids: Ids
    in_order: bool = True
    whole: bool = False

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def with_source(self, source: str, *, in_order: bool | None = None) -> Frame:
        """The same columns of other rows."""
        in_order = self.in_order if in_order is None else in_order
        return replace(self, source=source, in_order=in_order, whole=False)

    def with_columns(self, columns: Mapping[str, Column]) -> Frame:
        """Other columns of the same rows."""
        return replace(self, columns=columns)

    def adding(self, items: Iterable[tuple[str, str]], *, in_order: bool | None = None) -> Frame:
        """With further columns in SQL: pairs of name and value."""
        values = ", ".join(f"{value} AS {id}" for id, value in items)
        if not values:
            return self
        more = self.with_source(f"(SELECT *, {values} FROM {self.source})", in_order=in_order)  # noqa: S608
        return replace(more, whole=self.whole)

    @property
    def order_by(self) -> str:
        """The keys of ORDER BY."""
        return ", ".join(map(str, self.order))

    def numbered(self) -> tuple[Frame, str]:
        """The frame with one column of ints that its rows stand in the order of, and that column."""
        if len(self.order) == 1 and self.order[0].counts:
            return self, self.order[0].id
        id = self.ids.new()
        if len(self.order) <= _PACKED and all(key.counts for key in self.order):
            return replace(self.adding([(id, self._packed())]), order=(Key(id),)), id
        number = f"row_number() OVER (ORDER BY {self.order_by})"
        return replace(self.adding([(id, number)], in_order=False), order=(Key(id, counts=True),)), id

    def counted(self) -> tuple[Frame, str]:
        """The frame with the numbers of its rows, from 0, and their column."""
        if self.whole and len(self.order) == 1:
            return self, self.order[0].id
        id = self.ids.new()
        return self.adding([(id, f"row_number() OVER (ORDER BY {self.order_by}) - 1")], in_order=False), id

    def _packed(self) -> str:
        """The keys side by side in an int of 128 bits; null, of the far side of a join, is the last."""
        found = "CAST(0 AS HUGEINT)"
        for key in self.order:
            found = f"({found} * {_COUNTS} + coalesce({key.id}, {_COUNTS - 1}))"
        return found

    def query(self, items: Iterable[str], *, fixed: bool = False) -> str:
        """The rows in their order, as a whole statement.

        `fixed`: they also come in stretches that are the same every time. DuckDB writes the rows of a filter as they
        happen to be grouped, in order, but in row groups of changing sizes.
        """
        stands = self.in_order and (self.whole or not fixed)
        sorting = "" if stands or not self.order else f" ORDER BY {self.order_by}"
        return f"SELECT {', '.join(items)} FROM {self.source}{sorting}"  # noqa: S608 - names are made up
