"""Trust: which types a saved model may hold. Scikit-learn's estimators are trusted by skops itself."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from mldsl.plan.nodes import ModelBody, PythonCode
from mldsl.runtime.models.user_code import module_name

_OWN = (
    "artifact.FittedModel",
    "artifact.Output",
    "baseline.Baseline",
    "calibration.Calibrator",
    "calibration.Curve",
    "features.Encoder",
    "features.Feature",
    "learner.Learner",
    "learner.Nearest",
    "preparation.Block",
    "preparation.Preparation",
    "target.Target",
    "transformers.Constants",
    "transformers.DateParts",
    "transformers.Ordinals",
    "transformers.TextEmbedding",
    "transformers.Words",
)


@cache
def trusted_types() -> tuple[str, ...]:
    """Every type that a saved model may hold beside scikit-learn's estimators."""
    return tuple(f"mldsl.runtime.models.{name}" for name in _OWN)


def trusted_by(body: ModelBody | None, unknown: Iterable[str]) -> list[str]:
    """Of these types, those that the plan vouches for: what comes with the classes that it names."""
    if body is None:
        return []
    homes = {_home(algorithm.factory) for algorithm in body.algorithms} - {"sklearn"}
    return [name for name in unknown if name.partition(".")[0] in homes]


def _home(factory: str | PythonCode) -> str:
    return module_name(factory) if isinstance(factory, PythonCode) else factory.partition(".")[0]
