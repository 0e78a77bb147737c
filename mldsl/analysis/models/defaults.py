"""What a model gets that does not say otherwise; how columns are prepared by default is in the catalog."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.catalog.tasks import Task

DEFAULT_ALGORITHMS: Mapping[Task, str] = {
    "binary": "gradient_boosting",
    "multiclass": "gradient_boosting",
    "regression": "gradient_boosting",
    "cluster": "kmeans",
    "anomaly": "isolation_forest",
}
"""The algorithm of a model that names none."""

UNSCALED_MODULES: frozenset[str] = frozenset({"sklearn.ensemble", "sklearn.tree", "xgboost", "lightgbm", "catboost"})
"""Modules of trees. Classes of all other modules, named by path, get standardised numbers: it harms none of them."""
