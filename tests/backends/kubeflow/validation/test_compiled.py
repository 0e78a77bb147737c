"""What is compiled of the examples: valid, loaded by Kubeflow's SDK, and its pods what Kubernetes takes."""

from __future__ import annotations

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import kubernetes_validate
import pytest
from mldsl_kubeflow.validation import problems

import mldsl
from tests.support.cli import ROOT
from tests.support.cli import mldsl as mldsl_command
from tests.support.kubeflow_documents import read
from tests.support.pods import pods
from tests.support.services import missing

EXAMPLES = sorted(path.name for path in (ROOT / "examples").iterdir() if (path / f"{path.name}.ml").exists())
PROGRAMS = [*EXAMPLES, "more"]
# One pod for all of `more` cannot be had: its steps ask for different ones, and one waits for people.
CASES = [(name, size) for name in PROGRAMS for size in ("step", "declaration", "pipeline") if name != "more"]
CASES += [("more", "step"), ("more", "declaration")]

# More of what Kubeflow has a place for than the examples ask for.
_MORE = """
pipeline all {
  owner: "ml"
  description: "It's \\"everything\\"."
  artifacts: "s3://bucket/all"
  retries: 2
  retry_delay: 30s
  timeout: 1h
  notify: secret("HOOK")
}
param least: float = 0.5
param note: string = "it's"
source t = sql(secret("WAREHOUSE"), "select * from t") { id: int key; x: float; good: bool }
check t { expect x > 0 }
transform u = t { filter x > least and string(id) != note }
split data = u { train: 70%; test: 30% }
model m = predict good from data {
  algorithm gradient_boosting { max_depth: 2..8 }
  tune { maximize: roc_auc; trials: 8; parallel: 2 }
  resources {
    cpu: 2
    memory: 4Gi
    gpu: 1
    node_selector: "pool=large"
    tolerations: "gpu=yes:NoSchedule", "spot"
    volumes: "shared:/data"
  }
}
evaluate m on data.test { expect roc_auc >= 0.5; report: roc_curve, confusion_matrix }
deploy live = m to endpoint("live") { require evaluation; require approval("it's us"); require approval("law") }
deploy nightly = m to batch(u) {
  require evaluation
  schedule: cron("0 5 * * *")
  write: parquet("s3://bucket/{run_date}.parquet")
}
monitor watch = nightly {
  every: 1d
  labels: t
  expect drift(all) <= 0.2
  on breach { retrain; rollback; notify(secret("CHAT")) }
}
monitor alive = live { every: 1h; expect prediction_drift() <= 0.2 }
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The texts of a program's documents, with its store and its files where containers reach them."""
    found: dict[tuple[str, str], list[str]] = {}

    def compile_(name: str, granularity: str = "step") -> list[str]:
        if (name, granularity) not in found:
            program = _program(name, tmp_path_factory.mktemp(name))
            options = {"granularity": granularity, "timezone": "Europe/Berlin" if name == "churn" else "UTC"}
            files = mldsl.load(program).compile("kubeflow", options=options)
            texts = [content.decode() for path, content in files.items() if path.endswith("/pipeline.yaml")]
            found[name, granularity] = texts
        return found[name, granularity]

    return compile_


def _program(name: str, folder: Path) -> Path:
    if name == "more":
        path = folder / "more.ml"
        path.write_text(_MORE, encoding="utf-8")
        return path
    path = Path(shutil.copytree(ROOT / "examples" / name, folder / name)) / f"{name}.ml"
    text = path.read_text(encoding="utf-8")
    if name == "penguins":  # has no schema, and nobody can read the data where it is put now
        inferred = mldsl_command("infer", "data/penguins.csv", cwd=path.parent).stdout
        text = text.replace('source penguins = csv("data/penguins.csv")\n', inferred)
    text = re.sub(r'(?<=\(")(data|scores)/', "s3://bucket/\\g<1>/", text)
    text = re.sub(r"^pipeline \w+ \{", '\\g<0> artifacts: "s3://bucket/store";', text, count=1, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "granularity"), CASES)
def test_it_is_valid(compiled, name, granularity):
    for text in compiled(name, granularity):
        assert problems(read(text)) == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_its_pods_are_what_kubernetes_takes(compiled, name):
    made = [found for text in compiled(name) for _, found in pods(read(text))]
    assert made
    for found in made:
        kubernetes_validate.validate(found, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("name", PROGRAMS)
def test_kubeflows_sdk_loads_it(compiled, name, tmp_path):
    if find_spec("kfp").origin is None:
        missing("kfp")
    from kfp.components import load_component_from_file

    for text in compiled(name):
        file = tmp_path / "pipeline.yaml"
        file.write_text(text, encoding="utf-8")
        loaded = load_component_from_file(str(file))
        documents = read(text)
        assert loaded.pipeline_spec.pipeline_info.name == documents[0]["pipelineInfo"]["name"]
        assert set(loaded.pipeline_spec.components) == set(documents[0]["components"])
        assert bool(loaded.platform_spec.platforms) == (len(documents) > 1)
