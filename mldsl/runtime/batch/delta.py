"""A Delta Lake table that a deployment writes: a new version of it, in which the rows of this run's date are others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa

from mldsl.catalog.connectors import RUN_DATE
from mldsl.runtime.batch.tables import dated
from mldsl.runtime.batch.values import length
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.delta import library, options, said
from mldsl.runtime.sources.files import is_remote
from mldsl.runtime.tables import pieces
from mldsl.runtime.work import Work


def write_delta(work: Work, arguments: Mapping[str, Any], rows: pl.LazyFrame) -> str:
    """Replace the rows of this run's date by these; the table's path. Raises StepFailed."""
    path = str(arguments["path"])
    delta = library(f"`{work.step.name}` cannot write `{path}`")
    place = path if is_remote(path) else str(work.folder / path.removeprefix("file://"))
    day = work.params["run_date"]
    assert isinstance(day, date)
    reader = _reader(dated(rows, day))
    try:
        there = delta.DeltaTable.is_deltatable(place, storage_options=options(path))
        delta.write_deltalake(
            place,
            reader,
            mode="overwrite",
            predicate=f"{RUN_DATE} = '{day.isoformat()}'" if there else None,
            partition_by=None if there else [RUN_DATE],
            storage_options=options(path),
        )
    except Exception as error:
        raise StepFailed(f"`{work.step.name}` cannot write the Delta table `{path}`: {said(error)}") from error
    return path


def _reader(rows: pl.LazyFrame) -> pa.RecordBatchReader:
    plain = rows.with_columns(_plain(rows.collect_schema()))
    schema = plain.limit(0).collect().to_arrow().schema
    return pa.RecordBatchReader.from_batches(schema, _batches(plain, schema))


def _plain(schema: pl.Schema) -> Iterator[pl.Expr]:
    """What Delta Lake has no type for is a text."""
    for name, dtype in schema.items():
        match dtype:
            case pl.Enum():
                yield pl.col(name).cast(pl.String)
            case pl.Duration():
                yield length(pl.col(name))


def _batches(rows: pl.LazyFrame, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for part in pieces(rows):
        yield from part.to_arrow().cast(schema).to_batches()
