"""What is served: a model, the way of a request to it, and what lies beside that way; and what answers requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from mldsl.catalog.types import Type
from mldsl.plan.nodes import ColumnSpec, ModelBody, Plan, SourceBody
from mldsl.plan.requests import RequestPath
from mldsl.records import record
from mldsl.runtime.models.artifact import FittedModel

Row = Mapping[str, object]
"""A request's values by the program's names of the source's columns: as Python has them, null as None."""
Answer = dict[str, object]
"""A row's predictions by the names of their columns; all null for a row that a `filter` on the way drops."""

_ALWAYS = ("key", "time", "entity", "sensitive")


@record
class Field:
    """A column of the source that a request carries.

    `name` is what it is called in the raw data, `column` in the program. What is not `required` changes no answer: it
    says which row it is, or is looked at when the answers are judged.
    """

    name: str
    column: str
    type: Type
    roles: tuple[str, ...] = ()
    required: bool = True


class Scorer(Protocol):
    """What answers requests."""

    fields: tuple[Field, ...]
    outputs: tuple[ColumnSpec, ...]

    def score(self, rows: Sequence[Row], at: datetime | None = None) -> list[Answer]:
        """The answers, in the rows' order; `at` is what `run_date` and `run_time` are taken from (UTC; now).

        Raises StepFailed where a row's values do not allow an answer.
        """

    def features(self, rows: pl.DataFrame, at: datetime | None = None) -> pl.DataFrame:
        """Many raw rows, typed and under the program's names, as the columns that the model looks at.

        The source's key columns are kept. Rows that a `filter` drops are gone.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """All that an answer needs.

    `params` are the parameters of the run that trained the model; `code` is the folder of the user's Python files;
    `tables` and `models` are by the ids of `RequestPath.lookups` and `models`. `room` is what the folder lives as long
    as.
    """

    plan: Plan
    step: str
    path: RequestPath
    model: FittedModel
    params: Mapping[str, object]
    code: Path
    tables: Mapping[str, pl.DataFrame]
    models: Mapping[str, FittedModel]
    room: object = None

    @property
    def body(self) -> ModelBody:
        """What the model's step does."""
        body = self.plan.step(self.step).body
        assert isinstance(body, ModelBody)
        return body

    @property
    def keys(self) -> tuple[ColumnSpec, ...]:
        """The source's key columns."""
        return tuple(spec for spec in self._source() if "key" in spec.roles)

    def fields(self) -> tuple[Field, ...]:
        """What a request carries, in the source's order."""
        return tuple(self._fields())

    def _fields(self) -> Iterator[Field]:
        needed = {spec.name for spec in self.path.columns}
        for spec in self._source():
            if spec.name in needed or ("after" not in spec.roles and any(role in _ALWAYS for role in spec.roles)):
                required = spec.name in needed
                type_ = spec.type if required else spec.type.with_null()
                yield Field(spec.raw or spec.name, spec.name, type_, spec.roles, required)

    def outputs(self) -> tuple[ColumnSpec, ...]:
        """The columns of the predictions; they may be null where a row may be dropped on its way."""
        drops = self.path.may_drop
        return tuple(replace(spec, type=spec.type.with_null()) if drops else spec for spec in self.body.outputs)

    def _source(self) -> tuple[ColumnSpec, ...]:
        body = self.plan.step(self.path.source).body
        assert isinstance(body, SourceBody)
        return body.columns

    def values_at(self, at: datetime | None) -> dict[str, object]:
        """The parameters at a moment: a request is a run of its own, at the time when it is made."""
        moment = at or datetime.now(UTC)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return {**self.params, "run_date": moment.date(), "run_time": moment.replace(microsecond=0)}
