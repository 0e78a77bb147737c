"""Gathers what a monitor judges: the rows that a deployed version answered, and what the registry keeps of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import polars as pl

from mldsl.plan.document import load as load_plan
from mldsl.plan.expressions import ColumnRef, Drift, MetricRef
from mldsl.plan.nodes import ModelBody, MonitorBody, Plan
from mldsl.plan.walk import descendants
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.monitoring.drift import MOST_ROWS
from mldsl.runtime.monitoring.evidence import Evidence, Labelled
from mldsl.runtime.monitoring.labels import Answered, labelled
from mldsl.runtime.registry import Registry, Version
from mldsl.runtime.store import Stored
from mldsl.runtime.work import Work


@dataclass
class Deployed:
    """A deployment that is watched: its registry, the version whose answers are judged, and what it keeps."""

    work: Work
    body: MonitorBody
    registry: Registry
    version: Version

    @cached_property
    def plan(self) -> Plan:
        """The plan that the version was made by."""
        return load_plan(self.registry.read(self.version, self.version.plan).decode("utf-8", "surrogatepass"))

    @property
    def model(self) -> ModelBody:
        """What its model does."""
        body = self.plan.step(self.version.model_step).body
        assert isinstance(body, ModelBody)
        return body

    @property
    def outputs(self) -> list[str]:
        """The columns of its predictions."""
        return [spec.name for spec in self.model.outputs]

    @property
    def now(self) -> datetime:
        """The run's time, in UTC."""
        moment = self.work.params["run_time"]
        assert isinstance(moment, datetime)
        return moment.replace(tzinfo=UTC)

    def kept(self, stored: Stored | None) -> pl.DataFrame | None:
        """Rows that the registry keeps of the version."""
        if stored is None:
            return None
        return pl.read_parquet(io.BytesIO(self.registry.read(self.version, stored)), glob=False)

    def evidence(self, rows: Rows) -> Evidence:
        """Everything that the expectations need, of these rows."""
        training = self.kept(self.version.reference)
        if training is None:
            message = f"version {self.version.number} of `{self.registry.name}` was registered without training rows"
            raise StepFailed(message, "train it again: `mldsl run`")
        judged = self.kept(self.version.judged)
        return Evidence(
            training=training,
            expected=training if judged is None else judged,
            batch=rows.features,
            answers=rows.answers,
            outputs=rows.outputs,
            data=rows.data,
            until=rows.until,
            labelled=self._labelled(rows),
            hidden=rows.hidden,
            params=self.work.params,
            seed=self.work.seed,
        )

    def _labelled(self, rows: Rows) -> dict[int, Labelled]:
        periods = {node.period for node in observed(self.body) if isinstance(node, MetricRef) and node.period}
        return {period: labelled(self, rows.answered(period)) for period in sorted(periods)}


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows that were answered: their features and the predictions, as `Evidence` has them.

    `answered` gives the predictions of a period (in microseconds) up to now, with the key of each.
    """

    features: pl.DataFrame
    answers: pl.DataFrame
    outputs: Sequence[str]
    data: str
    until: datetime
    hidden: dict[str, str]
    answered: Callable[[int], Answered]


def observed(body: MonitorBody) -> Iterable[object]:
    """Every node of the conditions."""
    return (node for item in body.expectations for node in descendants(item.condition))


def wanted_columns(body: MonitorBody) -> list[str]:
    """The columns that the conditions look at."""
    found: dict[str, None] = {}
    for node in observed(body):
        match node:
            case Drift(columns=columns):
                found |= dict.fromkeys(columns)
            case ColumnRef(name=name):
                found[name] = None
    return list(found)


def sampled(frame: pl.LazyFrame, rows: int, seed: int) -> pl.DataFrame:
    """The frame, or as many of its rows as are looked at."""
    if rows <= MOST_ROWS:
        return frame.collect()
    chosen = pl.Series(np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False)), dtype=pl.UInt32)
    row = "\x1frow"
    return frame.with_row_index(row).filter(pl.col(row).is_in(chosen.implode())).drop(row).collect()
