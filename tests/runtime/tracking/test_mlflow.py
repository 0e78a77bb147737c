"""Runs told to a real MLflow server: parameters, metrics, artifacts, models, versions; and one that is away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import mldsl
from tests.support import mlflow as real

PROGRAM = """\
pipeline flowers {{
  seed: 1
  tracking: mlflow({uri})
}}
param share: float = 0.5
source iris = sklearn("iris")
split data = iris {{ train: 70%; test: 30% }}
model m = predict target from data {{ algorithm logistic_regression {{ C: {c} }} }}
evaluate m on data.test {{
  expect accuracy >= 80%
  report: confusion_matrix
}}
deploy live = m to registry("iris") {{ require evaluation }}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real.server(tmp_path_factory.mktemp("mlflow")) as uri:
        yield uri


def program(folder: Path, uri: str, c: float = 1.0) -> mldsl.Program:
    path = folder / "p.ml"
    path.write_text(PROGRAM.format(uri=uri, c=c))
    return mldsl.load(path)


def test_a_run_is_there_with_all_that_it_found(server: str, tmp_path: Path):
    from mlflow import MlflowClient

    result = program(tmp_path, f'"{server}"').run()
    assert result.exit_status == 0 and any("tracked as run" in note for note in result.notes), result.notes
    client = MlflowClient(tracking_uri=server)
    experiment = client.get_experiment_by_name("flowers")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED" and run.info.run_name == result.run
    assert run.data.tags["mldsl.run"] == result.run
    assert run.data.params["share"] == "0.5" and run.data.params["m.algorithm"] == "logistic_regression"
    assert float(run.data.params["m.C"]) == 1.0
    found = result.step("m on data.test").document()["metrics"]
    assert {name.rpartition("/")[2] for name in run.data.metrics if "baseline" not in name} == set(found)
    assert run.data.metrics["m on data.test/accuracy"] == found["accuracy"]
    assert run.data.metrics["m on data.test/baseline/accuracy"] < found["accuracy"]
    names = {item.path for item in client.list_artifacts(run.info.run_id)}
    assert {"plan.json", "result.json", "reports", "models"} <= names
    model = client.download_artifacts(run.info.run_id, "models/m/model.skops", str(tmp_path))
    digest = hashlib.sha256(Path(model).read_bytes()).hexdigest()
    assert digest == result.step("m").outputs["model"]["digest"]
    told = json.loads(Path(client.download_artifacts(run.info.run_id, "result.json", str(tmp_path))).read_text())
    assert told["run"] == result.run


def test_versions_have_the_aliases_that_they_have_here(server: str, tmp_path: Path):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=server)
    program(tmp_path, f'"{server}"', c=0.5).run()
    first = client.get_model_version_by_alias("iris", "champion")
    program(tmp_path, f'"{server}"', c=0.1).run()
    program(tmp_path, f'"{server}"', c=0.1).run()  # is the same version again
    second = client.get_model_version_by_alias("iris", "champion")
    assert (first.tags["mldsl.version"], second.tags["mldsl.version"]) == ("1", "2")
    assert first.version != second.version
    assert client.get_run(second.run_id).data.params["m.C"] == "0.1"


def test_a_secret_address_is_not_shown(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TRACKING", server)
    result = program(tmp_path, 'secret("TRACKING")').run()
    assert result.exit_status == 0 and any("tracked as run" in note for note in result.notes)
    assert server not in json.dumps(result.document())
    monkeypatch.delenv("TRACKING")
    result = program(tmp_path, 'secret("TRACKING")').run()
    assert any("the secret `TRACKING` is not set" in note for note in result.notes)


def test_a_server_that_is_away_costs_a_run_nothing_but_a_note(tmp_path: Path):
    result = program(tmp_path, '"http://127.0.0.1:9"').run()
    assert result.exit_status == 0 and result.step("live").details["state"] == "champion"
    assert any("the run was not tracked: MLflow did not take it" in note for note in result.notes), result.notes
