"""Suspicious features, found in the training rows: one that gives the target away, one that only tells rows apart.

A feature is judged alone, before anything is fitted, by how well it ranks rows it has not seen: screening of single
features for what predicts too well, as Kaufman, Rosset and Perlich propose ("Leakage in Data Mining", 2012). Its values
(numbers in bins of about equal size, missing as a value of its own) become the mean of the target among the rows of the
other folds. For classes what counts is the area under the ROC curve, of each class against the rest, the least of them;
for a number the share of variance explained. Where numbers are in the target's order, ranks alone tell, without bins.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from mldsl.plan.nodes import ModelBody
from mldsl.runtime.findings import Finding
from mldsl.runtime.models.features import Encoder, Feature, Floats, Ints
from mldsl.runtime.models.transformers import TargetMeans
from mldsl.runtime.models.workbench import Material

_ALMOST = 0.999  # of an area under the curve, or of a share of variance
_FEWEST_ROWS, _FEWEST_OF_A_CLASS = 60, 10  # with fewer, chance alone may rank them well
_MOST_ROWS = 5_000  # evenly spaced ones of more, so that the look stays cheap
_BINS, _FOLDS = 64, 5
_NEARLY_UNIQUE = 0.9


def suspects(body: ModelBody, encoder: Encoder, frame: pl.DataFrame, material: Material) -> Iterator[Finding]:
    """What is found about the features of these training rows."""
    yield from _identifiers(encoder, frame)
    if body.target is None or material.target is None:
        return
    step = -(-material.matrix.rows // _MOST_ROWS)
    numbers, truth = material.matrix.numbers[::step], material.target[::step]
    classes = body.task != "regression"
    if not _enough(truth, classes):
        return
    for feature in encoder.numeric:
        columns = numbers[:, list(encoder.places(feature.name))]
        parts = zip(columns.T, feature.parts, strict=True)
        strength = max(_strength(column, part, truth, classes) for column, part in parts)
        if strength >= _ALMOST:
            yield _telltale(feature.name, body.target.name, strength, classes)


def _identifiers(encoder: Encoder, frame: pl.DataFrame) -> Iterator[Finding]:
    for feature in encoder.numeric:
        if feature.kind != "string" or frame.height < _FEWEST_ROWS:
            continue
        different = len(feature.categories)
        if different >= _NEARLY_UNIQUE * frame.height:
            yield Finding(
                "ML308",
                f"`{feature.name}` has {different:,} different values in {frame.height:,} training rows: it tells rows "
                "apart, and says nothing about new ones",
                f"give it the role `key`, or leave it out: `features: all except ({feature.name})`",
            )


def _telltale(name: str, target: str, strength: float, classes: bool) -> Finding:
    measure = "an area under the ROC curve" if classes else "a share of explained variance"
    return Finding(
        "ML314",
        f"`{name}` alone predicts `{target}` almost perfectly, with {measure} of {strength:.4f}",
        "if it is not known yet when the model is asked, give it the role `after`, or leave it out: "
        f"`features: all except ({name})`",
    )


def _enough(truth: Floats | Ints, classes: bool) -> bool:
    if len(truth) < _FEWEST_ROWS:
        return False
    counts = np.unique(truth, return_counts=True)[1]
    return len(counts) > 1 and (not classes or bool(counts.min() >= _FEWEST_OF_A_CLASS))


def _strength(column: Floats, feature: Feature, truth: Floats | Ints, classes: bool) -> float:
    """How well one column predicts, from 0 to 1."""
    if np.isnan(column).all():
        return 0.0
    ordered = feature.kind not in ("enum", "string", "bool")
    codes = _binned(column) if ordered else column
    rows = np.arange(len(truth))
    dealt = np.random.default_rng(0).permutation(rows) % _FOLDS
    folds = [(rows[dealt != number], rows[dealt == number]) for number in range(_FOLDS)]
    means = TargetMeans(classes, False, folds).fit_transform(codes[:, None], truth)
    direct = ordered and not np.isnan(column).any()
    if not classes:
        explained = 1 - float(np.mean((truth - means[:, 0]) ** 2)) / float(np.var(truth))
        return max(explained, _ranks_agree(column, truth) if direct else 0.0)
    found = []
    for place, number in enumerate(np.unique(truth)):
        area = _area(means[:, place], truth == number)
        alone = _area(column, truth == number) if direct else 0.5
        found.append(max(area, alone, 1 - alone))
    return min(found)


def _binned(column: Floats) -> Floats:
    """The number of each value's bin; missing stays missing."""
    known = column[~np.isnan(column)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.where(np.isnan(column), np.nan, np.searchsorted(edges, column, side="right"))


def _area(score: Floats, positive: Ints) -> float:
    """The area under the ROC curve; ties count half."""
    ranks = _ranks(score)
    ups = int(positive.sum())
    downs = len(score) - ups
    return float((ranks[positive].sum() - ups * (ups + 1) / 2) / (ups * downs))


def _ranks_agree(column: Floats, truth: Floats | Ints) -> float:
    """The square of Spearman's correlation."""
    left, right = _ranks(column), _ranks(np.asarray(truth, np.float64))
    if left.std() == 0 or right.std() == 0:
        return 0.0
    return float(np.corrcoef(left, right)[0, 1] ** 2)


def _ranks(values: Floats) -> Floats:
    return np.asarray(pl.Series(values).rank("average").to_numpy(), np.float64)
