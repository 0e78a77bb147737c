"""Tables as pandas frames for a user's function, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from mldsl.runtime.errors import StepFailed

if TYPE_CHECKING:
    import pandas as pd


def to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """A table as pandas has it: ints and bools with nulls as the nullable `Int64` and `boolean`, enums as ordered
    categories, dates as midnights, datetimes in UTC.
    """
    import pandas as pd

    columns: dict[str, Any] = {}
    for series in frame.get_columns():
        columns[series.name] = _column(series, pd)
    return pd.DataFrame(columns, index=pd.RangeIndex(frame.height))


def _column(series: pl.Series, pd: Any) -> Any:  # noqa: ANN401 - pandas has no types
    if isinstance(series.dtype, pl.Int64) and series.null_count():
        return pd.array(series.to_list(), dtype="Int64")
    if isinstance(series.dtype, pl.Boolean) and series.null_count():
        return pd.array(series.to_list(), dtype="boolean")
    if isinstance(series.dtype, pl.Enum):
        categories = series.dtype.categories.to_list()
        return pd.Categorical(series.cast(pl.String).to_list(), categories=categories, ordered=True)
    if isinstance(series.dtype, pl.Date):
        return series.cast(pl.Datetime("us")).to_pandas()
    return series.to_pandas()


def from_pandas(value: object, what: str) -> pl.DataFrame:
    """A function's result as a table; frames of Polars and tables of Arrow are fine, too.

    Raises StepFailed (ML213) for anything else.
    """
    import pandas as pd
    import pyarrow as pa

    if isinstance(value, pl.DataFrame):
        return value
    if isinstance(value, pl.LazyFrame | pa.Table):
        return _collected(value, what)
    if not isinstance(value, pd.DataFrame):
        kind = "nothing" if value is None else f"a `{type(value).__name__}`"
        raise StepFailed(f"{what} returns {kind}", "return a pandas DataFrame", "ML213")
    names = [str(name) for name in value.columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise StepFailed(f"{what} returns the column `{twice}` {names.count(twice)} times", None, "ML213")
    return pl.DataFrame([_series(name, value.iloc[:, index], what) for index, name in enumerate(names)])


def _collected(value: Any, what: str) -> pl.DataFrame:  # noqa: ANN401 - Arrow has no types
    """What a lazy frame, whose mistakes show only now, or an Arrow table holds."""
    try:
        found = value.collect() if isinstance(value, pl.LazyFrame) else pl.from_arrow(value)
    except (pl.exceptions.PolarsError, OSError) as error:
        first = str(error).splitlines()[0]
        raise StepFailed(f"{what} returns a frame that cannot be computed: {first}", None, "ML213") from error
    assert isinstance(found, pl.DataFrame)
    return found


def _series(name: str, column: Any, what: str) -> pl.Series:  # noqa: ANN401
    try:
        frame: pl.DataFrame = pl.from_pandas(column.to_frame(name), nan_to_null=True)
    except Exception as error:
        first = " ".join(str(error).split())
        raise StepFailed(f"{what} returns values of different kinds in `{name}`: {first}", None, "ML213") from error
    return frame.to_series()
