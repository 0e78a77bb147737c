"""Gates on simulated models: one exactly at its threshold, or no better than the champion, passes a 95% gate seldom."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

from mldsl.catalog.types import BOOL, FLOAT
from mldsl.plan.expressions import Call, Constant, MetricRef
from mldsl.runtime.evaluation import bootstrap
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.conditions import Subject
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.metrics import metric_value
from mldsl.runtime.evaluation.verdicts import judge

Random = np.random.Generator
CASES = 200
MOST = 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / CASES)
"""Of so many cases, what a level of 5% stays below in 99.5%."""


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the resamples gives the same bounds but for a little noise, in a quarter of the time."""
    monkeypatch.setattr(bootstrap, "MOST_RESAMPLES", 500)


def metric(name: str, of: str = "model") -> MetricRef:
    return MetricRef(type=FLOAT, name=name, of=of)


def compared(function: str, left: object, right: object) -> Call:
    return Call(type=BOOL, function=function, arguments=(left, right))


def passes(condition: Call, subject: Subject, seed: int) -> bool:
    return judge(condition, subject, Resampler(subject.judged.rows, seed), 0.95).outcome == "passed"


def binary(random: Random, rows: int, apart: float = 1.5, share: float = 0.3) -> Judged:
    """Scores of two normal distributions; what is likelier is said."""
    truth = (random.random(rows) < share).astype(np.int64)
    score = random.normal(size=rows) + apart * truth
    chance = 1 / (1 + np.exp(-(apart * score - apart**2 / 2 + np.log(share / (1 - share)))))
    return Judged("binary", truth, (chance >= 0.5).astype(np.int64), chance)


def normal_errors(random: Random, rows: int) -> Judged:
    truth = random.normal(0, 2, rows)
    return Judged("regression", truth, truth + random.normal(size=rows))


@cache
def large(name: str, made: Callable[[Random, int], Judged]) -> float:
    """What the metric comes to on so many rows that chance does not matter."""
    found = [metric_value(name, made(np.random.default_rng(seed), 200_000)) for seed in range(3)]
    return float(np.mean([value for value in found if value is not None]))


@pytest.mark.parametrize("rows", [100, 300])
@pytest.mark.parametrize("name", ["accuracy", "recall", "precision", "roc_auc", "f1", "mcc", "rmse", "mae"])
def test_a_model_at_its_threshold_passes_in_one_of_twenty_cases_at_most(name: str, rows: int) -> None:
    made = normal_errors if name in ("rmse", "mae") else binary
    bound = Constant(type=FLOAT, value=large(name, made))
    condition = compared("less_equal" if name in ("rmse", "mae") else "greater_equal", metric(name), bound)
    random = np.random.default_rng(rows)
    passed = sum(passes(condition, Subject(made(random, rows)), case) for case in range(CASES))
    assert passed / CASES <= MOST


def student_errors(random: Random, rows: int) -> Judged:
    """Errors with a heavy tail: the mean of their squares is made of few."""
    truth = random.normal(0, 2, rows)
    return Judged("regression", truth, truth + random.standard_t(5, rows))


def few_positive(random: Random, rows: int) -> Judged:
    return binary(random, rows, share=0.1)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("rmse", normal_errors),
        ("rmse", student_errors),
        ("r2", normal_errors),
        ("f1", few_positive),
        ("mcc", few_positive),
        ("log_loss", few_positive),
    ],
)
def test_neither_side_of_skewed_metrics_is_too_sure(name: str, made: Callable[[Random, int], Judged]) -> None:
    """Gates of 100 rows: one for at least the true value, one for at most that. (All metrics: benchmarks/gates.py.)"""
    bound, random, cases = Constant(type=FLOAT, value=large(name, made)), np.random.default_rng(5), 500
    condition = compared("greater_equal", metric(name), bound)
    found = [judge(condition, Subject(made(random, 100)), Resampler(100, case), 0.95).outcome for case in range(cases)]
    for outcome in ("passed", "failed"):
        assert found.count(outcome) / cases <= 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / cases)


@pytest.mark.parametrize("area", [0.7, 0.85, 0.95])
@pytest.mark.parametrize(("ups", "downs"), [(10, 90), (30, 270)])
def test_the_area_under_the_curve_of_few_positive_rows_is_no_surer(area: float, ups: int, downs: int) -> None:
    random, truth = np.random.default_rng(ups), np.repeat([1, 0], [ups, downs])
    condition = compared("greater_equal", metric("roc_auc"), Constant(type=FLOAT, value=area))
    apart = norm.ppf(area) * np.sqrt(2)
    passed = 0
    for case in range(CASES):
        scores = random.normal(size=len(truth)) + apart * truth
        passed += passes(condition, Subject(Judged("binary", truth, truth, scores)), case)
    assert passed / CASES <= MOST


def twins(random: Random, rows: int, alike: float) -> tuple[Judged, Judged]:
    """Two equally good models, with scores that have so much in common."""
    truth = (random.random(rows) < 0.3).astype(np.int64)
    shared = np.sqrt(alike) * random.normal(size=rows)
    found = []
    for _ in range(2):
        score = shared + np.sqrt(1 - alike) * random.normal(size=rows) + 1.5 * truth
        chance = 1 / (1 + np.exp(-(1.5 * score - 1.5**2 / 2 + np.log(0.3 / 0.7))))
        found.append(Judged("binary", truth, (chance >= 0.5).astype(np.int64), chance))
    return found[0], found[1]


@pytest.mark.parametrize("alike", [0.5, 0.99])
@pytest.mark.parametrize("name", ["accuracy", "recall", "roc_auc", "f1", "mcc"])
def test_an_equally_good_model_is_promoted_in_one_of_twenty_cases_at_most(name: str, alike: float) -> None:
    random = np.random.default_rng(3)
    better = compared("greater", metric(name), metric(name, "champion"))
    promoted = 0
    for case in range(CASES):
        one, other = twins(random, 150, alike)
        promoted += passes(better, Subject(one, champion=other), case)
    assert promoted / CASES <= MOST


@pytest.mark.parametrize("name", ["accuracy", "recall", "precision", "roc_auc", "f1", "log_loss"])
def test_the_very_same_model_is_never_better(name: str) -> None:
    one = binary(np.random.default_rng(1), 200)
    sides = ("greater", "less") if name != "log_loss" else ("less", "greater")
    for function in sides:
        better = compared(function, metric(name), metric(name, "champion"))
        assert not passes(better, Subject(one, champion=one), 0)


def test_a_model_that_is_much_better_is_promoted() -> None:
    random = np.random.default_rng(4)
    one = binary(random, 400, 3.0)
    noise = np.clip(one.scores + random.normal(0, 1, 400), 0, 1)
    other = Judged("binary", one.truth, (noise >= 0.5).astype(np.int64), noise)
    for name in ("accuracy", "recall", "roc_auc", "f1", "mcc"):
        assert passes(compared("greater", metric(name), metric(name, "champion")), Subject(one, champion=other), 0)
