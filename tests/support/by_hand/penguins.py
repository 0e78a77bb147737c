"""`examples/penguins` by hand."""

from __future__ import annotations

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def penguin_model() -> BaseEstimator:
    """A logistic regression behind the usual preparation."""
    numbers = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "year"]
    return make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            (
                make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
                ["island", "sex"],
            ),
        ),
        LogisticRegression(max_iter=1000),
    )


def penguin_scores(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """Train on these penguins and judge on those."""
    model = penguin_model().fit(train, train["species"])
    said = model.predict(test)
    return {
        "accuracy": accuracy_score(test["species"], said),
        "balanced_accuracy": balanced_accuracy_score(test["species"], said),
        "log_loss": log_loss(test["species"], model.predict_proba(test)),
    }
