"""Stored tables: Parquet files with the Arrow schema that Polars writes, so that every engine reads the same types."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mldsl.catalog.types import Type
from mldsl.runtime.engine.duckdb import text
from mldsl.runtime.engine.duckdb.frame import Column, Frame, Ids, Key

# Where Polars says in a field that a dictionary is an enum: how many letters each value has, and the value.
_ENUM = b"_PL_ENUM_VALUES2"


def scanned(path: Path, ids: Ids) -> Frame:
    """A stored table; rows stand in the order of the file."""
    found = types(path)
    raw = {name: ids.new() for name in found}
    columns = {name: Column(ids.new(), type_) for name, type_ in found.items()}
    row = ids.new()
    values = [f"{_read(raw[name], column.type)} AS {column.id}" for name, column in columns.items()]
    file = f"read_parquet({text.text(literally(path))}, file_row_number = true)"
    source = f"(SELECT {', '.join([*values, row])} FROM {file} AS t({', '.join([*raw.values(), row])}))"  # noqa: S608
    return Frame(source, columns, [Key(row, counts=True)], ids, whole=True)


def types(path: Path) -> dict[str, Type]:
    """The columns of a stored table and their types."""
    import pyarrow.parquet as pq

    return {field.name: _type(field) for field in pq.read_schema(path)}


def schema(columns: Mapping[str, Type]) -> str:
    """The Arrow schema of such columns, as a Parquet file has it under `ARROW:schema`."""
    import pyarrow as pa

    fields = pa.schema([_field(name, type_) for name, type_ in columns.items()])
    return base64.b64encode(fields.serialize().to_pybytes()).decode()


def written(name: str, column: Column) -> str:
    """A column as it is written, under its own name."""
    value = column.id
    match column.type.kind:
        case "datetime":
            value = f"CAST({value} AS TIMESTAMPTZ)"
        case "enum":
            value = f"CAST({value} AS VARCHAR)"
    return f"{value} AS {text.name(name)}"


def _read(raw: str, type_: Type) -> str:
    return text.cast(raw, type_) if type_.kind in ("datetime", "enum") else raw


def literally(path: Path) -> str:
    """A path in which no sign stands for others."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))


def _type(field: Any) -> Type:  # noqa: ANN401 - Arrow has no types
    import pyarrow as pa

    kind = field.type
    if pa.types.is_dictionary(kind):
        return Type("enum", field.nullable, _values((field.metadata or {}).get(_ENUM, b"")))
    found = next((name for name, holds in _KINDS.items() if getattr(pa.types, f"is_{holds}")(kind)), None)
    if found is None:
        return Type("vector" if pa.types.is_list(kind) or pa.types.is_large_list(kind) else "image", True)
    return Type(found, True)  # type: ignore[arg-type]


_KINDS = {
    "bool": "boolean",
    "int": "integer",
    "float": "floating",
    "string": "large_string",
    "date": "date",
    "datetime": "timestamp",
    "duration": "duration",
}


def _values(written: bytes) -> tuple[str, ...]:
    found = []
    while written:
        length, _, rest = written.partition(b";")
        found.append(rest[: int(length)].decode())
        written = rest[int(length) :]
    return tuple(found)


def _field(name: str, type_: Type) -> Any:  # noqa: ANN401
    import pyarrow as pa

    metadata = None
    match type_.kind:
        case "enum":
            arrow = pa.dictionary(pa.uint32(), pa.large_string(), ordered=True)
            values = [value.encode() for value in type_.values]
            metadata = {_ENUM: b"".join(b"%d;%s" % (len(value), value) for value in values)}
        case "vector":
            arrow = pa.large_list(pa.field("item", pa.float64()))
        case "datetime":
            arrow = pa.timestamp("us", "UTC")
        case "duration":
            arrow = pa.duration("us")
        case kind:
            arrow = {
                "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "date": pa.date32(),
                "image": pa.large_binary(),
            }.get(kind, pa.large_string())  # fmt: skip
    return pa.field(name, arrow, metadata=metadata)
