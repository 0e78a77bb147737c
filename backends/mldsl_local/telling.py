"""Tells others of a run that is over: MLflow, and of one that failed whoever `notify` names.

A run is no worse for a server that is not there: what could not be told becomes a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mldsl.errors import MldslError
from mldsl.plan.nodes import Secret
from mldsl.runs import RunResult
from mldsl.runtime.notify import notify
from mldsl.runtime.store import Record
from mldsl.runtime.store.place import named_place
from mldsl.runtime.tracking.mlflow import Told, track
from mldsl_local.setting import Setting


def tell(setting: Setting, result: RunResult, records: Mapping[str, Record]) -> Iterator[str]:
    """One sentence for everyone who was to be told."""
    settings = setting.plan.settings
    if settings.tracking is not None:
        yield setting.redactor.text(_tracked(settings.tracking, setting, result, records))
    if settings.notify is not None and result.exit_status:
        yield setting.redactor.text(_notified(settings.notify, result))


def _tracked(place: str | Secret, setting: Setting, result: RunResult, records: Mapping[str, Record]) -> str:
    told = Told(setting.redactor.json(result.document()), Path(result.folder), records, setting.store)
    try:
        id_ = track(named_place(place), told)
    except MldslError as error:
        return f"the run was not tracked: {error}"
    return f"tracked as run {id_} of the experiment `{result.pipeline}` in MLflow"


def _notified(target: str | Secret, result: RunResult) -> str:
    failed = next((step for step in result.steps if step.error is not None), None)
    why = "" if failed is None or failed.error is None else f": `{failed.name}`: {failed.error.message}"
    text = f"{result.pipeline}: the run {result.run} failed{why}"
    facts = {"pipeline": result.pipeline, "run": result.run, "exit_status": result.exit_status}
    try:
        return notify(target, {"text": text, **facts}, text)
    except MldslError as error:
        return f"nobody was told of the failure: {error}"
