"""What an endpoint answered, from the log of its predictions, as a monitor looks at it.

The log has raw rows: the features are made of them by the same transforms as in training. Keys are masked there, and
sensitive columns left out, unless the server was told otherwise: features that are made of these are not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from mldsl.plan.nodes import ModelBody, Plan
from mldsl.plan.requests import request_path
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.masking import salt_of
from mldsl.runtime.monitoring.gather import Deployed, Rows, sampled
from mldsl.runtime.monitoring.labels import Answered
from mldsl.runtime.predictions import log_days, log_folder
from mldsl.runtime.scoring import Field, Scorer, scorer

_MASK = "^[0-9a-f]{32}$"
_DAY = "\x1fday"


def served_rows(deployed: Deployed) -> Rows:
    """The rows of the last `every`; labels are looked for in the period that each metric names."""
    since = deployed.now - timedelta(seconds=deployed.body.every)
    log, served = _log(deployed, since), scorer(deployed.version, deployed.work.store)
    counts = [_count(frame) for frame in log]
    if not sum(counts):
        nothing = pl.DataFrame(schema={spec.name: polars_type(spec.type) for spec in deployed.model.features})
        answers = pl.DataFrame(schema=dict.fromkeys(deployed.outputs, pl.Float64))
        return Rows(nothing, answers, deployed.outputs, "nothing", since, {}, _answered(deployed, served.fields))
    rows = sampled(pl.concat(log, how="vertical_relaxed"), sum(counts), deployed.work.seed)
    hidden = [field for field in served.fields if _is_hidden(rows, field)]
    until = rows[_time(rows)].max()
    assert isinstance(until, datetime)
    return Rows(
        _features(served, rows, hidden),
        rows.select(deployed.outputs).drop_nulls(deployed.outputs[:1]),
        deployed.outputs,
        f"{sum(counts)} rows until {until.isoformat()}",
        until,
        dict(_made_of(deployed.plan, deployed.version.model_step, {field.column for field in hidden})),
        _answered(deployed, served.fields),
    )


def _log(deployed: Deployed, since: datetime) -> list[pl.LazyFrame]:
    """The rows that the version answered from then until now, a table for each file."""
    files, name = deployed.work.store.files, deployed.registry.name
    found = []
    for day in log_days(files.names(log_folder(name))):
        if since.date() <= day <= deployed.now.date():
            folder = log_folder(name, day)
            names = [file for file in files.names(folder) if file.endswith(".parquet")]
            frames = (pl.scan_parquet(files.local(f"{folder}/{file}"), glob=False) for file in names)
            found += [_of(frame, deployed.version.number, since, deployed.now) for frame in frames]
    return found


def _of(frame: pl.LazyFrame, version: int, since: datetime, until: datetime) -> pl.LazyFrame:
    """The rows of a version and a time: the log's own columns come first."""
    time, number = frame.collect_schema().names()[:2]
    return frame.filter((pl.col(number) == version) & pl.col(time).is_between(since, until))


def _answered(deployed: Deployed, fields: Sequence[Field]) -> Callable[[int], Answered]:
    def answered(period: int) -> Answered:
        frames = _log(deployed, deployed.now - timedelta(microseconds=period))
        keys = [field for field in fields if "key" in field.roles]
        masked = frames and any(_is_masked(_first(frames[0], field.column)) for field in keys)
        return Answered(frames, salt_of(deployed.work.store) if masked else None)

    return answered


# --- features --------------------------------------------------------------------------------------------------------


def _features(served: Scorer, rows: pl.DataFrame, hidden: Sequence[Field]) -> pl.DataFrame:
    """The features of raw rows, day by day: some are made of the date."""
    time = _time(rows)
    known = rows.with_columns(pl.lit(None, polars_type(field.type)).alias(field.column) for field in hidden)
    days = known.with_columns(pl.col(time).dt.date().alias(_DAY)).partition_by(_DAY, maintain_order=True)
    return pl.concat([served.features(day, at=_last(day, time)) for day in days], how="vertical_relaxed")


def _last(rows: pl.DataFrame, time: str) -> datetime:
    found = rows[time].max()
    assert isinstance(found, datetime)
    return found


def _time(rows: pl.DataFrame) -> str:
    return rows.columns[0]


def _is_hidden(rows: pl.DataFrame, field: Field) -> bool:
    """Whether the log does not have the column's values: left out, or masked."""
    if field.column not in rows.columns:
        return True
    values = rows[field.column]
    if "sensitive" in field.roles:
        return values.null_count() == len(values)
    return "key" in field.roles and _is_masked(values)


def _is_masked(values: pl.Series) -> bool:
    """Whether what is there stands for keys."""
    known = values.drop_nulls()
    return known.dtype == pl.String and len(known) > 0 and bool(known.str.contains(_MASK).all())


def _first(frame: pl.LazyFrame, column: str) -> pl.Series:
    return frame.select(column).head(1_000).collect()[column]


def _made_of(plan: Plan, model_step: str, hidden: Collection[str]) -> Iterator[tuple[str, str]]:
    """The features that are made of columns that the log does not have, and the reason that people are given."""
    step = plan.step(model_step)
    body = step.body
    assert isinstance(body, ModelBody)
    for spec in body.features if hidden else ():
        rules = tuple(replace(rule, columns=tuple({spec.name} & {*rule.columns})) for rule in body.prepare)
        alone = replace(step, body=replace(body, features=(spec,), prepare=rules))
        others = tuple(alone if item.id == step.id else item for item in plan.steps)
        path = request_path(replace(plan, steps=others), model_step)
        made = [column.name for column in path.columns if column.name in hidden]
        if made:
            yield spec.name, f"is not compared: the log masks `{made[0]}`, of which it is made"


def _count(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())
