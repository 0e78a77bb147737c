"""Trust: which types a saved model may hold. Scikit-learn's estimators are trusted by skops itself."""

from __future__ import annotations

from collections.abc import Iterable

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
    "features.Picture",
    "learner.Learner",
    "learner.Nearest",
    "pictures.PictureEmbedding",
    "pictures.Pixels",
    "preparation.Block",
    "preparation.Preparation",
    "target.Target",
    "transformers.Constants",
    "transformers.DateParts",
    "transformers.Ordinals",
    "transformers.TargetMeans",
    "transformers.TextEmbedding",
    "transformers.Words",
)


# What scikit-learn's estimators are made of. Trees and search trees hold the numbers of their nodes, which are not
# checked when they are read: a damaged file can crash the process, but it cannot make it run anything.
_INNER = (
    "calibration._CalibratedClassifier",
    "calibration._SigmoidCalibration",
    "cluster._bisect_k_means._BisectingTree",
    "cluster._kmeans._kmeans_single_elkan",
    "cluster._kmeans._kmeans_single_lloyd",
    "ensemble._hist_gradient_boosting.binning._BinMapper",
    "ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "feature_selection._univariate_selection.f_classif",
    "feature_selection._univariate_selection.f_regression",
    "gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "gaussian_process.kernels.ConstantKernel",
    "gaussian_process.kernels.Product",
    "gaussian_process.kernels.RBF",
    "model_selection._split.KFold",
    "model_selection._split.StratifiedKFold",
    "neighbors._ball_tree.BallTree",
    "neighbors._kd_tree.KDTree",
    "neural_network._stochastic_optimizers.AdamOptimizer",
    "neural_network._stochastic_optimizers.SGDOptimizer",
    "tree._tree.Tree",
)
_LINKS = ("HalfLogitLink", "IdentityLink", "Interval", "LogLink", "LogitLink", "MultinomialLogit")
_LOSSES = (
    *("AbsoluteError", "ExponentialLoss", "HalfBinomialLoss", "HalfGammaLoss", "HalfMultinomialLoss"),
    *("HalfPoissonLoss", "HalfSquaredError", "HalfTweedieLoss", "HalfTweedieLossIdentity", "HuberLoss", "PinballLoss"),
)
_DISTANCES = (
    *("BrayCurtis", "Canberra", "Chebyshev", "Euclidean", "Hamming", "Haversine"),
    *("Mahalanobis", "Manhattan", "Minkowski", "SEuclidean"),
)
_BOOSTERS = (
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRegressor",
)

TRUSTED: tuple[str, ...] = (
    *(f"mldsl.runtime.models.{name}" for name in _OWN),
    *(f"sklearn.{name}" for name in _INNER),
    *(f"sklearn._loss.link.{name}" for name in _LINKS),
    *(f"sklearn._loss.loss.{name}" for name in _LOSSES),
    *(f"_loss.Cy{name}" for name in _LOSSES),
    *(f"sklearn.metrics._dist_metrics.{name}Distance64" for name in _DISTANCES),
    *_BOOSTERS,
    "numpy.dtype",
)
"""Every type that a saved model may hold beside scikit-learn's public estimators."""


def trusted_by(body: ModelBody | None, unknown: Iterable[str]) -> list[str]:
    """Of these types, those that the plan vouches for: what comes with the classes that it names."""
    if body is None:
        return []
    homes = {_home(algorithm.factory) for algorithm in body.algorithms} - {"sklearn"}
    return [name for name in unknown if name.partition(".")[0] in homes]


def _home(factory: str | PythonCode) -> str:
    return module_name(factory) if isinstance(factory, PythonCode) else factory.partition(".")[0]
