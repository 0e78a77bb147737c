"""Parquet files of a user's, read where they lie, as the schema of their source has them; and whether they fit it.

Nulls are counted by the files' statistics, where they have any. Only what those cannot tell is read: whether a float
that must be there is a number, whether a text is a value of an enum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mldsl.plan.nodes import Columns, ColumnSpec
from mldsl.runtime.engine.duckdb import text
from mldsl.runtime.engine.duckdb.frame import Column, Frame, Ids, Key
from mldsl.runtime.engine.duckdb.stored import literally
from mldsl.runtime.sources.parts import raw_name


def read(paths: Sequence[Path], columns: Columns, ids: Ids) -> Frame | None:
    """The rows, file by file; None where a conversion costs more than reading a copy would. Values have to fit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file, row = ids.new(), ids.new()
    made = {column.name: Column(ids.new(), column.type) for column in columns}
    selects = []
    for index, path in enumerate(paths):
        try:
            values = _values(pq.read_schema(path), columns)
        except (pa.ArrowException, OSError):
            return None
        if values is None:
            return None
        named = [f"{value} AS {column.id}" for value, column in zip(values, made.values(), strict=True)]
        chosen = ", ".join([*named, f"{index} AS {file}", f"file_row_number AS {row}"])
        selects.append(f"SELECT {chosen} FROM read_parquet({text.text(literally(path))}, file_row_number = true)")  # noqa: S608 - all names and texts are quoted
    number = Key(row, counts=True)
    keys = [number] if len(paths) == 1 else [Key(file, counts=True), number]
    return Frame(f"({' UNION ALL '.join(selects)})", made, keys, ids)


def fits(paths: Sequence[Path], columns: Columns, count: Callable[[str], int | None]) -> int | None:
    """The number of rows; None where a value does not fit, for whatever reason, or where `read` gives nothing.

    `count` is given a query of one number, and gives None where it fails.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = 0
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                schema, about = file.schema_arrow, file.metadata
        except (pa.ArrowException, OSError):
            return None
        if _values(schema, columns) is None:
            return None
        bad = [item for column in columns for item in _bad(schema.field(raw_name(column)).type, column, about)]
        source = f"read_parquet({text.text(literally(path))})"
        if bad and count(f"SELECT count(*) FROM {source} WHERE {' OR '.join(bad)}") != 0:  # noqa: S608 - see `read`
            return None
        rows += about.num_rows
    return rows


def _bad(given: Any, column: ColumnSpec, about: Any) -> Iterator[str]:  # noqa: ANN401 - Arrow has no types
    """In SQL: where a value of the file does not fit, or is not there although it must be."""
    raw, wanted = text.name(raw_name(column)), column.type
    if wanted.kind == "float" and str(given) in ("float", "double"):
        if not wanted.nullable:
            yield f"{raw} IS NULL OR NOT isfinite({raw})"
        return
    if not wanted.nullable and _nulls(about, raw_name(column)) != 0:
        yield f"{raw} IS NULL"
    if wanted.kind == "enum" or (wanted.kind in ("int", "float") and str(given) == "uint64"):
        yield f"{raw} IS NOT NULL AND TRY_CAST({raw} AS {text.sql_type(wanted)}) IS NULL"


def _nulls(about: Any, name: str) -> int | None:  # noqa: ANN401
    """How many nulls the column has, by the file's statistics; None where they do not say."""
    index = next((at for at in range(about.num_columns) if about.schema.column(at).path == name), None)
    if index is None:
        return None
    found = 0
    for group in range(about.num_row_groups):
        statistics = about.row_group(group).column(index).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        found += statistics.null_count
    return found


def _values(schema: Any, columns: Columns) -> list[str] | None:  # noqa: ANN401 - Arrow has no types
    """Each column of the schema in SQL, over a file of that Arrow schema."""
    lowered = [name.lower() for name in schema.names]
    values = []
    for column in columns:
        name = raw_name(column)
        if name not in schema.names or lowered.count(name.lower()) > 1:  # SQL would not tell the columns apart
            return None
        value = _value(text.name(name), schema.field(name).type, column)
        if value is None:
            return None
        values.append(value)
    return values


def _value(raw: str, given: Any, column: ColumnSpec) -> str | None:  # noqa: ANN401 - Arrow has no types
    import pyarrow.types as types

    wanted = column.type
    is_text = types.is_string(given) or types.is_large_string(given) or _is_dictionary_of_texts(given)
    is_int = types.is_integer(given)
    match wanted.kind:
        case "int" if is_int:
            return raw if str(given) == "int64" else f"CAST({raw} AS BIGINT)"
        case "float" if is_int or str(given) in ("float", "double"):
            value = raw if str(given) == "double" else f"CAST({raw} AS DOUBLE)"
            return f"CASE WHEN isfinite({value}) THEN {value} END" if wanted.nullable else value
        case "bool" if types.is_boolean(given):
            return raw
        case "string" | "text" if is_text:
            return raw
        case "enum" if is_text:
            return text.cast(raw, wanted)
        case "date" if types.is_date32(given):
            return raw
        case "datetime" if types.is_date32(given) or (types.is_timestamp(given) and given.unit in ("us", "ms")):
            return text.cast(raw, wanted)
        case _:
            return None


def _is_dictionary_of_texts(given: Any) -> bool:  # noqa: ANN401
    import pyarrow.types as types

    if not types.is_dictionary(given):
        return False
    return bool(types.is_string(given.value_type) or types.is_large_string(given.value_type))
