"""What the engines make of whole workloads: time and memory of each, against the same written by hand in lazy Polars.

    python benchmarks/engines.py [--rows 10_000_000] [WORKLOAD …]

Every run is a process of its own, start-up included; runs of the sides alternate, and the best of three counts. Time is
that of the processor (user and system), since other work may be going on.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 3
SIDES = ("hand-written polars", "hand-written duckdb", "polars", "duckdb")


def make(folder: Path, rows: int) -> None:
    """The tables: `facts` with 14 columns, one of them a long text, and `dims`, which it refers to."""
    import numpy as np
    import polars as pl

    random = np.random.default_rng(0)
    dims = max(1, rows // 50)
    words = [f"w{index:03}" for index in range(500)]
    facts = {
        "id": np.arange(rows),
        "dim": random.integers(0, dims, rows),
        "store": random.integers(0, 1000, rows),
        "day": pl.Series(random.integers(18_000, 20_000, rows), dtype=pl.Int32).cast(pl.Date),
        "price": np.round(random.gamma(2.0, 20.0, rows), 2),
        "cost": np.round(random.gamma(2.0, 12.0, rows), 2),
        "count": random.integers(1, 20, rows),
        "kind": np.array(words)[random.integers(0, 40, rows)],
        "code": np.array(words)[random.integers(0, 500, rows)],
        "ok": random.random(rows) < 0.9,
        "a": random.normal(size=rows),
        "b": random.normal(size=rows),
        "c": random.integers(0, 1 << 40, rows),
    }
    frame = pl.DataFrame(facts).with_columns(
        pl.concat_str([pl.lit("a long text that nobody needs, of row "), pl.col("id")], separator=" " * 60).alias(
            "text"
        )
    )
    frame.write_parquet(folder / "facts.parquet", row_group_size=1 << 17)
    right = {"dim": np.arange(dims), "region": np.array(words)[random.integers(0, 100, dims)], "w": random.random(dims)}
    pl.DataFrame(right).write_parquet(folder / "dims.parquet", row_group_size=1 << 17)
    frame.head(1000).write_parquet(folder / "small.parquet", row_group_size=1 << 17)


# --- by hand ---


def main_polars(folder: Path, out: Path) -> None:
    import polars as pl

    facts, dims = pl.scan_parquet(folder / "facts.parquet"), pl.scan_parquet(folder / "dims.parquet")
    (
        facts.filter((pl.col("price") > 5.0) & pl.col("ok"))
        .with_columns(
            revenue=pl.col("price") * pl.col("count"), margin=(pl.col("price") - pl.col("cost")) / pl.col("price")
        )
        .join(dims, on="dim", how="inner")
        .group_by("region", "store")
        .agg(
            rows=pl.len(),
            revenue=pl.col("revenue").sum(),
            margin=pl.col("margin").mean(),
            top=pl.col("price").max(),
            units=pl.col("count").sum(),
            weight=pl.col("w").mean(),
        )
        .with_columns(per_unit=pl.col("revenue") / pl.col("units"))
        .sink_parquet(out, compression="zstd")
    )


def main_duckdb(folder: Path, out: Path) -> None:
    import duckdb

    duckdb.execute(f"""
      copy (
        select *, revenue / units as per_unit from (
          select region, store, count(*) as rows, sum(price * count) as revenue, avg((price - cost) / price) as margin,
            max(price) as top, sum(count)::bigint as units, avg(w) as weight
          from '{folder}/facts.parquet' join '{folder}/dims.parquet' using (dim)
          where price > 5.0 and ok group by region, store
        )
      ) to '{out}' (format parquet, compression zstd)""")


def windows_polars(folder: Path, out: Path) -> None:
    import polars as pl

    facts = pl.scan_parquet(folder / "facts.parquet").select("id", "store", "day", "price", "count")
    ordered = facts.sort("store", "day", maintain_order=True)
    ordered.with_columns(
        so_far=pl.col("price").cum_sum().over("store"),
        last=pl.col("count").rolling_sum(7, min_samples=1).over("store"),
        before=pl.col("price").shift(1).over("store"),
        number=pl.int_range(1, pl.len() + 1).over("store"),
    ).sort("id").sink_parquet(out, compression="zstd")


def windows_duckdb(folder: Path, out: Path) -> None:
    import duckdb

    over = "over (partition by store order by day, id"
    duckdb.execute(f"""
      copy (
        select id, store, day, price, count,
          sum(price) {over} rows unbounded preceding) as so_far, sum(count) {over} rows 6 preceding)::bigint as last,
          lag(price) {over}) as before, row_number() {over}) as number
        from '{folder}/facts.parquet' order by id
      ) to '{out}' (format parquet, compression zstd)""")


def joins_polars(folder: Path, out: Path) -> None:
    import polars as pl

    facts = pl.scan_parquet(folder / "facts.parquet").select("id", "dim", "store", "price")
    dims = pl.scan_parquet(folder / "dims.parquet")
    facts.join(dims, on="dim", how="left", maintain_order="left").sink_parquet(out, compression="zstd")


def joins_duckdb(folder: Path, out: Path) -> None:
    import duckdb

    duckdb.execute(f"""
      copy (
        select id, dim, store, price, region, w
        from '{folder}/facts.parquet' left join '{folder}/dims.parquet' using (dim)
        order by id
      ) to '{out}' (format parquet, compression zstd)""")


def strings_polars(folder: Path, out: Path) -> None:
    import polars as pl

    facts = pl.scan_parquet(folder / "facts.parquet").select("id", "kind", "code")
    facts.filter(pl.col("code").str.contains("^w[0-3]")).with_columns(
        both=pl.concat_str("kind", pl.lit("-"), "code"),
        upper=pl.col("kind").str.to_uppercase(),
        part=pl.col("code").str.slice(1, 2),
        size=pl.col("kind").str.len_chars(),
    ).sink_parquet(out, compression="zstd")


def strings_duckdb(folder: Path, out: Path) -> None:
    import duckdb

    duckdb.execute(f"""
      copy (
        select id, kind, code, kind || '-' || code as both, upper(kind) as upper, substring(code, 2, 2) as part,
          length(kind) as size
        from '{folder}/facts.parquet' where regexp_matches(code, '^w[0-3]')
      ) to '{out}' (format parquet, compression zstd)""")


def small_polars(folder: Path, out: Path) -> None:
    import polars as pl

    pl.scan_parquet(folder / "small.parquet").group_by("kind").agg(n=pl.len(), x=pl.col("price").sum()).sink_parquet(
        out
    )


def small_duckdb(folder: Path, out: Path) -> None:
    import duckdb

    found = f"select kind, count(*) as n, sum(price) as x from '{folder}/small.parquet' group by kind"
    duckdb.execute(f"copy ({found}) to '{out}' (format parquet)")


# --- through the lowering ---

TRANSFORMS = {
    "main": """transform out = facts {
  filter price > 5.0 and ok
  derive { revenue = price * count; margin = (price - cost) / price }
  join dims on dim
  group by region, store {
    rows = count()
    revenue = sum(revenue)
    margin = mean(margin)
    top = max(price)
    units = sum(count)
    weight = mean(w)
  }
  derive per_unit = revenue / units
}""",
    "windows": """transform out = facts {
  select id, store, day, price, count
  derive {
    so_far = sum(price) over (partition by store order by day)
    last = sum(count) over (partition by store order by day rows 7)
    before = lag(price) over (partition by store order by day)
    number = row_number() over (partition by store order by day)
  }
}""",
    "joins": """transform out = facts {
  select id, dim, store, price
  left join dims on dim
}""",
    "strings": """transform out = facts {
  filter matches(code, "^w[0-3]")
  select id, kind, code
  derive { both = concat(kind, "-", code); upper = upper(kind); part = substring(code, 2, 2); size = length(kind) }
}""",
    "small": """transform out = small { group by kind { n = count(); x = sum(price) } }""",
}
FACTS = """ = parquet("{path}") {{
  id: int key
  dim: int
  store: int
  day: date
  price: float
  cost: float
  count: int
  kind: string
  code: string
  ok: bool
  a: float
  b: float
  c: int
  text: text
}}
"""


def lowered(engine: str, workload: str, folder: Path, out: Path) -> None:
    """The transform's step alone, on tables that are stored already."""
    from mldsl.plan.document import load
    from mldsl.plan.nodes import TransformBody, VerbsForm
    from mldsl.runtime.engine.engine import Inputs, Room, open_engine

    plan = load((folder / f"{workload}.json").read_text(encoding="utf-8"))
    body = plan.step("transform:out").body
    assert isinstance(body, TransformBody)
    assert isinstance(body.action, VerbsForm)
    with tempfile.TemporaryDirectory() as scratch:
        computing = open_engine(engine, Room({}, lambda: Path(scratch)))

        def table(name: str) -> object:
            return computing.scan(folder / f"{name}.parquet")

        made = computing.apply(table(body.action.table), body.action.verbs, Inputs(table, lambda name: None))
        computing.write(computing.finish(made, body.columns), out)
        computing.close()


def planned(folder: Path) -> None:
    """The plans of all workloads, worked out beforehand: this is about engines."""
    import mldsl
    from mldsl.plan.document import dump

    for workload, text in TRANSFORMS.items():
        sources = [
            "pipeline p {}",
            "source facts" + FACTS.format(path="facts.parquet"),
            "source small" + FACTS.format(path="small.parquet"),
            'source dims = parquet("dims.parquet") {\n  dim: int key\n  region: string\n  w: float\n}',
        ]
        program = folder / f"{workload}.ml"
        program.write_text("\n".join([*sources, text]), encoding="utf-8")
        plan = mldsl.load(program).plan()
        (folder / f"{workload}.json").write_text(dump(plan), encoding="utf-8")


# --- measuring ---


def run(side: str, workload: str, folder: Path, out: Path) -> None:
    if side.startswith("hand-written"):
        by_hand: Callable[[Path, Path], None] = globals()[f"{workload}_{side.split()[1]}"]
        by_hand(folder, out)
    else:
        lowered(side, workload, folder, out)


def measured(side: str, workload: str, folder: Path) -> tuple[float, float]:
    """Seconds of the processor and megabytes at the peak, of one process."""
    out = folder / "out.parquet"
    arguments = f"{side!r}, {workload!r}, Path({str(folder)!r}), Path({str(out)!r})"
    code = f"import benchmarks.engines as b; from pathlib import Path; b.run({arguments})"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'backends'}"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    # Not ru_maxrss: a new process takes that over from the one that started it.
    script = f"{code}; print(); print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    done = subprocess.run([sys.executable, "-c", script], check=True, env=env, stdout=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, int(done.stdout.split()[-1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="*", default=list(TRANSFORMS))
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=10_000_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        if not (folder / "facts.parquet").exists():
            make(folder, given.rows)
        planned(folder)
        print(f"{'':10}{'':22}{'seconds':>9}{'ratio':>8}{'MB':>8}{'ratio':>8}")
        for workload in given.workloads:
            best = {side: (float("inf"), float("inf")) for side in SIDES}
            for _ in range(RUNS):
                for side in SIDES:
                    best[side] = min(best[side], measured(side, workload, folder))
            hand = best[SIDES[0]]
            for side, (seconds, size) in best.items():
                ratios = f"{seconds / hand[0]:8.2f}{size:8.0f}{size / hand[1]:8.2f}"
                print(f"{workload:10}{side:22}{seconds:9.2f}{ratios}", flush=True)


if __name__ == "__main__":
    main()
