"""Writing the predictions: which columns, under which name, and what to tell of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from mldsl.plan.expressions import to_json
from mldsl.plan.nodes import Argument, DeployBody
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.work import Work

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LEADS_AWAY = re.compile(r"[/\\\x00]")
_FILES = ("parquet", "csv", "json")


def write_batch(work: Work, body: DeployBody, scored: pl.LazyFrame) -> dict[str, Any]:
    """Write what the deployment wants of the scored rows; what to tell of it, as plain JSON without secrets.

    `rows`, `columns`, `run_date`, and `where`: a file's path or URI, `NAME in DATABASE`, or, where the program does not
    say, a path in the artifact store. What was written for the same `run_date` is replaced, and nothing else. Raises
    StepFailed where it cannot be written; what was there before is there still then.
    """
    columns = _columns(work, body, scored)
    rows = scored.select(columns)
    arguments = {name: _filled(work, value) for name, value in body.write_arguments.items()}
    connector = body.write_connector
    if connector is None:
        from mldsl.runtime.batch.files import write_artifact

        where = write_artifact(work, rows, f"batch/{work.step.name}/{to_json(work.params['run_date'])}.parquet")
    elif connector in _FILES:
        from mldsl.runtime.batch.files import write_file

        where = write_file(work, connector, arguments, rows)
    elif connector == "delta":
        from mldsl.runtime.batch.delta import write_delta

        where = write_delta(work, arguments, rows)
    else:
        from mldsl.runtime.batch.tables import write_table

        where = write_table(work, arguments, rows)
    return {
        "rows": int(scored.select(pl.len()).collect().item()),
        "where": where,
        "columns": columns,
        "run_date": to_json(work.params["run_date"]),
    }


def _columns(work: Work, body: DeployBody, scored: pl.LazyFrame) -> list[str]:
    """The columns to write. A champion of another program may lack some."""
    there = scored.collect_schema().names()
    missing = [name for name in body.columns if name not in there]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing)
        message = f"`{work.step.name}` is to write {listed}, which neither its table nor the model's answers have"
        raise StepFailed(message, "run the pipeline, so that a model of this program is trained and goes live")
    return list(body.columns)


def _filled(work: Work, value: Argument) -> Argument:
    """A text with what stands for a value of the run, such as `{run_date}`, filled in."""
    if not isinstance(value, str):
        return value
    return _PLACEHOLDER.sub(lambda found: _value(work.params, found), value)


def _value(params: Mapping[str, object], found: re.Match[str]) -> str:
    """A parameter's value is a part of a name, and does not lead out of a folder."""
    name = found[1]
    if name not in params:
        return found[0]
    value = to_json(params[name])
    text = value if isinstance(value, str) else json.dumps(value)
    if _LEADS_AWAY.search(text) or not text.strip("."):
        raise StepFailed(f"the value of `{name}`, {text!r}, cannot be a part of a name", "it may have no `/`")
    return text
