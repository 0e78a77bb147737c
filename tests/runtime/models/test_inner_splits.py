"""Whatever divides training rows does so as the split divides its table: seen from inside the estimators."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mldsl.catalog.types import Type
from mldsl.plan.nodes import Folds, PythonCode, Range, Threshold, Tune
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.calibration import fit_calibrator
from mldsl.runtime.models.features import make_encoder
from mldsl.runtime.models.folds import Divider, make_divider
from mldsl.runtime.models.preparation import Purpose, fit_preparation, rules_for
from tests.support.learning import Bench, algorithm, by_path, columns, model_body, rule

SPY = '''\
import json, pathlib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

SEEN = pathlib.Path(__file__).with_name("seen.jsonl")


class Spy(ClassifierMixin, BaseEstimator):
    """Writes down which rows it is fitted on, which it stops by, and which it is then asked about."""

    def __init__(self, weight=1.0, early_stopping=False):
        self.weight = weight
        self.early_stopping = early_stopping

    def fit(self, X, y, X_val=None, y_val=None):
        self.classes_ = np.unique(y)
        self.rows_ = X[:, 0].astype(int).tolist()
        if X_val is not None:
            self.tell("stop", X_val)
        return self

    def predict_proba(self, X):
        self.tell("ask", X)
        chance = 1 / (1 + np.exp(-self.weight * np.sin(X[:, 0])))
        return np.column_stack((1 - chance, chance))

    def predict(self, X):
        return (self.predict_proba(X)[:, 1] > 0.5).astype(int)

    def tell(self, why, X):
        with SEEN.open("a") as file:
            file.write(json.dumps([why, self.rows_, X[:, 0].astype(int).tolist()]) + "\\n")
'''

ROWS = 180
KINDS = {"group": Folds(group="house"), "time": Folds(time="day"), "stratify": Folds(stratify="area")}
USES: dict[str, dict[str, Any]] = {
    "comparing": {},
    "tuning": {"tune": Tune(metric="roc_auc", maximize=True, trials=3, cv=4)},
    "calibration": {"calibrate": "sigmoid"},
    "threshold": {"threshold": Threshold(metric="f1")},
    "early stopping": {"stops": True},
}


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    random = np.random.default_rng(4)
    return pl.DataFrame(
        {
            "row": np.arange(ROWS, dtype=np.float64),
            "house": random.integers(0, 30, ROWS),
            "day": random.integers(0, 90, ROWS),
            "area": np.where(random.random(ROWS) < 0.2, "far", "near").tolist(),
            "y": (random.random(ROWS) < 0.5).tolist(),
        }
    )


def pairs_seen(folder: Path) -> list[tuple[str, list[int], list[int]]]:
    lines = (folder / "seen.jsonl").read_text().splitlines()
    found = [tuple(json.loads(line)) for line in lines]
    # Loading the saved model tries it on rows of its own; nothing is learned from that.
    return [(why, fitted, asked) for why, fitted, asked in found if len(fitted) < ROWS]


def hold(kind: str, rows: pl.DataFrame, fitted: list[int], judged: list[int]) -> None:
    """Fail where these two sets of rows are not divided as a split of this kind divides."""
    assert not set(fitted) & set(judged)
    left, right = rows[fitted], rows[judged]
    match kind:
        case "group":
            assert not set(left["house"]) & set(right["house"])
        case "time":
            assert left["day"].max() < right["day"].min()
        case _:
            whole = (rows["area"] == "far").sum() / rows.height
            assert abs((right["area"] == "far").sum() - whole * right.height) <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("use", USES)
def test_what_is_learned_about_a_model_is_learned_on_rows_divided_as_the_split_divides(
    use: str, kind: str, rows: pl.DataFrame, bench: Bench
) -> None:
    (bench.folder / "spy.py").write_text(SPY)
    more = dict(USES[use])
    parameters: dict[str, Any] = {"early_stopping": True} if more.pop("stops", False) else {}
    if use == "tuning":
        parameters["weight"] = Range(range=(0.5, 2.0))
    spy = by_path(PythonCode(path="spy.py", name="Spy"), **parameters)
    other = by_path(PythonCode(path="spy.py", name="Spy"), weight=2.0)
    features = columns(row="float")
    body = model_body(
        "binary", features, [spy, other] if use == "comparing" else [spy], target=("y", "bool"),
        prepare=(rule("row", "pass"),), folds=KINDS[kind], **more,
    )  # fmt: skip
    bench.fit(body, rows)
    seen = pairs_seen(bench.folder)
    assert any(why == ("stop" if use == "early stopping" else "ask") for why, _, _ in seen)
    for _, fitted, judged in seen:
        hold(kind, rows, fitted, judged)


def test_a_weaker_split_would_be_seen(rows: pl.DataFrame) -> None:
    for kind in KINDS:
        fitted, judged = Divider(ROWS).folds(5, 0)[0]
        with pytest.raises(AssertionError):
            hold(kind, rows, fitted.tolist(), judged.tolist())


# --- what prepares ---------------------------------------------------------------------------------------------------

STOPPING: dict[str, dict[str, Any]] = {
    "gradient_boosting": {"early_stopping": True, "max_iter": 12},
    "xgboost": {"early_stopping_rounds": 3, "n_estimators": 12},
    "lightgbm": {"early_stopping_rounds": 3, "n_estimators": 12},
    "mlp": {"early_stopping": True, "max_iter": 12, "hidden_layer_sizes": [4]},
    "sgd": {"early_stopping": True, "loss": "log_loss", "max_iter": 12},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", STOPPING)
def test_rows_to_stop_by_have_no_part_in_what_prepares(name: str, kind: str, rows: pl.DataFrame, bench: Bench) -> None:
    body = model_body(
        "binary", columns(row="float"), [algorithm(name, "binary", **STOPPING[name])], target=("y", "bool"),
        prepare=(rule("row", ("scale", {"method": "standard"})),), folds=KINDS[kind],
    )  # fmt: skip
    found = bench.fit(body, rows)
    truth = rows["y"].cast(int).to_numpy()
    fitted, held_out = make_divider(KINDS[kind], rows, truth, ("false", "true")).folds_up_to(10, bench.seed)[-1]
    (scaler,) = found.model.preparation.blocks[0].steps
    assert scaler.mean_ == pytest.approx(rows["row"].to_numpy()[fitted].mean())
    assert len(fitted) + len(held_out) == ROWS
    assert scaler.mean_ != pytest.approx(rows["row"].mean())


@pytest.mark.parametrize("kind", KINDS)
def test_rows_for_a_sigmoid_have_no_part_in_what_prepares(kind: str, rows: pl.DataFrame, bench: Bench) -> None:
    """By hand: scaled and fitted on each fold's own rows, the scores of the others, one sigmoid over them."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    odd = rows.with_columns(row=(pl.col("row") % 7) ** 3)
    body = model_body(
        "binary", columns(row="float"), [algorithm("svm", "binary")], target=("y", "bool"),
        prepare=(rule("row", ("scale", {"method": "standard"})),), folds=KINDS[kind],
    )  # fmt: skip
    found = bench.fit(body, odd)
    values, truth = odd["row"].to_numpy()[:, None], odd["y"].cast(int).to_numpy()
    scores, seen = [], []
    for fitted, judged in make_divider(KINDS[kind], odd, truth, ("false", "true")).folds_up_to(5, bench.seed):
        by_hand = make_pipeline(StandardScaler(), SVC()).fit(values[fitted], truth[fitted])
        scores.append(by_hand.decision_function(values[judged]))
        seen.append(truth[judged])
    expected = fit_calibrator("sigmoid", np.concatenate(scores), np.concatenate(seen), None).curves[0]
    (curve,) = found.model.learner.calibrator.curves
    assert (curve.slope, curve.offset) == pytest.approx((expected.slope, expected.offset))


def test_a_network_stops_by_the_validation_part_and_keeps_its_best_epoch(bench: Bench) -> None:
    random = np.random.default_rng(1)
    frame = pl.DataFrame({"a": random.normal(size=300), "b": random.normal(size=300)})
    noisy = frame.with_columns(y=pl.Series((frame["a"] + random.normal(0, 2.0, 300)) > 0))
    network = algorithm("mlp", "binary", early_stopping=True, max_iter=400, learning_rate_init=0.05)
    body = model_body("binary", columns(a="float", b="float"), [network], target=("y", "bool"))
    found = bench.fit(body, noisy.head(200), noisy.tail(100)).model
    estimator = found.learner.estimator
    assert 10 < estimator.n_iter_ < 400 or 10 < estimator.t_ / 200 < 400
    assert estimator.early_stopping and isinstance(estimator.random_state, int)
    accuracy = np.mean(np.array(found.predict(noisy.tail(100))) == noisy["y"].tail(100).to_numpy())
    free = algorithm("mlp", "binary", max_iter=400, learning_rate_init=0.05, n_iter_no_change=400)
    body = model_body("binary", columns(a="float", b="float"), [free], target=("y", "bool"))
    other = bench.fit(body, noisy.head(200), noisy.tail(100)).model
    assert accuracy > np.mean(np.array(other.predict(noisy.tail(100))) == noisy["y"].tail(100).to_numpy())


# --- target encoding -------------------------------------------------------------------------------------------------


def encoded(rows: pl.DataFrame, folds: Folds, target: np.ndarray, task: str = "binary") -> np.ndarray:
    """What training rows get for `code`; the classes have no part in the folds, so that these stay when they change."""
    given = rule("code", ("encode", {"method": "target"}))
    encoder = make_encoder(columns(code="string"), [given], rows)
    purpose = Purpose(task, 1, make_divider(folds, rows, None, ()))
    return np.asarray(fit_preparation(rules_for([given], 0), encoder, encoder.encode(rows), target, purpose)[1])


@pytest.fixture(scope="module")
def coded(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(code=(pl.col("row").cast(int) % 9).cast(pl.String))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_by_group_an_encoding_knows_nothing_of_the_rows_own_group(task: str, coded: pl.DataFrame) -> None:
    random = np.random.default_rng(0)
    target = random.integers(0, 3 if task == "multiclass" else 2, ROWS)
    before, at_random = (encoded(coded, folds, target, task) for folds in (Folds(group="house"), Folds()))
    differs = []
    for house in range(30):
        own = (coded["house"] == house).to_numpy()
        changed = np.where(own, (target + 1) % (target.max() + 1), target)
        after = encoded(coded, Folds(group="house"), changed, task)
        assert after[own] == pytest.approx(before[own]), "the group's own targets are in the encoding"
        differs.append(not np.allclose(encoded(coded, Folds(), changed, task)[own], at_random[own]))
    assert any(differs), "random folds let the group's other rows in"


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_by_time_an_encoding_knows_nothing_of_later_rows(task: str, coded: pl.DataFrame) -> None:
    random = np.random.default_rng(0)
    target = random.integers(0, 2, ROWS)
    before = encoded(coded, Folds(time="day"), target, task)
    bounds = [int(coded["day"][judged.tolist()].min()) for _, judged in
              make_divider(Folds(time="day"), coded, None, ()).folds(5, 1)]  # fmt: skip
    for bound in bounds[:-1]:  # nothing comes after the last stretch that could learn from it
        early = (coded["day"] < bound).to_numpy()
        after = encoded(coded, Folds(time="day"), np.where(early, target, 1 - target), task)
        assert after[early] == pytest.approx(before[early])
        assert not np.allclose(after, before)


def test_the_earliest_rows_have_no_past_and_are_all_alike(coded: pl.DataFrame) -> None:
    target = np.random.default_rng(0).integers(0, 2, ROWS)
    first = coded["day"].to_numpy() < make_first_bound(coded)
    found = encoded(coded, Folds(time="day"), target)[first]
    assert found == pytest.approx(target[first].mean())


def make_first_bound(rows: pl.DataFrame) -> int:
    _, judged = make_divider(Folds(time="day"), rows, None, ()).folds(5, 1)[0]
    return int(rows["day"][judged.tolist()].min())


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_new_rows_get_what_scikit_learn_gives(task: str, coded: pl.DataFrame) -> None:
    from sklearn.preprocessing import TargetEncoder

    random = np.random.default_rng(2)
    target = random.normal(size=ROWS) if task == "regression" else random.integers(0, 3 - (task == "binary"), ROWS)
    gaps = pl.when(pl.col("row") % 7 == 0).then(None).otherwise(pl.col("code")).alias("code")
    frame = coded.with_columns(gaps)
    given = rule("code area", ("encode", {"method": "target"}))
    encoder = make_encoder(columns(code="string?", area=Type("string")), [given], frame)
    preparation, _ = fit_preparation(rules_for([given], 0), encoder, encoder.encode(frame), target, Purpose(task, 1))
    new = pl.DataFrame({"code": ["1", None, "never", "8"], "area": ["far", "near", "never", "far"]})
    kind = {"regression": "continuous"}.get(task, task)
    by_hand = TargetEncoder(target_type=kind).fit(encoder.encode(frame).numbers, target)
    expected = by_hand.transform(encoder.encode(new).numbers)
    assert np.asarray(preparation.transform(encoder.encode(new))) == pytest.approx(expected)


def test_few_groups_or_moments_make_fewer_folds_and_none_is_an_error() -> None:
    assert len(Divider(9, groups=np.array([0, 1, 2] * 3)).folds_up_to(5, 0)) == 3
    assert len(Divider(9, times=np.array([0, 1, 2] * 3)).folds_up_to(5, 0)) == 2
    with pytest.raises(StepFailed, match="2 folds by group need 2 groups"):
        Divider(9, groups=np.zeros(9, np.int64)).folds_up_to(5, 0)


# --- classes that would divide rows on their own ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["group", "time"])
def test_a_class_with_folds_of_its_own_is_refused_where_the_split_is_not_random(
    kind: str, rows: pl.DataFrame, bench: Bench
) -> None:
    own = by_path("sklearn.linear_model.LogisticRegressionCV", cv=3)
    body = model_body("binary", columns(row="float"), [own], target=("y", "bool"), folds=KINDS[kind])
    with pytest.raises(StepFailed, match="random folds, and the split is not random"):
        bench.fit(body, rows)


def test_a_class_does_not_hold_out_random_rows_unasked(rows: pl.DataFrame, bench: Bench) -> None:
    own = by_path("sklearn.ensemble.HistGradientBoostingClassifier", max_iter=3)
    many = pl.concat([rows] * 60).with_columns(row=pl.int_range(ROWS * 60).cast(pl.Float64))
    body = model_body("binary", columns(row="float"), [own], target=("y", "bool"), folds=KINDS["group"])
    assert not bench.fit(body, many).model.learner.estimator.do_early_stopping_
