"""How often a gate of 95% lets a model through that is exactly at its threshold, or no better than the champion.

    python -m benchmarks.gates [--cases 2000] [--rows 100 1000] [--kind plain groups champion] [--metric f1 ...]

Simulated models, whose true metrics are those on millions of rows. `wrong` is the share of cases in which the gate says
that the model is better than its true value, `opposite` that it is worse. 5% are asked, and chance adds about one: of
2,000 cases of 5%, more than 6% come once in 50. `power` is the share that is let through where the model is better than
asked by 2.5 times what the metric varies; a test that knew this spread, of a normal metric, would let 80% through.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from math import sqrt

import numpy as np

from mldsl.catalog.metrics import METRICS
from mldsl.catalog.types import FLOAT
from mldsl.plan.expressions import Call, Expression, MetricRef
from mldsl.runtime.evaluation import bootstrap
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.conditions import Subject
from mldsl.runtime.evaluation.judged import Floats, Ints, Judged
from mldsl.runtime.evaluation.metrics import metric_value
from mldsl.runtime.evaluation.verdicts import interval_of

RESAMPLES = 500
POOLS = 24
"""So many sets of resamples are drawn once and shared by the cases, which are what varies."""
IN_A_UNIT = 4
AWAY = 2.5

Random = np.random.Generator
Noise = Callable[[Random, int], Floats]
"""Random numbers of variance 1."""


# --- models ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """What rows look like, and the metrics that are looked at; `judge` gives models on the same rows."""

    metrics: tuple[str, ...]
    judge: Callable[[Random, int, list[Floats]], list[Judged]]
    noise: Noise


def normal(random: Random, rows: int) -> Floats:
    return random.normal(size=rows)


def heavy(random: Random, rows: int) -> Floats:
    return random.standard_t(5, size=rows) / sqrt(5 / 3)


def numbers(random: Random, rows: int, noises: list[Floats]) -> list[Judged]:
    truth = random.normal(0, 2, rows)
    return [Judged("regression", truth, truth + noise) for noise in noises]


def two_classes(share: float, apart: float) -> Callable[[Random, int, list[Floats]], list[Judged]]:
    def judge(random: Random, rows: int, noises: list[Floats]) -> list[Judged]:
        truth = (random.random(rows) < share).astype(np.int64)
        found = []
        for noise in noises:
            score = noise + apart * truth
            chance = 1 / (1 + np.exp(-(apart * score - apart**2 / 2 + np.log(share / (1 - share)))))
            found.append(Judged("binary", truth, (chance >= 0.5).astype(np.int64), chance))
        return found

    return judge


def three_classes(random: Random, rows: int, noises: list[Floats]) -> list[Judged]:
    shares = np.array([0.6, 0.3, 0.1])
    truth = random.choice(3, size=rows, p=shares)
    found = []
    for noise in noises:
        place = 1.5 * truth + noise
        chance = np.exp(-((place[:, None] - 1.5 * np.arange(3)) ** 2) / 2) * shares
        chance /= chance.sum(axis=1, keepdims=True)
        found.append(Judged("multiclass", truth, chance.argmax(axis=1), chance, classes=3))
    return found


_NUMBERS = ("rmse", "mae", "r2", "median_error")
_BINARY = ("accuracy", "precision", "recall", "f1", "balanced_accuracy", "mcc", "roc_auc", "average_precision",
           "log_loss", "brier")  # fmt: skip
_MULTI = ("f1_macro", "f1_weighted", "balanced_accuracy", "roc_auc_ovr", "log_loss")

DATA = {
    "normal errors": Data(_NUMBERS, numbers, normal),
    "t(5) errors": Data(_NUMBERS, numbers, heavy),
    "30% positive": Data(_BINARY, two_classes(0.3, 1.5), normal),
    "10% positive": Data(_BINARY, two_classes(0.1, 1.5), normal),
    "three classes": Data(_MULTI, three_classes, normal),
}


def drawn(data: Data, random: Random, rows: int, kind: str) -> list[Judged]:
    """One model; two, equally good, beside a champion. In groups half of the noise is shared by the rows of a unit."""
    models = 2 if kind == "champion" else 1
    shared = np.zeros(rows)
    if kind == "groups":
        shared = np.repeat(data.noise(random, -(-rows // IN_A_UNIT)), IN_A_UNIT)[:rows]
    elif kind == "champion":
        shared = data.noise(random, rows)
    alike = {"plain": 0.0, "groups": 0.5, "champion": 0.8}[kind]
    noises = [sqrt(alike) * shared + sqrt(1 - alike) * data.noise(random, rows) for _ in range(models)]
    return data.judge(random, rows, noises)


# --- gates -----------------------------------------------------------------------------------------------------------


class Pooled(Resampler):
    """The same resamples as a resampler's, drawn once."""

    def _draws(self) -> Iterator[Floats]:
        yield from _drawn_once(self.rows, self.seed, self.units is not None)[0]

    def _gaps(self) -> Iterator[Floats]:
        yield from _drawn_once(self.rows, self.seed, self.units is not None)[1]


@cache
def units_of(rows: int) -> Ints:
    return np.arange(rows) // IN_A_UNIT


@cache
def _drawn_once(rows: int, seed: int, grouped: bool) -> tuple[list[Floats], list[Floats]]:
    resampler = Resampler(rows, seed, units_of(rows) if grouped else None)
    return list(resampler._draws()), list(resampler._gaps())


def quantity(name: str, kind: str) -> Expression:
    one = MetricRef(type=FLOAT, name=name, of="model")
    if kind != "champion":
        return one
    return Call(type=FLOAT, function="subtract", arguments=(one, MetricRef(type=FLOAT, name=name, of="champion")))


@dataclass
class Tally:
    """What came of the cases of one metric: its values, and the bounds that were found of them."""

    values: list[float]
    bounds: list[tuple[float, float]]

    def row(self, truth: float, greater_is_better: bool) -> tuple[float, float, float]:
        low, high = (np.array(side) for side in zip(*self.bounds, strict=True))
        away = AWAY * float(np.nanstd(self.values))
        if greater_is_better:
            return float((low > truth).mean()), float((high < truth).mean()), float((low > truth - away).mean())
        return float((high < truth).mean()), float((low > truth).mean()), float((high < truth + away).mean())


def simulate(data: Data, rows: int, kind: str, cases: int) -> dict[str, Tally]:
    random = np.random.default_rng(rows)
    found = {name: Tally([], []) for name in data.metrics}
    units = units_of(rows) if kind == "groups" else None
    for case in range(cases):
        judged = drawn(data, random, rows, kind)
        subject = Subject(judged[0], champion=judged[1] if kind == "champion" else None)
        resampler = Pooled(rows, case % POOLS, units)
        for name, tally in found.items():
            asked = quantity(name, kind)
            value = subject.value(asked)
            interval = None if value is None else interval_of(asked, subject, resampler, 0.95)
            tally.values.append(np.nan if value is None else value)
            tally.bounds.append((-np.inf, np.inf) if interval is None else (interval.low, interval.high))
    return found


def truths(data: Data, kind: str) -> dict[str, float]:
    if kind == "champion":
        return dict.fromkeys(data.metrics, 0.0)
    samples = [drawn(data, np.random.default_rng(seed), 1_000_000, kind)[0] for seed in range(4)]
    return {name: float(np.mean([metric_value(name, judged) for judged in samples])) for name in data.metrics}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--kind", nargs="+", default=["plain", "groups", "champion"])
    parser.add_argument("--data", nargs="+", default=list(DATA))
    parser.add_argument("--metric", nargs="+", default=list(METRICS), help="only these")
    given = parser.parse_args()
    bootstrap.MOST_RESAMPLES = RESAMPLES
    print("| data | rows | | metric | wrong % | opposite % | power % |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name in given.data:
        data = replace(DATA[name], metrics=tuple(it for it in DATA[name].metrics if it in given.metric))
        for kind in given.kind:
            true = truths(data, kind)
            for rows in given.rows:
                for metric, tally in simulate(data, rows, kind, given.cases).items():
                    told = (100 * share for share in tally.row(true[metric], METRICS[metric].greater_is_better))
                    print(f"| {name} | {rows:,} | {kind} | {metric} | " + " | ".join(f"{it:.1f}" for it in told) + " |",
                          flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
