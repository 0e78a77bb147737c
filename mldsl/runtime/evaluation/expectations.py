"""Expectations of an evaluation: each is judged, on all rows or on every slice, and told as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from mldsl.plan.nodes import Expectation
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.conditions import Subject, differing_columns
from mldsl.runtime.evaluation.judged import Ints, Judged
from mldsl.runtime.evaluation.slices import FEWEST_ROWS, Json, Slice, slices
from mldsl.runtime.evaluation.verdicts import Outcome, Verdict, judge, worst


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What expectations are judged on: rows with the columns that make slices, and what is resampled."""

    judged: Judged
    frame: pl.DataFrame
    units: Ints | None
    seed: int
    params: Mapping[str, object]

    def take(self, rows: Ints) -> Evidence:
        """Only these rows; units are numbered anew."""
        units = None if self.units is None else number(pl.Series(self.units[rows]))
        return Evidence(self.judged.take(rows), self.frame[rows], units, self.seed, self.params)


def number(column: pl.Series) -> Ints:
    """The values of a column as numbers from 0, the missing ones as one value."""
    ranks = column.rank("dense")
    return (ranks.fill_null((ranks.max() or 0) + 1).cast(pl.Int64) - 1).to_numpy()  # type: ignore[operator]


def slice_columns(expectations: tuple[Expectation, ...]) -> list[str]:
    """The columns that these expectations slice by."""
    found: dict[str, None] = {}
    for expectation in expectations:
        found |= dict.fromkeys([expectation.each] if expectation.each else [])
        found |= dict.fromkeys(sorted(differing_columns(expectation.condition)))
    return list(found)


def judge_expectation(expectation: Expectation, evidence: Evidence) -> Json:
    """What came of it: text, outcome, value, interval, and what else explains it."""
    if expectation.each is None:
        return {"text": expectation.text, **told(_verdict(expectation, evidence), expectation.confidence)}
    parts = slices(evidence.frame[expectation.each])
    each = [_slice(expectation, evidence, part) for part in parts]
    judged = [item for item in each if item["outcome"] != "not judged"]
    outcome: Outcome = worst([item["outcome"] for item in judged])
    decisive = next((item for item in judged if item["outcome"] == outcome), None)
    reason = None if judged else f"no slice of `{expectation.each}` has {FEWEST_ROWS} rows"
    shown = {name: decisive[name] for name in _SHOWN} if decisive else dict.fromkeys(_SHOWN)
    return {
        "text": expectation.text,
        "each": expectation.each,
        **shown,
        "outcome": outcome,
        "reason": reason or shown["reason"],
        "slices": each,
    }


_SHOWN = ("value", "threshold", "interval", "confidence", "method", "rows_needed", "reason")


def _slice(expectation: Expectation, evidence: Evidence, part: Slice) -> Json:
    """One slice; its value is told even where it is too small to be judged."""
    verdict = _verdict(expectation, evidence.take(part.rows))
    found = {"slice": part.value, "rows": len(part.rows), **told(verdict, expectation.confidence)}
    return found if part.judged else {**found, "outcome": "not judged", "reason": f"fewer than {FEWEST_ROWS} rows"}


def _verdict(expectation: Expectation, evidence: Evidence) -> Verdict:
    columns = sorted(differing_columns(expectation.condition))
    subject = Subject(
        evidence.judged, {column: slices(evidence.frame[column]) for column in columns}, evidence.params
    )  # fmt: skip
    resampler = Resampler(evidence.judged.rows, evidence.seed, evidence.units)
    return judge(expectation.condition, subject, resampler, expectation.confidence)


def told(verdict: Verdict, confidence: float | None) -> Json:
    """A verdict as plain JSON."""
    interval = verdict.interval
    return {
        "outcome": verdict.outcome,
        "value": verdict.value,
        "threshold": verdict.threshold,
        "interval": None if interval is None else [interval.low, interval.high],
        "confidence": confidence,
        "method": None if interval is None else interval.method,
        "rows_needed": verdict.rows_needed,
        "reason": verdict.reason,
    }
