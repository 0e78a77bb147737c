"""A table larger than the memory that the process may have: through checks, a transform and a split, by streaming.

Twelve million rows of eleven columns are a gigabyte when they are in memory. What counts is the peak of the run's
resident memory, which is what a container's limit is about; limits on reserved addresses (`ulimit -v`, `ulimit -d`) are
reached much earlier, since Polars' allocator reserves more than it uses.

Run from a checkout, on Linux: `python benchmarks/larger_than_memory.py`. Data is made with a fixed seed in a temporary
directory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from large_table import environment

ROWS, FLOATS = 12_000_000, 10
LIMIT = 700
"""MiB that the run may have at its peak; the table alone would take 1,007."""

PROGRAM = """\
pipeline large {{ engine: {engine} }}

source rows = parquet("rows.parquet") {{
  id: int key
{columns}
}}

check rows {{ expect x0 < 1e9; expect mean(x2) < 1e9 }}

transform made = rows {{
  filter x0 > 3.0
  derive y = x1 + x2 * 2.0
}}

check made {{ expect y >= 0.0 }}

split data = made {{ train: 70%; test: 30% }}
"""


def main() -> int:
    """Print what the run needed; the exit status is 1 when that is beyond the limit."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--limit", type=int, default=LIMIT, help="in MiB")
    parser.add_argument("--engine", default="polars", help="`polars` or `duckdb`")
    options = parser.parse_args()
    table = options.rows * (FLOATS + 1) * 8 / 2**20
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _make(folder, options.rows)
        columns = "\n".join(f"  x{number}: float" for number in range(FLOATS))
        (folder / "large.ml").write_text(PROGRAM.format(engine=options.engine, columns=columns))
        status, peak = _run(folder)
    print(f"the table {table:,.0f} MiB, the limit {options.limit:,} MiB, the peak {peak:,.0f} MiB of resident memory")
    print("done" if status == 0 else f"failed with status {status}")
    return int(status != 0 or peak > options.limit)


def _run(folder: Path) -> tuple[int, float]:
    """The exit status, and the peak of resident memory in MiB."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mldsl", "run", "large.ml", "--jobs", "1"],
        cwd=folder,
        env=environment(),
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss / 1024


def _make(folder: Path, rows: int) -> None:
    """The file, written piece by piece."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, piece = np.random.default_rng(0), 500_000
    writer = None
    for first in range(0, rows, piece):
        count = min(piece, rows - first)
        columns = {"id": np.arange(first, first + count)}
        columns |= {f"x{number}": rng.integers(0, 1_000, count).astype(float) for number in range(FLOATS)}
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(folder / "rows.parquet", table.schema, compression="zstd")
        writer.write_table(table, row_group_size=100_000)
    if writer is not None:
        writer.close()


if __name__ == "__main__":
    sys.exit(main())
