"""The parameters' constraints, held against scikit-learn's own validation, XGBoost and LightGBM."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.utils import _param_validation as validation

from mldsl.catalog.algorithms import ALGORITHMS, known_classes, parameters
from mldsl.catalog.constraints import Interval, Kind, Options, ParameterSpec
from mldsl.catalog.parameters import version

ROOT = Path(__file__).parent.parent.parent
USED = sorted({path for item in ALGORITHMS.values() for path in item.classes.values() if path.startswith("sklearn.")})
SAME_MINOR = version("sklearn").split(".")[:2] == sklearn.__version__.split(".")[:2]
SAMPLES: tuple[object, ...] = (
    None, True, False, -2, -1, 0, 1, 2, 5, 100, 10**9, -1.0, -0.5, 0.0, 1e-9, 0.3, 0.5, 0.999, 1.0, 1.5, 2.0, 1e9,
    "auto", "sqrt", "l2", "balanced", "scale", "no such word", "", (3, 4), (0.5,), ("a", "b"),
)  # fmt: skip


def load(path: str) -> type:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def generator():
    spec = importlib.util.spec_from_file_location("generate_parameters", ROOT / "scripts" / "generate_parameters.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def accepted(cls: type, name: str, value: object) -> bool:
    """What scikit-learn says."""
    try:
        validation.validate_parameter_constraints(cls._parameter_constraints, {name: value}, cls.__name__)
    except validation.InvalidParameterError:
        return False
    return True


def words_of(spec: ParameterSpec) -> list[object]:
    """Every word that a parameter has, hidden ones too."""
    return [value for item in (*spec.constraints, *spec.hidden) if isinstance(item, Options) for value in item.values]


@pytest.mark.skipif(
    version("sklearn").rsplit(".", 1)[0] != sklearn.__version__.rsplit(".", 1)[0], reason="another version"
)
@pytest.mark.parametrize("path", USED)
def test_we_accept_what_scikit_learn_accepts(path: str) -> None:
    cls, disagreements = load(path), []
    for name, spec in parameters(path).items():
        for value in (*SAMPLES, *words_of(spec)):
            ours, theirs = spec.problem(value) is None, accepted(cls, name, value)
            if ours != theirs and not _on_purpose(spec, value, theirs):
                disagreements.append((name, value, "ours" if ours else "theirs"))
    assert not disagreements


def _on_purpose(spec: ParameterSpec, value: object, theirs: bool) -> bool:
    """To Python true is 1, and a string is a list of characters; to the language they are not."""
    return theirs and (
        isinstance(value, bool) or (isinstance(value, (str, tuple)) and Kind("object") in spec.constraints)
    )


@pytest.mark.parametrize("path", USED)
def test_names_and_defaults_are_those_of_the_class(path: str) -> None:
    found = parameters(path)
    signature = inspect.signature(load(path).__init__).parameters
    if version("sklearn") == sklearn.__version__:
        assert set(found) == set(signature) - {"self"}
    for name in set(found) & set(signature) if SAME_MINOR else ():
        default, spec = signature[name].default, found[name]
        if spec.default is not None:
            assert spec.default == default
        if not spec.deprecated and not isinstance(default, (type, float)):
            assert spec.problem(default) is None or default is inspect.Parameter.empty


def test_the_data_is_what_the_script_writes() -> None:
    """Tolerant of another scikit-learn: then the classes that both know must share half of their parameters."""
    script = generator()
    text = script.TARGET.read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content = script.generate()
    if content["version"] == version("sklearn"):
        assert text == script.render(content)
        return
    for path in USED:
        stored, fresh = set(parameters(path)), set(content["classes"][path]["parameters"])
        assert len(stored & fresh) >= 0.5 * len(stored | fresh), path


# --- XGBoost and LightGBM, whose data is written by hand -------------------------------------------------------------

BOOSTED = [*known_classes("xgboost"), *known_classes("lightgbm")]


@pytest.mark.parametrize("path", BOOSTED)
def test_names_and_defaults_are_those_of_the_estimator(path: str) -> None:
    pytest.importorskip(path.partition(".")[0])
    cls = load(path)
    theirs, ours = cls().get_params(), parameters(path)
    assert set(theirs) <= set(ours)
    for name, spec in ours.items():
        if name in theirs and not _is_nan(theirs[name]) and not path.startswith("xgboost.XGBRF"):
            assert spec.default == theirs[name], name


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


@pytest.mark.parametrize("path", ["lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor"])
def test_lightgbm_knows_the_names_that_its_estimator_hands_on(path: str) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    aliases = {alias for names in lightgbm.basic._ConfigAliases._get_all_param_aliases().values() for alias in names}
    known = aliases | set(lightgbm.basic._ConfigAliases._get_all_param_aliases())
    assert set(parameters(path)) - set(load(path)().get_params()) <= known


# Set together, so that the parameter in question is looked at.
COMPANIONS: dict[str, dict[str, object]] = {
    "rate_drop": {"booster": "dart"},
    "skip_drop": {"booster": "dart"},
    "drop_rate": {"boosting_type": "dart"},
    "alpha": {"objective": "quantile"},
    "fair_c": {"objective": "fair"},
    "poisson_max_delta_step": {"objective": "poisson"},
}
# Bounds that the documentation gives and the library does not check, or checks only with more around them.
UNCHECKED = {
    "colsample_bylevel", "colsample_bynode", "colsample_bytree", "subsample", "learning_rate", "n_estimators",
    "random_state", "early_stopping_rounds", "top_k", "verbosity", "subsample_freq", "quantile_alpha",
    "tweedie_variance_power", "poisson_max_delta_step",
}  # fmt: skip


@pytest.mark.parametrize("path", ["xgboost.XGBRegressor", "lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor"])
def test_bounds_are_where_the_library_has_them(path: str) -> None:
    library = path.partition(".")[0]
    pytest.importorskip(library)
    checked = 0
    for name, spec in parameters(path).items():
        for interval in spec.constraints:
            if isinstance(interval, Interval) and name not in UNCHECKED:
                for value in _around(interval):
                    checked += 1
                    assert _fits(path, name, value) == interval.accepts(value), (name, value)
    assert checked > 20


def _around(interval: Interval) -> list[float]:
    step = 1 if interval.number == "int" else 0.001
    low = [] if interval.low is None else [interval.low - step, interval.low, interval.low + step]
    high = [] if interval.high is None else [interval.high, interval.high + step]
    return low + high


def _fits(path: str, name: str, value: float) -> bool:
    quiet = {"verbosity": 0} if path.startswith("xgboost") else {"verbose": -1}
    features = np.random.default_rng(0).random((40, 2))
    target = features[:, 0] + 0.1 if path.endswith("Regressor") else (features[:, 0] > 0.5).astype(int)
    companions = COMPANIONS.get(name, {})
    if path.startswith("lightgbm") and name == "skip_drop":
        companions = {"boosting_type": "dart"}
    settings = {"n_estimators": 1, "n_jobs": 1, **quiet, **companions, name: value}
    try:
        load(path)(**settings).fit(features, target)
    except Exception:
        return False
    return True


# --- in words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name", "words"),
    [
        ("sklearn.linear_model.LogisticRegression", "C", "a number > 0"),
        ("sklearn.linear_model.LogisticRegression", "penalty", 'one of "elasticnet", "l1", "l2", or null'),
        ("sklearn.linear_model.LogisticRegression", "fit_intercept", "true or false"),
        ("sklearn.ensemble.HistGradientBoostingClassifier", "max_depth", "an int >= 1 or null"),
        ("sklearn.ensemble.HistGradientBoostingClassifier", "max_bins", "an int from 2 to 255"),
        ("sklearn.ensemble.HistGradientBoostingClassifier", "early_stopping", '"auto", true, or false'),
        ("xgboost.XGBClassifier", "subsample", "a number > 0 and <= 1 or null"),
        ("sklearn.neural_network.MLPClassifier", "hidden_layer_sizes", "a list or an int >= 1"),
    ],
)
def test_what_is_allowed_in_words(path: str, name: str, words: str) -> None:
    assert parameters(path)[name].describe() == words
    assert parameters(path)[name].problem(object()) == words


def test_one_and_one_point_zero_can_differ() -> None:
    spec = parameters("sklearn.ensemble.RandomForestClassifier")["max_features"]
    assert spec.problem(1) is None  # one feature
    assert spec.problem(1.0) is None  # all features
    assert spec.problem(2) is None
    assert spec.problem(2.0) == 'an int >= 1, a float > 0 and <= 1, one of "log2", "sqrt", or null'


def test_a_deprecated_parameter_is_marked_and_still_accepted() -> None:
    penalty = parameters("sklearn.linear_model.LogisticRegression")["penalty"]
    assert penalty.deprecated
    assert penalty.problem("l1") is None
    assert not parameters("sklearn.linear_model.LogisticRegression")["C"].deprecated


def test_a_python_object_cannot_be_written() -> None:
    spec = parameters("sklearn.gaussian_process.GaussianProcessRegressor")["kernel"]
    assert spec.problem(None) is None
    only = ParameterSpec("f", (Kind("object"),))
    assert "python(" in (only.problem(1) or "")


def test_a_bool_is_not_a_number() -> None:
    assert parameters("sklearn.linear_model.LogisticRegression")["C"].problem(True) == "a number > 0"
