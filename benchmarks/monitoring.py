"""How often drift is alarmed of where there is none, how often it is seen where there is, and what a check costs.

Run from a checkout: `python -m benchmarks.monitoring [--checks N]`. Each check has training rows and a batch of its
own, 30 columns of several shapes (`tests/support/drifting.py`), and the threshold 0: chance alone decides. The cost is
CPU time, beside a loop over the same columns and draws that is written with SciPy's distances.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import polars as pl
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from mldsl.runtime.monitoring.chance import DRAWS
from mldsl.runtime.monitoring.drift import drift
from tests.support.drifting import rows

TRAINING = 5_000
LIMIT = 0.05
"""At most so many checks without drift may alarm; at least 90% must where one column has moved by 0.5 σ."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checks", type=int, default=100, help="checks for each figure")
    checks = parser.parse_args().checks
    fine = True
    for batch in (100, 1_000, 10_000):
        share = alarms(checks, batch)
        fine &= share <= LIMIT
        print(f"no drift, {batch:>6,} rows: {share:6.1%} of {checks} checks alarm (at most {LIMIT:.0%} may)")
    share = alarms(checks, 1_000, shift=0.5, threshold=0.2)
    fine &= share >= 0.9
    print(f"0.5 σ in one of 30, 1,000 rows: {share:6.1%} of {checks} checks alarm (at least 90% must)")
    for training, batch in ((5_000, 1_000), (50_000, 10_000)):
        mine, theirs = cost(training, batch)
        told = f"{mine:.2f} s, with SciPy {theirs:.0f} s, {theirs / mine:.0f} times as much"
        print(f"{training:,} and {batch:,} rows: {told}")
    return 0 if fine else 1


def alarms(checks: int, batch: int, shift: float = 0.0, threshold: float = 0.0) -> float:
    """The share of checks in which any column alarms."""
    found = 0
    for number in range(checks):
        generator = np.random.default_rng([number, batch, 7])
        old, new = rows(TRAINING, generator), rows(batch, generator, shift)
        columns = drift(old, new, old.columns, None, number)
        found += any(item.beyond_chance and item.distance > threshold for item in columns)
    return found / checks


def cost(training: int, batch: int) -> tuple[float, float]:
    """CPU seconds of one check, and of the loop (two of its draws are measured)."""
    generator = np.random.default_rng(1)
    old, new = rows(training, generator), rows(batch, generator)
    start = time.process_time()
    drift(old, new, old.columns, None, 1)
    mine = time.process_time() - start
    draws = 2
    start = time.process_time()
    for _ in range(draws):
        plainly(old, new, generator)
    return mine, (time.process_time() - start) / draws * 2 * DRAWS


def plainly(old: pl.DataFrame, new: pl.DataFrame, generator: np.random.Generator) -> list[float]:
    """The distances of one draw: a batch of rows that were put together and shuffled."""
    order = generator.permutation(old.height + new.height)
    found = []
    for name in old.columns:
        both = pl.concat([old[name], new[name]])[order]
        a, b = both[new.height :], both[: new.height]
        if both.dtype.is_numeric():
            found.append(wasserstein_distance(a.drop_nulls(), b.drop_nulls()))
        else:
            counts = [part.cast(pl.String).value_counts(name="n") for part in (a, b)]
            joined = counts[0].join(counts[1], on=name, how="full", coalesce=True).fill_null(0)
            found.append(jensenshannon(joined["n"], joined["n_right"], base=2))
    return found


if __name__ == "__main__":
    sys.exit(main())
