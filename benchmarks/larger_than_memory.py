"""A table larger than the memory that the process may have: checks, a transform and a split; then scored as a batch.

Twelve million rows of eleven columns are a gigabyte when they are in memory. The run gets a control group of its own
with a limit for memory, as a container has one: beyond it, the kernel kills the run. Where no group can be made (that
takes the right to write to /sys/fs/cgroup), nothing is limited, which is said, and the peak of resident memory alone
tells. Limits on reserved addresses (`ulimit -v`, `ulimit -d`) say little: Polars' allocator reserves much more than it
uses.

The second program trains on a small table of the same columns, and its batch deployment scores the large one, column by
column and row by row, to a Parquet file of all columns: what a champion's own schedule does at night.

Run from a checkout, on Linux: `python benchmarks/larger_than_memory.py [--work batch] [--engine duckdb]`. Data is made
with a fixed seed in a temporary directory.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
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
BATCH = """\
pipeline large {{ engine: {engine} }}

source known = parquet("known.parquet") {{
  id: int key
{columns}
}}

source rows = parquet("rows.parquet") {{
  id: int key
{columns}
}}

check known {{ expect rows() > 0 }}

check rows {{ expect x0 < 1e9 }}

split data = known {{ train: 70%; test: 30% }}

model last = predict x9 from data {{
  prepare {{ numeric: scale(standard) }}
  algorithm ridge
}}

evaluate last on data.test {{ expect rmse <= 1_000 }}

deploy nightly = last to batch(rows) {{
  require evaluation
  write: parquet("scores.parquet")
  columns: all
}}
"""
WORKS = {"checks": PROGRAM, "batch": BATCH}
KNOWN = 20_000
"""Rows that the batch's model is trained on."""


def main() -> int:
    """Print what the run needed; the exit status is 1 when that is beyond the limit."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--limit", type=int, default=LIMIT, help="in MiB")
    parser.add_argument("--work", choices=WORKS, default="checks")
    parser.add_argument("--engine", default="polars", help="`polars` or `duckdb`")
    options = parser.parse_args()
    table = options.rows * (FLOATS + 1) * 8 / 2**20
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _make(folder / "rows.parquet", options.rows)
        _make(folder / "known.parquet", KNOWN)
        columns = "\n".join(f"  x{number}: float" for number in range(FLOATS))
        (folder / "large.ml").write_text(WORKS[options.work].format(engine=options.engine, columns=columns))
        with limited(options.limit * 2**20) as group:
            print(f"limited by {group}" if group else "no control group can be made here: nothing is limited")
            status, peak = _run(folder, group)
    print(f"the table {table:,.0f} MiB, the limit {options.limit:,} MiB, the peak {peak:,.0f} MiB of resident memory")
    print("done" if status == 0 else f"failed with status {status}")
    # Pages of libraries are resident, and are charged to whoever read them first: what ends well in a group fits.
    return int(status != 0 or (group is None and peak > options.limit))


def _run(folder: Path, group: Path | None) -> tuple[int, float]:
    """The exit status, and the peak of resident memory in MiB. The run joins the group before it begins."""
    run = [sys.executable, "-m", "mldsl", "run", "large.ml", "--jobs", "1"]
    joins = ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(group / "cgroup.procs")] if group else []
    process = subprocess.Popen([*joins, *run], cwd=folder, env=environment())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss / 1024


@contextlib.contextmanager
def limited(size: int) -> Iterator[Path | None]:
    """A control group of so many bytes, of either version; None where this process may not make one."""
    group = _group(size)
    try:
        yield group
    finally:
        for _ in range(50 if group else 0):
            with contextlib.suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.1)  # the last process is on its way out


def _group(size: int) -> Path | None:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, kinds, own = line.split(":", 2)
        if "memory" in kinds.split(","):
            found = _made(Path("/sys/fs/cgroup/memory"), own, {"memory.limit_in_bytes": size})
        elif kinds == "":
            found = _made(Path("/sys/fs/cgroup"), own, {"memory.max": size, "memory.swap.max": 0})
        else:
            continue
        if found:
            return found
    return None


def _made(root: Path, own: str, limits: dict[str, int]) -> Path | None:
    """A group within this process's own, or at the root where that one is not to be seen (as in a container)."""
    for parent in (root / own.strip("/"), root):
        group = parent / f"mldsl-benchmark-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            for name, value in limits.items():
                (group / name).write_text(str(value))
        except OSError:
            group.rmdir()
            continue
        return group
    return None


def _make(path: Path, rows: int) -> None:
    """A file of so many rows, written piece by piece."""
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
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=100_000)
    if writer is not None:
        writer.close()


if __name__ == "__main__":
    sys.exit(main())
