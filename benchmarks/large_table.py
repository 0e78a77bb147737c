"""Ten million rows of Parquet: `mldsl run` beside the same written by hand, in lazy Polars and in careful pandas.

A filter, two derived columns, a join with 200,000 rows, a group by with six aggregates and a ratio, over 14 columns of
which one is a long text that nobody needs. Each is a process of its own, from its start to the written file; mldsl
begins with an empty store, hashes the files and holds them against their schemas meanwhile. Of several rounds, in which
the three take turns, each one's quickest counts.

Run from a checkout: `python benchmarks/large_table.py`. Data is made with a fixed seed in a temporary directory.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROWS, CUSTOMERS = 10_000_000, 200_000
TIME_LIMIT, MEMORY_LIMIT = 1.1, 1.1
"""mldsl may take this many times the time and the peak memory of lazy Polars."""
PANDAS_LIMIT = 2.5
"""Careful pandas must take at least this many times as long as mldsl."""

PROGRAM = """\
pipeline sales {{
  engine: {engine}
}}

source orders = parquet("orders.parquet") {{
  order_id:    int key
  customer_id: int
  ts:          datetime
  day:         date
  amount:      float
  quantity:    int
  discount:    float
  status:      string
  channel:     string
  country:     string
  shipping:    float
  rating:      int?
  is_gift:     bool
  note:        text
}}

source customers = parquet("customers.parquet") {{
  customer_id: int key
  segment:     string
  region:      string
  since:       date
}}

transform paid = orders {{
  filter status == "paid" and ts >= @2024-07-01
  derive revenue = amount * float(quantity) * (1.0 - discount)
  derive expensive = amount > 50.0
}}

transform placed = paid {{
  join customers on customer_id
}}

transform result = placed {{
  group by segment, region, country {{
    orders    = count()
    revenue   = sum(revenue)
    shipping  = mean(shipping)
    largest   = max(amount)
    smallest  = min(amount)
    expensive = share(expensive)
  }}
  derive per_order = revenue / float(orders)
}}
"""

POLARS = """\
import polars as pl
from datetime import datetime

orders = pl.scan_parquet("orders.parquet")
customers = pl.scan_parquet("customers.parquet")
(
    orders.filter((pl.col("status") == "paid") & (pl.col("ts") >= datetime(2024, 7, 1)))
    .with_columns(
        revenue=pl.col("amount") * pl.col("quantity") * (1.0 - pl.col("discount")), expensive=pl.col("amount") > 50.0
    )
    .join(customers, on="customer_id")
    .group_by("segment", "region", "country")
    .agg(
        orders=pl.len(),
        revenue=pl.col("revenue").sum(),
        shipping=pl.col("shipping").mean(),
        largest=pl.col("amount").max(),
        smallest=pl.col("amount").min(),
        expensive=pl.col("expensive").mean(),
    )
    .with_columns(per_order=pl.col("revenue") / pl.col("orders"))
    .sink_parquet("by_hand.parquet", engine="streaming")
)
"""

PANDAS = """\
import pandas as pd
from datetime import datetime

orders = pd.read_parquet(
    "orders.parquet",
    columns=["customer_id", "amount", "quantity", "discount", "country", "shipping"],
    filters=[("status", "==", "paid"), ("ts", ">=", datetime(2024, 7, 1))],
)
customers = pd.read_parquet("customers.parquet", columns=["customer_id", "segment", "region"])
orders["revenue"] = orders["amount"] * orders["quantity"] * (1.0 - orders["discount"])
orders["expensive"] = orders["amount"] > 50.0
result = (
    orders.merge(customers, on="customer_id")
    .groupby(["segment", "region", "country"], sort=False, as_index=False)
    .agg(
        orders=("amount", "size"),
        revenue=("revenue", "sum"),
        shipping=("shipping", "mean"),
        largest=("amount", "max"),
        smallest=("amount", "min"),
        expensive=("expensive", "mean"),
    )
)
result["per_order"] = result["revenue"] / result["orders"]
result.to_parquet("pandas.parquet", index=False)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: seconds by the wall clock, seconds of CPU, and the peak of its resident memory in MiB."""

    wall: float = float("inf")
    cpu: float = float("inf")
    memory: float = float("inf")

    def least(self, other: Cost) -> Cost:
        return Cost(min(self.wall, other.wall), min(self.cpu, other.cpu), min(self.memory, other.memory))


def cost(words: list[str], folder: Path) -> Cost:
    """Run a command in `folder`. Raises CalledProcessError if it fails."""
    start = time.perf_counter()
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, env=environment(), stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        print((folder / "log.txt").read_text())
        raise subprocess.CalledProcessError(process.returncode, words)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def environment() -> dict[str, str]:
    """That of this process, with the checkout first on the path of Python."""
    paths = [str(ROOT), str(ROOT / "backends"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def make_data(folder: Path, rows: int) -> None:
    """`orders.parquet` and `customers.parquet`, in a process that gives its memory back."""
    code = f"import large_table; large_table.write_data({str(folder)!r}, {rows})"
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, check=True)


def write_data(folder: str, rows: int) -> None:
    """See `make_data`."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(7)
    words = ("lorem", "ipsum", "dolor", "sit", "amet", "elit", "sed", "do", "eiusmod", "tempor", "magna", "aliqua")
    notes = pl.Series([" ".join(words[at] for at in line) for line in rng.integers(0, len(words), (5_000, 10))])

    def any_of(count: int, *values: str, p: list[float] | None = None) -> pl.Series:
        return pl.Series(values).gather(rng.choice(len(values), count, p=p))

    def orders(first: int, count: int) -> pl.DataFrame:
        seconds = rng.integers(0, 730 * 86_400, count).astype("timedelta64[s]")
        day = rng.integers(0, 730, count).astype("timedelta64[D]")
        return pl.DataFrame({
            "order_id": np.arange(first, first + count),
            "customer_id": rng.integers(0, CUSTOMERS, count),
            "ts": np.datetime64("2024-01-01", "us") + seconds,
            "day": np.datetime64("2024-01-01", "D") + day,
            "amount": np.round(rng.lognormal(3, 1, count), 2),
            "quantity": rng.integers(1, 10, count),
            "discount": np.where(rng.random(count) < 0.3, np.round(rng.random(count) * 0.4, 2), 0.0),
            "status": any_of(count, "paid", "open", "returned", "cancelled", p=[0.8, 0.1, 0.06, 0.04]),
            "channel": any_of(count, "web", "shop", "phone"),
            "country": any_of(count, "DE", "FR", "IT", "ES", "PL", "NL", "SE", "AT"),
            "shipping": np.round(rng.gamma(2, 3, count), 2),
            "rating": pl.Series(rng.integers(0, 6, count)).replace(0, None),
            "is_gift": rng.random(count) < 0.05,
            "note": notes.gather(rng.integers(0, len(notes), count))
            + pl.Series(rng.integers(0, 10**9, count)).cast(pl.String),
        })  # fmt: skip

    step = 1_000_000
    parts = [orders(first, min(step, rows - first)) for first in range(0, rows, step)]
    pl.concat(parts).write_parquet(Path(folder) / "orders.parquet", row_group_size=250_000)
    customers = {
        "customer_id": np.arange(CUSTOMERS),
        "segment": any_of(CUSTOMERS, "a", "b", "c", "d", "e"),
        "region": any_of(CUSTOMERS, "north", "south", "east", "west"),
        "since": np.datetime64("2015-01-01", "D") + rng.integers(0, 3_000, CUSTOMERS).astype("timedelta64[D]"),
    }
    pl.DataFrame(customers).write_parquet(Path(folder) / "customers.parquet")


def same(folder: Path) -> bool:
    """Whether all wrote the same table, but for the order of its rows and the last digits of sums."""
    import polars as pl
    from polars.testing import assert_frame_equal

    keys = ["segment", "region", "country"]
    tables = [pl.read_parquet(folder / name) for name in ("out/result.parquet", "by_hand.parquet", "pandas.parquet")]
    first, *others = (table.sort(keys).with_columns(pl.col("orders").cast(pl.Int64)) for table in tables)
    for other in others:
        assert_frame_equal(first, other.select(first.columns), rel_tol=1e-9)
    return True


def main() -> int:
    """Print the figures; the exit status is 1 when one is beyond its limit."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", default="polars", help="mldsl's; `polars` or `duckdb`")
    parser.add_argument("--data", type=Path, help="a directory that has the data, or gets it and keeps it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.data or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "orders.parquet").exists():
            make_data(folder, options.rows)
        (folder / "sales.ml").write_text(PROGRAM.format(engine=options.engine))
        (folder / "by_hand.py").write_text(POLARS)
        (folder / "by_pandas.py").write_text(PANDAS)
        return report(folder, options.rounds)


def report(folder: Path, rounds: int) -> int:
    """Measure in turn and print; 1 when a limit is missed."""
    run = [sys.executable, "-m", "mldsl", "run", "sales.ml", "--to", "result", "--output", "out"]
    mldsl, polars, pandas = Cost(), Cost(), Cost()
    for _ in range(rounds):
        shutil.rmtree(folder / ".mldsl", ignore_errors=True)
        mldsl = mldsl.least(cost(run, folder))
        polars = polars.least(cost([sys.executable, "by_hand.py"], folder))
        pandas = pandas.least(cost([sys.executable, "by_pandas.py"], folder))
    again = cost(run, folder)
    assert same(folder)
    for name, item in {"mldsl": mldsl, "lazy Polars": polars, "pandas": pandas, "mldsl, again": again}.items():
        print(f"{name:<14} {item.wall:6.2f} s {item.cpu:6.2f} s of CPU {item.memory:7.0f} MiB")
    ratios = [
        ("time, of Polars'", mldsl.wall / polars.wall, TIME_LIMIT),
        ("CPU, of Polars'", mldsl.cpu / polars.cpu, TIME_LIMIT),
        ("peak memory, of Polars'", mldsl.memory / polars.memory, MEMORY_LIMIT),
        ("time, of pandas'", mldsl.wall / pandas.wall, 1 / PANDAS_LIMIT),
    ]
    for name, ratio, limit in ratios:
        print(f"{name:<26} {ratio:.2f} (limit {limit:.2f})")
    return int(any(ratio > limit for _, ratio, limit in ratios))


if __name__ == "__main__":
    sys.exit(main())
