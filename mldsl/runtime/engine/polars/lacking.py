"""Scalar functions that Polars lacks, or has with another meaning.

numpy is imported when one of its functions is called: it takes a fifth of what a run needs to start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import polars as pl

from mldsl.runtime.errors import StepFailed


def _by_numpy(name: str) -> Callable[[pl.Expr, pl.Expr], pl.Expr]:
    """A function of two floats as numpy has it; null where one of them is null or the second is 0."""

    def compute(pair: pl.Series) -> pl.Series:
        import numpy as np

        frame = pair.struct.unnest()
        left, right = (frame.to_series(index).fill_null(np.nan).to_numpy() for index in (0, 1))
        with np.errstate(all="ignore"):
            return pl.Series(getattr(np, name)(left, right), dtype=pl.Float64)

    def lower(left: pl.Expr, right: pl.Expr) -> pl.Expr:
        pair = pl.struct(left.alias("l"), pl.when(right != 0).then(right).alias("r"))
        result = pair.map_batches(compute, return_dtype=pl.Float64, is_elementwise=True)
        return result.fill_nan(None)

    return lower


def log10(value: pl.Expr) -> pl.Expr:
    """By numpy, since Polars divides two logarithms: 1000 has to give 3."""

    def compute(values: pl.Series) -> pl.Series:
        import numpy as np

        with np.errstate(all="ignore"):
            return pl.Series(np.log10(values.fill_null(np.nan).to_numpy()), dtype=pl.Float64)

    return value.map_batches(compute, return_dtype=pl.Float64, is_elementwise=True).fill_nan(None)


def replace(value: pl.Expr, old: pl.Expr, new: pl.Expr) -> pl.Expr:
    """Every occurrence of a text that differs from row to row; an empty one occurs nowhere."""

    def compute(row: Mapping[str, str | None]) -> str | None:
        text, part, other = row["v"], row["o"], row["n"]
        if text is None or part is None or other is None:
            return None
        return text.replace(part, other) if part else text

    rows = pl.struct(value.alias("v"), old.alias("o"), new.alias("n"))
    return rows.map_elements(compute, return_dtype=pl.String, skip_nulls=False)


floor_divide = _by_numpy("floor_divide")
"""Division rounded down, of floats."""
modulo = _by_numpy("mod")
"""What is left by `floor_divide`."""


def text_of_float(value: pl.Expr) -> pl.Expr:
    """The shortest decimal that gives the float again; positive exponents have a sign (`1e+16`)."""
    text = value.cast(pl.String)
    return text if _signs_exponents() else text.str.replace("e([0-9])", "e+${1}")


@cache
def _signs_exponents() -> bool:
    """Whether this version of Polars does (1.36 does not)."""
    return bool(pl.select(pl.lit(1e16).cast(pl.String)).item() == "1e+16")


def checked_pattern(written: str, pattern: str) -> str:
    """The regular expression, if the engine takes it; StepFailed with its reason otherwise."""
    try:
        pl.select(pl.lit("").str.contains(pattern))
    except pl.exceptions.ComputeError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip().startswith("error:")]
        reason = lines[0].removeprefix("error: ") if lines else "it is malformed"
        raise StepFailed(f"`{written}` is not a regular expression: {reason}") from None
    return pattern
