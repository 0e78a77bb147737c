"""The data sets that scikit-learn brings along."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from mldsl.catalog.connectors import DATASETS
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.parts import Part, Reading


def read(reading: Reading) -> list[Part]:
    """The features, and `target`: the class's name, or its number where the schema asks for a number.

    With no schema the names are an enum in scikit-learn's order, which is how two classes are told from several.
    """
    from sklearn import datasets

    name = reading.text("name") or ""
    if name not in DATASETS:
        raise StepFailed(f"scikit-learn has no data set `{name}`", f"it has {', '.join(DATASETS)}")
    loaded = getattr(datasets, f"load_{name}")()
    columns = {str(column): loaded.data[:, index] for index, column in enumerate(loaded.feature_names)}
    target: Any = np.asarray(loaded.target)
    if target.ndim > 1:
        columns |= {str(column): target[:, index] for index, column in enumerate(loaded.target_names)}
        target = target[:, 0]
    wanted = reading.type_of("target")
    names = loaded.get("target_names")
    if names is not None and target.dtype.kind in "iu" and (wanted is None or wanted.is_stringlike):
        named = [str(item) for item in names]
        target = pl.Series("target", np.asarray(named)[target], dtype=pl.Enum(named) if wanted is None else pl.String)
    frame = pl.DataFrame({**columns, "target": target})
    return [Part(None, frame.lazy().select(reading.names(frame.columns, f"`{name}`")))]
