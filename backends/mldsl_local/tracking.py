"""Tells of a run where the program wants its runs tracked; a run is no worse for a server that is not there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mldsl.errors import MldslError, UsageError
from mldsl.plan.nodes import Secret
from mldsl.runs import RunResult
from mldsl.runtime.store import Record
from mldsl.runtime.tracking.mlflow import Told
from mldsl.runtime.tracking.mlflow import track as to_mlflow
from mldsl_local.setting import Setting


def track(place: str | Secret, setting: Setting, result: RunResult, records: Mapping[str, Record]) -> str:
    """One sentence on what came of it."""
    redactor = setting.redactor
    told = Told(redactor.json(result.document()), Path(result.folder), records, setting.store)
    try:
        id_ = to_mlflow(_uri(place), told)
    except MldslError as error:
        return redactor.text(f"the run was not tracked: {error}")
    return f"tracked as run {id_} of the experiment `{result.pipeline}` in MLflow"


def _uri(place: str | Secret) -> str:
    if isinstance(place, str):
        return place
    value = os.environ.get(place.secret)
    if not value:
        raise UsageError(f"the secret `{place.secret}` is not set", f"set the environment variable {place.secret}")
    return value
