"""`examples/segments` by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

TRAITS = ["life", "life_gained", "worst_step", "income", "growth", "people", "people_grown"]


def country_traits(data: Path) -> pd.DataFrame:
    """The columns of the transform `countries`, by country."""
    world = pd.read_csv(data / "gapminder.csv").sort_values(["country", "year"])
    world["step"] = world.groupby("country")["lifeExp"].diff()
    grouped = world.groupby("country")
    first, last = grouped.first(), grouped.last()
    return pd.DataFrame({
        "continent": last["continent"],
        "life": last["lifeExp"],
        "life_gained": last["lifeExp"] - first["lifeExp"],
        "worst_step": grouped["step"].min(),
        "income": np.log10(last["gdpPercap"]),
        "growth": np.log10(last["gdpPercap"] / first["gdpPercap"]),
        "people": np.log10(last["pop"]),
        "people_grown": np.log10(last["pop"] / first["pop"]),
    })  # fmt: skip


def segment_scores(train: pd.DataFrame, test: pd.DataFrame, count: int) -> tuple[dict[str, float], np.ndarray]:
    """So many clusters of these countries, judged on those: the scores, and the clusters of those."""
    model = _model(count).fit(train[TRAITS].to_numpy())
    new = test[TRAITS].to_numpy()
    said = model.predict(new)
    return {"silhouette": silhouette_score(model[:-1].transform(new), said)}, said


def silhouettes(train: pd.DataFrame) -> dict[int, float]:
    """The silhouette in cross-validation, by the number of clusters."""
    known = train[TRAITS].to_numpy()
    return {
        count: float(np.mean([_held_out(known, count, *fold) for fold in _folds(known)])) for count in range(2, 7)
    }  # fmt: skip


def _model(count: int) -> Pipeline:
    return make_pipeline(StandardScaler(), PCA(3), KMeans(count, n_init=10, random_state=0))


def _folds(rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(KFold(5, shuffle=True, random_state=0).split(rows))


def _held_out(rows: np.ndarray, count: int, fitted: np.ndarray, judged: np.ndarray) -> float:
    model = _model(count).fit(rows[fitted])
    return float(silhouette_score(model[:-1].transform(rows[judged]), model.predict(rows[judged])))
