"""Tables of many sorts of columns, with which a monitor is measured: as they are, or moved."""

from __future__ import annotations

import numpy as np
import polars as pl


def rows(count: int, generator: np.random.Generator, shift: float = 0.0) -> pl.DataFrame:
    """30 columns: numbers of several shapes and categories, few and many. `shift` moves `normal_0` (σ = 1)."""
    numbers = {
        **{f"normal_{i}": generator.normal(size=count) for i in range(6)},
        **{f"amount_{i}": generator.lognormal(0, 1, size=count) for i in range(4)},
        "long_tail": generator.lognormal(0, 2, size=count),
        "pareto": generator.pareto(1.5, size=count),
        "cauchy": generator.standard_cauchy(size=count),
        "count": generator.poisson(1, size=count),
        "mostly_zero": (generator.random(count) < 0.02) * generator.exponential(size=count),
        "days": generator.integers(0, 365, size=count),
    }
    numbers["normal_0"] = numbers["normal_0"] + shift
    numbers["normal_1"] = 0.9 * numbers["normal_2"] + 0.4 * numbers["normal_1"]  # columns go together
    categories = {
        **{f"five_{i}": generator.integers(0, 5, count) for i in range(5)},
        **{f"fifty_{i}": generator.integers(0, 50, count) for i in range(3)},
        "zipf": generator.zipf(1.5, count).clip(max=10**6),
        "thousands": generator.integers(0, 2_000, count),
        "unlike": generator.integers(0, 10**9, count),
        "rare": generator.random(count) < 0.01,
    }
    some = pl.Series("some_missing", np.where(generator.random(count) < 0.1, np.nan, generator.normal(size=count)))
    return pl.DataFrame(
        [pl.Series(name, values) for name, values in numbers.items()]
        + [pl.Series(name, values).cast(pl.String) for name, values in categories.items()]
        + [some.fill_nan(None), pl.Series("flag", generator.random(count) < 0.3)]
    )
