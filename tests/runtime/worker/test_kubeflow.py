"""The worker of Kubeflow's containers, told what Kubeflow's launcher tells them, without any Kubeflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import mldsl
from mldsl.plan.ports import ports
from mldsl.runtime.worker.kubeflow.__main__ import main
from mldsl.runtime.worker.kubeflow.executor import read_input
from tests.support.airflow import written
from tests.support.cli import ROOT

DATA = ROOT / "examples" / "penguins" / "data" / "penguins.csv"
PROGRAM = """
pipeline p {{}}
param least: int = 100
source penguins = csv("{data}") {{
  species: enum("Adelie", "Chinstrap", "Gentoo")
  bill:    float?  from "bill_length_mm"
}}
check penguins {{ expect rows() >= least }}
transform long = penguins {{ filter bill > 45 }}
profile cluster {{ resources p {{ volumes: "a:{data.parent}", "b:{folder}" }} }}
"""


class Container:
    """A compiled program, whose tasks are carried out as in its containers; artifacts lie in `root`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = folder / "root"
        self.store = folder / ".mldsl"
        program = written(folder, PROGRAM.format(data=DATA, folder=folder))
        self.plan = mldsl.load(program, "cluster").plan()
        mldsl.load(program, "cluster").compile("kubeflow", folder / "out", {"validate": "", "folder": str(folder)})
        self.home = folder / "out" / "p"
        documents = list(yaml.safe_load_all((self.home / "pipeline.yaml").read_text()))
        self.executors = documents[0]["deploymentSpec"]["executors"]
        monkeypatch.setenv("MLDSL_PIPELINE", str(self.home))

    def run(self, task: str, parameters: dict[str, Any] | None = None, **artifacts: str) -> int:
        """Carry out a task as its container would; `artifacts` are its inputs, `TASK/NAME`."""
        words = self.executors[f"exec-{task}"]["container"]["args"]
        told = json.dumps(self.told(task, words[words.index("--steps") + 1 :], parameters or {}, artifacts))
        return main([word.replace("{{$}}", told) for word in words])

    def told(
        self, task: str, steps: list[str], parameters: dict[str, Any], artifacts: dict[str, str]
    ) -> dict[str, Any]:
        flow = ports(self.plan, [self.plan.step(id_) for id_ in steps])
        return {
            "inputs": {
                "parameterValues": parameters,
                "artifacts": {name: self.slot(path) for name, path in artifacts.items()},
            },
            "outputs": {
                "parameters": {name: {"outputFile": str(self.root / task / name)} for name in ("Output", "message")},
                "artifacts": {port.name: self.slot(f"{task}/{port.name}") for port in flow.outputs},
                "outputFile": str(self.root / task / "answer.json"),
            },
        }

    def slot(self, path: str) -> dict[str, Any]:
        return {"artifacts": [{"name": path, "uri": str(self.root / path), "metadata": {}}]}

    def answer(self, task: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.root / task / "answer.json").read_text())
        return found


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Container:
    return Container(tmp_path, monkeypatch)


def test_tasks_hand_on_where_things_are(container: Container) -> None:
    assert container.run("penguins-source") == 0
    assert container.run("long", penguins="penguins-source/table") == 0
    metadata = container.answer("long")["artifacts"]["table"]["artifacts"][0]["metadata"]
    rows = sum(float(line.split(",")[2] or 0) > 45 for line in DATA.read_text().splitlines()[1:])
    assert metadata["rows"] == rows > 0
    assert Path(metadata["store_uri"]).is_file()
    reference = json.loads((container.root / "long" / "table").read_text())
    assert reference["place"] == metadata["store_uri"]
    assert reference["record"]["key"] == metadata["key"]


@pytest.mark.parametrize(("least", "met"), [(100, True), (1_000.0, False)])
def test_a_gate_answers_whether_what_follows_may_go_on(container: Container, least: float, met: bool) -> None:
    assert container.run("penguins-source") == 0
    assert container.run("penguins-check", {"least": least}, penguins="penguins-source/table") == 0
    given = container.answer("penguins-check")["parameterValues"]
    assert given["Output"] is met
    assert given["message"] == ("" if met else "penguins: `rows() >= least` does not hold (it is 344)")
    assert ("does not hold" in (container.root / "penguins-check" / "report").read_text()) is not met


def test_what_is_missing_is_said(container: Container, capsys: pytest.CaptureFixture[str]) -> None:
    def said() -> str:
        return capsys.readouterr().err

    assert container.run("long") == 2
    assert "error: Kubeflow did not hand on the input `penguins`" in said()
    container.root.mkdir()
    (container.root / "odd").write_text("{}")
    assert container.run("long", penguins="odd") == 4
    assert "is not what a task of this pipeline gives" in said()
    assert container.run("penguins-source") == 0
    for path in (container.store / "objects").rglob("*.parquet"):
        path.unlink()
    said()
    assert container.run("long", penguins="penguins-source/table") == 4
    assert f"`long` needs `penguins`, which is not in the artifact store `{container.store}`" in said()
    assert container.run("penguins-check", {"least": 1.5}, penguins="penguins-source/table") == 2
    assert "the parameter `least`: 1.5 is not an `int`" in said()
    (container.home / "plan.json").write_text("{}")
    assert container.run("penguins-source") == 1
    assert "is not the one that `pipeline.yaml` was compiled with" in said()
    (container.home / "plan.json").unlink()
    assert container.run("penguins-source") == 1
    assert "this image has no plan of `p`" in said()


def test_it_wants_to_be_told_by_kubeflow(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("", "[]", "{}", '{"outputs": {"artifacts": {"a": {}}, "outputFile": "x"}}', '{"outputs": 1}'):
        words = ["--pipeline=p", "--digest=0", f"--executor-input={text}", "--steps", "source:a"]
        assert main(words) == 2
        assert "this is not what Kubeflow Pipelines tells a container" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("s3://bucket/a/b", "/s3/bucket/a/b"),
        ("gs://bucket/a", "/gcs/bucket/a"),
        ("minio://mlpipeline/v2/x", "/minio/mlpipeline/v2/x"),
        ("/plain/file", "/plain/file"),
    ],
)
def test_an_artifact_lies_where_the_launcher_mounts_it(uri: str, path: str) -> None:
    slot = {"artifacts": [{"name": "a", "uri": uri}]}
    given = read_input(json.dumps({"outputs": {"artifacts": {"a": slot}, "outputFile": "x"}}))
    assert given.slots["a"].path == Path(path)
    custom = {"artifacts": [{"name": "a", "uri": uri, "customPath": "/elsewhere"}]}
    given = read_input(json.dumps({"inputs": {"artifacts": {"a": custom}}, "outputs": {"outputFile": "x"}}))
    assert given.artifacts["a"] == Path("/elsewhere")
