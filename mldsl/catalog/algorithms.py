"""The algorithms: which class each is for each task, what it copes with, and what a program cannot set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from mldsl.catalog.parameters import ClassFacts, facts, known_classes, parameters
from mldsl.catalog.tasks import Task
from mldsl.records import record

__all__ = ["ALGORITHMS", "FIXED", "Algorithm", "ClassFacts", "facts", "known_classes", "parameters"]

FIXED: Mapping[str, str] = {
    "callbacks": "a program cannot write functions",
    "n_jobs": "it comes from the model's `resources` and from `--jobs`",
    "random_state": "it comes from the pipeline's `seed`",
    "silent": "what is printed is up to the run",
    "verbose": "what is printed is up to the run",
    "verbosity": "what is printed is up to the run",
    "warm_start": "every fit starts anew, so that a run can be repeated",
}
"""Parameters that mldsl sets itself for every class, dotted paths too, and why a program cannot."""

_CALIBRATED = "probabilities are always given: they come from a sigmoid fitted by cross-validation"
_PREPARED = "categories are prepared by `prepare`"
_NOVELTY = "it is always on, so that the model can judge rows that it was not fitted on"


@record
class Algorithm:
    """One algorithm.

    `classes` has the dotted class for each task it does. `takes_missing` and `probabilities` list the tasks for which
    missing values may reach it and for which it gives probabilities; for those in `calibrated` they do not come from
    the class but from a sigmoid fitted by cross-validation around it. `scaling` is how its numbers are scaled by
    default: standardised where it compares the sizes of features, to 0 and above where it takes nothing below.
    `predicts` is false where it labels only the rows it was fitted on. `defaults` are mldsl's own, which a program may
    overrule; `sets` are parameters with their values that it may not, and `fixed` has the reason for those and for the
    ones mldsl sets while running, beside the common `FIXED`.
    """

    name: str
    classes: Mapping[Task, str]
    summary: str
    takes_missing: tuple[Task, ...] = ()
    probabilities: tuple[Task, ...] = ()
    calibrated: tuple[Task, ...] = ()
    scaling: Literal["standard", "minmax"] | None = None
    predicts: bool = True
    extra: Literal["boost"] | None = None
    defaults: Mapping[str, object] = field(default_factory=dict)
    sets: Mapping[str, object] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)

    def why_fixed(self, parameter: str) -> str | None:
        """Why a program cannot set `parameter`; None where it can."""
        return self.fixed.get(parameter) or FIXED.get(parameter)


_CLASSES: tuple[Task, ...] = ("binary", "multiclass")
_SUPERVISED: tuple[Task, ...] = (*_CLASSES, "regression")


def _classes(
    classifier: str | None = None, regressor: str | None = None, cluster: str | None = None, anomaly: str | None = None
) -> Mapping[Task, str]:
    given: tuple[tuple[Task, str | None], ...] = (
        ("binary", classifier),
        ("multiclass", classifier),
        ("regression", regressor),
        ("cluster", cluster),
        ("anomaly", anomaly),
    )
    return {task: path for task, path in given if path is not None}


_TREES: tuple[Algorithm, ...] = (
    Algorithm(
        "gradient_boosting",
        _classes(
            "sklearn.ensemble.HistGradientBoostingClassifier",
            "sklearn.ensemble.HistGradientBoostingRegressor",
        ),
        "trees that mend each other's errors, on histograms",
        takes_missing=_SUPERVISED,
        probabilities=_CLASSES,
        fixed={"categorical_features": _PREPARED},
    ),
    Algorithm(
        "random_forest",
        _classes("sklearn.ensemble.RandomForestClassifier", "sklearn.ensemble.RandomForestRegressor"),
        "the mean of many trees, each on other rows and columns",
        takes_missing=_SUPERVISED,
        probabilities=_CLASSES,
    ),
    Algorithm(
        "extra_trees",
        _classes("sklearn.ensemble.ExtraTreesClassifier", "sklearn.ensemble.ExtraTreesRegressor"),
        "the mean of many trees with random cuts",
        takes_missing=_SUPERVISED,
        probabilities=_CLASSES,
    ),
    Algorithm(
        "decision_tree",
        _classes("sklearn.tree.DecisionTreeClassifier", "sklearn.tree.DecisionTreeRegressor"),
        "one tree of yes-or-no questions",
        takes_missing=_SUPERVISED,
        probabilities=_CLASSES,
    ),
    Algorithm(
        "xgboost",
        _classes("xgboost.XGBClassifier", "xgboost.XGBRegressor"),
        "boosted trees of XGBoost",
        takes_missing=_SUPERVISED,
        probabilities=_CLASSES,
        extra="boost",
        fixed={
            "enable_categorical": _PREPARED,
            "feature_types": _PREPARED,
            "missing": "missing values reach it as such",
            "nthread": FIXED["n_jobs"],
            "seed": FIXED["random_state"],
        },
    ),
    Algorithm(
        "lightgbm",
        _classes("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor"),
        "boosted trees of LightGBM",
        takes_missing=_SUPERVISED,
        probabilities=_CLASSES,
        extra="boost",
        sets={"deterministic": True, "force_col_wise": True},
        fixed={
            "categorical_feature": _PREPARED,
            "deterministic": "it is always on, so that a run can be repeated",
            "force_col_wise": "it is always on, so that a run can be repeated",
            "force_row_wise": "it is always off, so that a run can be repeated",
            "num_threads": FIXED["n_jobs"],
            "seed": FIXED["random_state"],
        },
    ),
    Algorithm(
        "ada_boost",
        _classes("sklearn.ensemble.AdaBoostClassifier", "sklearn.ensemble.AdaBoostRegressor"),
        "small trees, each minding the rows that the ones before got wrong",
        probabilities=_CLASSES,
    ),
    Algorithm(
        "bagging",
        _classes("sklearn.ensemble.BaggingClassifier", "sklearn.ensemble.BaggingRegressor"),
        "the mean of trees, each on a sample of the rows",
        takes_missing=_SUPERVISED,
        probabilities=_CLASSES,
    ),
)

_LINEAR: tuple[Algorithm, ...] = (
    Algorithm(
        "logistic_regression",
        _classes("sklearn.linear_model.LogisticRegression"),
        "a weighted sum, turned into probabilities",
        probabilities=_CLASSES,
        scaling="standard",
        defaults={"max_iter": 1000},
    ),
    Algorithm(
        "linear_regression",
        _classes(regressor="sklearn.linear_model.LinearRegression"),
        "a weighted sum with the least squared error",
    ),
    Algorithm(
        "ridge",
        _classes("sklearn.linear_model.RidgeClassifier", "sklearn.linear_model.Ridge"),
        "a weighted sum with small weights (L2)",
        scaling="standard",
    ),
    Algorithm(
        "lasso",
        _classes(regressor="sklearn.linear_model.Lasso"),
        "a weighted sum with few weights (L1)",
        scaling="standard",
    ),
    Algorithm(
        "elastic_net",
        _classes(regressor="sklearn.linear_model.ElasticNet"),
        "a weighted sum with few and small weights (L1 and L2)",
        scaling="standard",
    ),
    Algorithm(
        "bayesian_ridge",
        _classes(regressor="sklearn.linear_model.BayesianRidge"),
        "ridge that finds its own strength",
        scaling="standard",
    ),
    Algorithm(
        "huber",
        _classes(regressor="sklearn.linear_model.HuberRegressor"),
        "a weighted sum that outliers do not pull",
        scaling="standard",
        defaults={"max_iter": 1000},
    ),
    Algorithm(
        "quantile_regression",
        _classes(regressor="sklearn.linear_model.QuantileRegressor"),
        "a weighted sum that predicts a quantile, the median by default",
        scaling="standard",
    ),
    Algorithm(
        "poisson",
        _classes(regressor="sklearn.linear_model.PoissonRegressor"),
        "a generalised linear model for counts",
        scaling="standard",
        defaults={"max_iter": 1000},
    ),
    Algorithm(
        "gamma",
        _classes(regressor="sklearn.linear_model.GammaRegressor"),
        "a generalised linear model for positive amounts",
        scaling="standard",
        defaults={"max_iter": 1000},
    ),
    Algorithm(
        "tweedie",
        _classes(regressor="sklearn.linear_model.TweedieRegressor"),
        "a generalised linear model for amounts that are often 0",
        scaling="standard",
        defaults={"max_iter": 1000},
    ),
    Algorithm(
        "sgd",
        _classes(
            "sklearn.linear_model.SGDClassifier",
            "sklearn.linear_model.SGDRegressor",
            anomaly="sklearn.linear_model.SGDOneClassSVM",
        ),
        "a linear model fitted row by row, for many rows",
        scaling="standard",
    ),
    Algorithm(
        "linear_discriminant",
        _classes("sklearn.discriminant_analysis.LinearDiscriminantAnalysis"),
        "straight borders between normal distributions",
        probabilities=_CLASSES,
    ),
    Algorithm(
        "quadratic_discriminant",
        _classes("sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis"),
        "curved borders between normal distributions",
        probabilities=_CLASSES,
    ),
)

_OTHERS: tuple[Algorithm, ...] = (
    Algorithm(
        "knn",
        _classes("sklearn.neighbors.KNeighborsClassifier", "sklearn.neighbors.KNeighborsRegressor"),
        "the nearest training rows",
        probabilities=_CLASSES,
        scaling="standard",
    ),
    Algorithm(
        "svm",
        _classes("sklearn.svm.SVC", "sklearn.svm.SVR"),
        "the widest margin, with a kernel",
        probabilities=_CLASSES,
        calibrated=_CLASSES,
        scaling="standard",
        fixed={"probability": _CALIBRATED},
    ),
    Algorithm(
        "linear_svm",
        _classes("sklearn.svm.LinearSVC", "sklearn.svm.LinearSVR"),
        "the widest margin with a straight border",
        scaling="standard",
        defaults={"max_iter": 10_000},
    ),
    Algorithm(
        "naive_bayes",
        _classes("sklearn.naive_bayes.GaussianNB"),
        "features as independent normal distributions",
        probabilities=_CLASSES,
    ),
    Algorithm(
        "bernoulli_naive_bayes",
        _classes("sklearn.naive_bayes.BernoulliNB"),
        "features as independent yes-or-no answers",
        probabilities=_CLASSES,
        scaling="standard",
    ),
    Algorithm(
        "multinomial_naive_bayes",
        _classes("sklearn.naive_bayes.MultinomialNB"),
        "features as counts of words; none may be negative",
        probabilities=_CLASSES,
        scaling="minmax",
    ),
    Algorithm(
        "complement_naive_bayes",
        _classes("sklearn.naive_bayes.ComplementNB"),
        "counts of words, for unbalanced classes; none may be negative",
        probabilities=_CLASSES,
        scaling="minmax",
    ),
    Algorithm(
        "mlp",
        _classes("sklearn.neural_network.MLPClassifier", "sklearn.neural_network.MLPRegressor"),
        "a small neural network",
        probabilities=_CLASSES,
        scaling="standard",
        defaults={"max_iter": 500},
    ),
    Algorithm(
        "gaussian_process",
        _classes(
            "sklearn.gaussian_process.GaussianProcessClassifier", "sklearn.gaussian_process.GaussianProcessRegressor"
        ),
        "smooth functions through the training rows; for few rows",
        probabilities=_CLASSES,
        scaling="standard",
    ),
)

_CLUSTERS: tuple[Algorithm, ...] = (
    Algorithm(
        "kmeans", _classes(cluster="sklearn.cluster.KMeans"), "rows to the nearest of k centres", scaling="standard"
    ),
    Algorithm(
        "mini_batch_kmeans",
        _classes(cluster="sklearn.cluster.MiniBatchKMeans"),
        "k-means for many rows",
        scaling="standard",
    ),
    Algorithm(
        "bisecting_kmeans",
        _classes(cluster="sklearn.cluster.BisectingKMeans"),
        "k-means by halving clusters",
        scaling="standard",
    ),
    Algorithm(
        "gaussian_mixture",
        _classes(cluster="sklearn.mixture.GaussianMixture"),
        "a mixture of normal distributions",
        scaling="standard",
    ),
    Algorithm(
        "bayesian_gaussian_mixture",
        _classes(cluster="sklearn.mixture.BayesianGaussianMixture"),
        "a mixture that finds out how many normal distributions it needs",
        scaling="standard",
    ),
    Algorithm(
        "dbscan",
        _classes(cluster="sklearn.cluster.DBSCAN"),
        "dense regions; lonely rows are in no cluster (-1)",
        scaling="standard",
        predicts=False,
    ),
    Algorithm(
        "hdbscan",
        _classes(cluster="sklearn.cluster.HDBSCAN"),
        "dense regions of different density; lonely rows are in no cluster (-1)",
        takes_missing=("cluster",),
        scaling="standard",
        predicts=False,
    ),
    Algorithm(
        "optics",
        _classes(cluster="sklearn.cluster.OPTICS"),
        "dense regions, ordered by reachability; lonely rows are in no cluster (-1)",
        scaling="standard",
        predicts=False,
    ),
    Algorithm(
        "agglomerative",
        _classes(cluster="sklearn.cluster.AgglomerativeClustering"),
        "the nearest clusters joined until so many are left",
        scaling="standard",
        predicts=False,
    ),
    Algorithm(
        "spectral",
        _classes(cluster="sklearn.cluster.SpectralClustering"),
        "regions that hang together",
        scaling="standard",
        predicts=False,
    ),
    Algorithm(
        "birch",
        _classes(cluster="sklearn.cluster.Birch"),
        "a tree of small clusters, for many rows",
        scaling="standard",
    ),
    Algorithm(
        "mean_shift", _classes(cluster="sklearn.cluster.MeanShift"), "the peaks of the density", scaling="standard"
    ),
    Algorithm(
        "affinity_propagation",
        _classes(cluster="sklearn.cluster.AffinityPropagation"),
        "rows choose a row that stands for them",
        scaling="standard",
    ),
)

_ANOMALIES: tuple[Algorithm, ...] = (
    Algorithm(
        "isolation_forest",
        _classes(anomaly="sklearn.ensemble.IsolationForest"),
        "rows that few random cuts set apart",
        takes_missing=("anomaly",),
    ),
    Algorithm(
        "local_outlier_factor",
        _classes(anomaly="sklearn.neighbors.LocalOutlierFactor"),
        "rows in thinner regions than their neighbours",
        scaling="standard",
        sets={"novelty": True},
        fixed={"novelty": _NOVELTY},
    ),
    Algorithm(
        "one_class_svm",
        _classes(anomaly="sklearn.svm.OneClassSVM"),
        "rows outside the border around most",
        scaling="standard",
    ),
    Algorithm(
        "elliptic_envelope",
        _classes(anomaly="sklearn.covariance.EllipticEnvelope"),
        "rows far from the middle of one normal distribution",
    ),
)

ALGORITHMS: Mapping[str, Algorithm] = {
    algorithm.name: algorithm for group in (_TREES, _LINEAR, _OTHERS, _CLUSTERS, _ANOMALIES) for algorithm in group
}
"""Every algorithm by name."""
