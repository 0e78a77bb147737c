"""`examples/churn` by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

CONTRACTS = ["Month-to-month", "One year", "Two year"]
STREAMS = ["streaming_tv", "streaming_movies"]
PROTECTS = ["online_security", "device_protection", "tech_support"]


def churn_features(data: Path) -> pd.DataFrame:
    """The columns of the transform `features`, by customer."""
    customers = pd.read_csv(data / "customers.csv").set_index("rownames")
    addons = pd.read_parquet(data / "addons.parquet")
    addons["streaming"], addons["protection"] = addons["addon"].isin(STREAMS), addons["addon"].isin(PROTECTS)
    grouped = addons.groupby("customer")
    booked = grouped[["streaming", "protection"]].sum().assign(booked=grouped.size())
    table = customers.join(booked)
    table[booked.columns] = table[booked.columns].fillna(0)
    per_month = table["total_charges"] / table["tenure"].where(table["tenure"] > 0)
    automatic = table["payment_method"].str.endswith("(automatic)")
    household = (table["partner"] == 1) | (table["dependents"] == 1)
    return table.assign(
        rise=table["monthly_charges"] - per_month,
        is_new=(table["tenure"] < 6).astype(int),
        automatic=automatic.astype(int),
        household=household.astype(int),
    )


def churn_scores(data: Path, train: pd.Series, test: pd.Series) -> dict[str, float]:
    """Train on these customers, the better of two algorithms by cross-validation, and judge on those."""
    table = churn_features(data)
    target = (table["churn"] == "Yes").astype(int)
    numbers = ["tenure", "monthly_charges", "total_charges", "booked", "streaming", "protection", "rise"]
    categories = ["partner", "dependents", "multiple_lines", "internet_service", "paperless_billing", "payment_method"]
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        (OrdinalEncoder(categories=[CONTRACTS]), ["contract"]),
        (OneHotEncoder(sparse_output=False), [*categories, "is_new", "automatic", "household"]),
    )
    learners = [
        LogisticRegression(max_iter=1000),
        HistGradientBoostingClassifier(learning_rate=0.06, max_iter=80, max_leaf_nodes=8, random_state=0),
    ]
    pipelines = [make_pipeline(prepare, learner) for learner in learners]
    rows, wanted = table.loc[train], target.loc[train]
    best = max(pipelines, key=lambda one: cross_val_score(one, rows, wanted, scoring="roc_auc", cv=3).mean())
    chances = best.fit(rows, wanted).predict_proba(table.loc[test])[:, 1]
    truth = target.loc[test]
    return {
        "roc_auc": roc_auc_score(truth, chances),
        "log_loss": log_loss(truth, chances),
        "brier": brier_score_loss(truth, chances),
    }
