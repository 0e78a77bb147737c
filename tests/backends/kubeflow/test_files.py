"""What is written beside the document: the image's recipe, the recurring run, how all of it is used."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from mldsl_kubeflow.schedule import cron

import mldsl
from mldsl import __version__
from mldsl.plan.document import load as load_plan
from mldsl.plan.image import content_digest
from tests.support.airflow import written
from tests.support.cli import ROOT
from tests.support.kubeflow import compiled, container, documents
from tests.support.services import missing

EVERYTHING = ROOT / "tests" / "backends" / "airflow" / "programs" / "everything.ml"
SOURCE = 'source t = csv("s3://b/t.csv") { id: int key; x: float; good: bool }\n'
STORE = 'artifacts: "s3://b/store"'
PLAIN = f"pipeline p {{ {STORE} }}\n{SOURCE}"


def test_the_plan_the_code_and_the_recipe_of_the_image_are_there() -> None:
    files = compiled(EVERYTHING)
    assert sorted(files) == [
        "Dockerfile",
        "README.md",
        "code/clean.py",
        "code/helper.py",
        "constraints.txt",
        "manifest.json",
        "pipeline.yaml",
        "plan.json",
        "recurring-run.json",
        "requirements.txt",
    ]
    assert load_plan(files["plan.json"].decode()) == mldsl.load(EVERYTHING).plan()
    manifest = json.loads(files["manifest.json"])
    assert {path.partition("/")[2] for path in manifest["files"]} == set(files) - {"manifest.json"}


def test_the_image_has_what_the_steps_need_pinned_and_does_not_run_as_root(tmp_path: Path) -> None:
    more = "split d = t { train: 70%; test: 30% }\nmodel m = predict good from d { features: x; algorithm lightgbm }\n"
    files = compiled(written(tmp_path, PLAIN + more))
    assert files["requirements.txt"].decode() == f"mldsl[boost,s3]=={__version__}\n"
    pinned = dict(line.split("==") for line in files["constraints.txt"].decode().splitlines()[1:])
    assert {"polars", "scikit-learn", "lightgbm", "s3fs", "botocore"} <= set(pinned)
    assert not {"gcsfs", "duckdb", "apache-airflow", "kfp", "mldsl"} & set(pinned)
    recipe = files["Dockerfile"].decode().splitlines()
    assert re.fullmatch(r"FROM python:3\.\d+-slim", recipe[0])
    assert any("libgomp1" in line for line in recipe)
    assert recipe[-1] == "USER 1000"
    copied = [word for line in recipe if line.startswith("COPY") for word in line.split()[1:-1]]
    assert set(copied) <= set(files)
    plain = compiled(written(tmp_path, PLAIN))
    assert "libgomp1" not in plain["Dockerfile"].decode() and "lightgbm" not in plain["constraints.txt"].decode()


def test_a_package_that_the_user_pins_is_pinned_once(tmp_path: Path) -> None:
    text = f'pipeline p {{ {STORE} }}\nsource t = python("r.py:read") {{ id: int key }}\n'
    program = written(tmp_path, text, r_py="import yaml\n\ndef read(): ...\n")
    (tmp_path / "requirements.txt").write_text("Scikit_Learn==1.8.0\npyyaml\n")
    files = compiled(program)
    assert "Scikit_Learn==1.8.0" in files["requirements.txt"].decode()
    assert "scikit-learn" not in files["constraints.txt"].decode()


def test_the_image_is_named_after_its_content(tmp_path: Path) -> None:
    def image(text: str, **options: str) -> str:
        return str(container(compiled(written(tmp_path, text), **options), "t")["image"])

    plain = image(PLAIN)
    assert re.fullmatch(r"p:[0-9a-f]{12}", plain)
    assert image(PLAIN) == plain
    assert image(f"# a comment\n{PLAIN}").partition(":")[0] == "p"
    assert image(f"{PLAIN}transform u = t {{ filter x > 1 }}\n") != plain
    assert image(PLAIN, image="reg.io:5000/a/b") == f"reg.io:5000/a/b:{plain.partition(':')[2]}"
    assert image(PLAIN, image="reg.io:5000/a/b:1") == "reg.io:5000/a/b:1"
    digest = f"reg.io/a@sha256:{'0' * 64}"
    assert image(PLAIN, image=digest) == digest


def test_the_document_names_the_plan_and_code_that_the_image_must_have() -> None:
    files = compiled(EVERYTHING)
    [word] = [word for word in container(files, "cleaned")["args"] if word.startswith("--digest=")]
    assert word == f"--digest={content_digest(files)}"
    assert content_digest({**files, "code/helper.py": b""}) != content_digest(files)
    assert content_digest({**files, "README.md": b""}) == content_digest(files)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("0 3 * * *", "0 0 3 * * *"),
        ("*/15 8-18/2 1,15 jan mon-fri", "0 */15 8-18/2 1,15 jan mon-fri"),
        ("0 3 * * 7", "0 0 3 * * 0"),
        ("0 3 * * 5-7", "0 0 3 * * 5,6,0"),
        ("0 3 * * 1-7/2,3", "0 0 3 * * 1,3,5,0,3"),
    ],
)
def test_a_schedule_has_seconds_and_sundays_as_kubeflow_takes_them(given: str, found: str) -> None:
    assert cron(given) == found


def test_a_recurring_run_is_what_kubeflows_client_takes(tmp_path: Path) -> None:
    if find_spec("kfp").origin is None:
        missing("kfp")
    from kfp import Client

    text = f'pipeline p {{ {STORE}; schedule: cron("0 3 * * *"); description: "What." }}\n{SOURCE}'
    found = json.loads(compiled(written(tmp_path, text))["recurring-run.json"])
    assert found == {
        "job_name": "p",
        "description": "What.",
        "cron_expression": "0 0 3 * * *",
        "max_concurrency": 1,
        "no_catchup": True,
        "params": {"run_time": "[[ScheduledTime.2006-01-02T15:04:05]]"},
    }
    inspect.signature(Client.create_recurring_run).bind(None, experiment_id="e", pipeline_package_path="p", **found)
    every = json.loads(
        compiled(written(tmp_path, f"pipeline p {{ {STORE}; every: 1d12h }}\n{SOURCE}"))["recurring-run.json"]
    )
    assert every["interval_second"] == 129_600
    assert "recurring-run.json" not in compiled(written(tmp_path, PLAIN))


def test_it_says_how_to_build_upload_and_start_it(tmp_path: Path) -> None:
    files = compiled(EVERYTHING, image="reg.io/shop:7", secret="ours")
    text = files["README.md"].decode()
    for line in (
        "docker build -t reg.io/shop:7 .",
        "kubectl create secret generic ours --from-literal=DB=… --from-literal=HOOK=… --from-literal=STORE=…",
        "-f pipeline.yaml",
        "recurring-run.json",
        "It has no secrets of Kubernetes, and this pipeline needs `DB`, `HOOK`, `STORE`",
    ):
        assert line in text, line
    plain = compiled(written(tmp_path, PLAIN))["README.md"].decode()
    assert 'template_path="pipeline.yaml"' in plain and "vertex.yaml" not in plain


def test_it_says_how_vertex_ai_gets_the_one_document_that_it_takes(tmp_path: Path) -> None:
    files = compiled(written(tmp_path, f"pipeline p {{ {STORE}; timeout: 5m }}\n{SOURCE}"))
    text = files["README.md"].decode()
    assert 'template_path="vertex.yaml"' in text
    [command] = [line for line in text.splitlines() if line.endswith("> vertex.yaml")]
    (tmp_path / "pipeline.yaml").write_bytes(files["pipeline.yaml"])
    subprocess.run(["sh", "-c", command.replace("python", sys.executable, 1)], cwd=tmp_path, check=True)
    assert yaml.safe_load((tmp_path / "vertex.yaml").read_text()) == documents(files)[0]
    shared = f'pipeline p {{ {STORE}; resources {{ volumes: "a:/a" }} }}\n{SOURCE}'
    assert "It has no volumes of Kubernetes" in compiled(written(tmp_path, shared))["README.md"].decode()


def test_no_value_of_a_secret_is_in_any_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DB", "STORE", "HOOK"):
        monkeypatch.setenv(name, "s3://sesame/open")
    assert not any(b"sesame" in content for content in compiled(EVERYTHING).values())
