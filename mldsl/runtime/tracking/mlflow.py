"""MLflow: every run with its parameters, metrics and artifacts, and every version of a model that went live.

Only the client is needed (`mlflow-skinny`, the extra `mlflow`); it finds its password where MLflow's own tools do
(`MLFLOW_TRACKING_USERNAME`, `MLFLOW_TRACKING_TOKEN`, …).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mldsl.errors import StoreError
from mldsl.runtime.store import Record, Store, Stored

if TYPE_CHECKING:
    from mlflow import MlflowClient

# A server that is not there is not waited for as long as MLflow's client does by itself (minutes).
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
# MLflow takes parameters' values of so many characters, and so many at a time.
_LONGEST, _AT_ONCE = 6000, 100
_STATUS = {"done": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}


@dataclass(frozen=True, slots=True)
class Told:
    """A run as it is told: its result's document, its directory, and the records of its steps, by their ids."""

    document: Mapping[str, Any]
    folder: Path
    records: Mapping[str, Record]
    store: Store


def track(uri: str, told: Told) -> str:
    """Tell MLflow's server at `uri` of a run; gives MLflow's id of it. Raises StoreError where that cannot be done."""
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise StoreError("the extra `mlflow` is not installed", "pip install 'mldsl[mlflow]'") from error
    with _patient():
        try:
            return _Tracking(MlflowClient(tracking_uri=uri), told).tell()
        except (MlflowException, OSError, ValueError) as error:
            raise StoreError(f"MLflow did not take it: {_words(error)}", "is its server running there?") from error


@dataclass(frozen=True, slots=True)
class _Tracking:
    client: MlflowClient
    told: Told

    def tell(self) -> str:
        document = self.told.document
        started = _milliseconds(document)
        run = self.client.create_run(
            self._experiment(str(document["pipeline"])),
            start_time=started,
            run_name=str(document["run"]),
            tags=self._tags(),
        )
        id_ = str(run.info.run_id)
        self._parameters(id_)
        for name, value in self._metrics():
            self.client.log_metric(id_, name, value)
        self._artifacts(id_)
        for report in document["steps"]:
            if report["kind"] == "deploy":
                self._version(id_, report)
        end = started + int(1000 * float(document.get("seconds", 0)))
        self.client.set_terminated(id_, _STATUS.get(str(document["status"]), "FAILED"), end_time=end)
        return id_

    def _experiment(self, pipeline: str) -> str:
        found = self.client.get_experiment_by_name(pipeline)
        return str(self.client.create_experiment(pipeline) if found is None else found.experiment_id)

    def _tags(self) -> dict[str, str]:
        document = self.told.document
        found = {f"mldsl.{name}": document.get(name) for name in ("run", "status", "profile")}
        return {name: str(value) for name, value in found.items() if value is not None}

    def _parameters(self, id_: str) -> None:
        from mlflow.entities import Param

        values = {**self.told.document.get("params", {})}
        for report in self.told.document["steps"]:
            details = report.get("details", {})
            if report["kind"] == "model" and "algorithm" in details:
                values[f"{report['name']}.algorithm"] = details["algorithm"]
                values |= {f"{report['name']}.{name}": value for name, value in details.get("parameters", {}).items()}
        params = [Param(_key(name), str(value)[:_LONGEST]) for name, value in values.items()]
        for start in range(0, len(params), _AT_ONCE):
            self.client.log_batch(id_, params=params[start : start + _AT_ONCE])

    def _metrics(self) -> Iterator[tuple[str, float]]:
        for report in self.told.document["steps"]:
            found = {report["name"]: report.get("metrics", {})}
            found[f"{report['name']}/baseline"] = report.get("details", {}).get("baseline") or {}
            for place, metrics in found.items() if report["kind"] == "evaluate" else ():
                yield from ((_key(f"{place}/{name}"), value) for name, value in metrics.items() if value is not None)

    def _artifacts(self, id_: str) -> None:
        """The plan, the result, what evaluations found and drew, and the models."""
        folder = self.told.folder
        if (folder / "plan.json").is_file():
            self.client.log_artifact(id_, str(folder / "plan.json"))
        self.client.log_dict(id_, dict(self.told.document), "result.json")
        if (folder / "reports").is_dir():
            self.client.log_artifacts(id_, str(folder / "reports"), "reports")
        for record in self.told.records.values():
            if record.kind == "model" and "model" in record.outputs:
                self._model(id_, record.step.partition(":")[2], record.outputs["model"])

    def _model(self, id_: str, name: str, stored: Stored) -> None:
        with tempfile.TemporaryDirectory(prefix="mldsl-mlflow-") as folder:
            path = Path(folder) / "model.skops"
            shutil.copyfile(self.told.store.local(stored), path)
            self.client.log_artifact(id_, str(path), _model_place(name))

    def _version(self, id_: str, report: Mapping[str, Any]) -> None:
        """The version of a model that the run's deployment is about, under the alias that it has now."""
        from mlflow.exceptions import MlflowException

        details = report.get("details", {})
        if details.get("version") is None:
            return
        name, number = str(details["name"]), str(details["version"])
        try:
            self.client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        known = self.client.search_model_versions(_named(name))
        version = next((item.version for item in known if item.tags.get("mldsl.version") == number), None)
        if version is None:
            place = f"{self.client.get_run(id_).info.artifact_uri}/{_model_place(str(details['model']))}"
            made = self.client.create_model_version(name, place, id_, tags={"mldsl.version": number})
            version = made.version
        if details.get("state") in ("champion", "candidate"):
            self.client.set_registered_model_alias(name, str(details["state"]), version)


def _named(name: str) -> str:
    """MLflow's filter for a name, which knows no escapes."""
    quote = '"' if "'" in name else "'"
    return f"name = {quote}{name}{quote}"


def _model_place(name: str) -> str:
    return f"models/{name}"


def _key(name: str) -> str:
    """A name as MLflow takes it: of others it complains."""
    return "".join(sign if sign.isalnum() or sign in "_-. /" else "_" for sign in name)


def _milliseconds(document: Mapping[str, Any]) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(str(document["started"])).timestamp() * 1000)


def _words(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else f"{text[:300]} …"


@contextmanager
def _patient() -> Iterator[None]:
    """Less patience than MLflow's client has by itself, unless somebody has said how much."""
    added = {name: value for name, value in _PATIENCE.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
