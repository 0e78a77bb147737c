"""Rows that come in batches, put into a file of their own: a source larger than the memory is no trouble."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq


def batched(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> pl.LazyFrame:
    """The rows of all batches, from the file `path`, which is written now, batch by batch."""
    with pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=False, write_statistics=False) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return pl.scan_parquet(path, glob=False)
