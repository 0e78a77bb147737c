"""`examples/houses` by hand: the default preparation, and a preparation and a learner like the written ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_percentage_error, r2_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

HEATING = ["Poor", "Fair", "Typical", "Good", "Excellent"]
CONDITION = [
    "Very_Poor", "Poor", "Fair", "Below_Average", "Average", "Above_Average", "Good", "Very_Good", "Excellent",
]  # fmt: skip


def house_features(raw: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """The columns of the transform `features`; `names` are those of the raw table by those of the program."""
    table = pd.DataFrame({name: raw[given] for name, given in names.items()})
    table = table[(table["sold"] >= table["built"]) & (table["terms"] == "Normal")]
    table["age"], table["renewed"] = table["sold"] - table["built"], table["sold"] - table["remodelled"]
    table["space"] = table["area"] + table["basement"]
    return table.drop(columns=["sold", "built", "remodelled", "terms"])


def house_scores(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Train on these houses and judge on those, by model."""
    features = [name for name in train if name not in ("id", "price")]
    numbers = [name for name in features if pd.api.types.is_numeric_dtype(train[name])]
    words = [name for name in features if name not in numbers]
    some = [name for name in words if name not in ("neighborhood", "exterior", "class", "heating", "condition")]
    default = make_column_transformer(
        (StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore"), words), sparse_threshold=0
    )
    written = make_column_transformer(
        ("passthrough", numbers),
        (TargetEncoder(target_type="continuous"), ["neighborhood", "exterior", "class"]),
        (OrdinalEncoder(categories=[HEATING, CONDITION]), ["heating", "condition"]),
        (OneHotEncoder(handle_unknown="ignore"), some),
        sparse_threshold=0,
    )
    learner = HistGradientBoostingRegressor(learning_rate=0.1, max_leaf_nodes=10, max_iter=80, random_state=0)
    models = {"default": make_pipeline(default, Ridge()), "written": make_pipeline(written, learner)}
    return {name: _scores(model.fit(train[features], train["price"]), test) for name, model in models.items()}


def _scores(model: BaseEstimator, test: pd.DataFrame) -> dict[str, float]:
    said, truth = model.predict(test), test["price"].to_numpy(np.float64)
    return {
        "r2": r2_score(truth, said),
        "rmse": root_mean_squared_error(truth, said),
        "mape": mean_absolute_percentage_error(truth, said),
    }
