"""What Airflow cannot do is said at the line that asks for it, and nothing is dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

import mldsl
from mldsl.api import refused
from mldsl.backend import backend
from mldsl.backend.beyond import RESOURCES, SETTINGS
from mldsl.catalog.options import OPTIONS
from mldsl.cli.main import main
from mldsl.errors import ProgramError
from tests.support.airflow import written

SOURCE = 'source t = csv("s3://b/t.csv") { id: int key; x: float; good: bool }\n'
MODEL = (
    "split data = t { train: 70%; test: 30% }\n"
    "model m = predict good from data { algorithm logistic_regression; resources { cpu: 2; memory: 4Gi; gpu: 1 } }\n"
)
STORE = 'artifacts: "s3://b/store"'
READ = "import os, polars\n\ndef read(): ...\n"
PODS = {"operator": "kubernetes reg.io/ml:1"}


def said(path: Path, **options: str) -> list[tuple[str, str, str]]:
    """Code, the text that is pointed at, and the message of each refusal."""
    return [(item.code, item.span.text, item.message) for item in refused(path, "airflow", options)]


@pytest.mark.parametrize(
    ("options", "points_at", "message"),
    [
        (
            'tracking: mlflow("http://t")',
            'tracking: mlflow("http://t")',
            "Airflow cannot honour `tracking`",
        ),
        (
            'engine: spark("spark://m:1")',
            'engine: spark("spark://m:1")',
            "Airflow's tasks cannot compute tables with `spark`",
        ),
        (
            'notify: "ann@example.org"',
            'notify: "ann@example.org"',
            "Airflow's tasks tell a webhook, and `ann@example.org` is not the address of one",
        ),
        (
            f'tags: "fine", "{"t" * 101}"',
            f'tags: "fine", "{"t" * 101}"',
            "a tag in Airflow has at most 100 characters, and this one 101",
        ),
    ],
)
def test_an_option_of_the_pipeline(tmp_path: Path, options: str, points_at: str, message: str) -> None:
    path = written(tmp_path, f"pipeline p {{ {STORE}; {options} }}\n{SOURCE}")
    assert said(path) == [("ML601", points_at, message)]


@pytest.mark.parametrize("schedule", ["every: 1d", 'schedule: cron("0 3 * * *")'])
def test_a_parameter_that_nobody_gives_on_a_schedule(tmp_path: Path, schedule: str) -> None:
    text = f"param least: float\n{SOURCE}transform big = t {{ filter x > least }}\n"
    path = written(tmp_path, f"pipeline p {{ {STORE}; {schedule} }}\n{text}")
    [(code, place, message)] = said(path)
    assert (code, place) == ("ML601", "least")
    assert "needs a default" in message
    path = written(tmp_path, f"pipeline p {{ {STORE} }}\n{text}")
    assert said(path) == []


def test_memory_and_gpus_are_for_pods(tmp_path: Path) -> None:
    path = written(tmp_path, f"pipeline p {{ {STORE} }}\n{SOURCE}{MODEL}")
    assert [(code, place) for code, place, _ in said(path)] == [("ML601", "memory: 4Gi"), ("ML601", "gpu: 1")]
    assert said(path, **PODS) == []


def test_disks_of_this_machine_are_nothing_to_pods(tmp_path: Path) -> None:
    sources = (
        'source a = csv("data/a.csv") { id: int key }\n'
        'source b = parquet("file:///data/b.parquet") { id: int key }\n'
        'source c = sql("sqlite:///shop.db", "select 1 as id") { id: int key }\n'
        'source d = csv("https://example.org/d.csv") { id: int key }\n'
        'source e = sklearn("iris")\n'
    )
    path = written(tmp_path, f"pipeline p {{}}\n{sources}")
    assert said(path) == []
    assert [(code, place) for code, place, _ in said(path, **PODS)] == [
        ("ML602", "p"),
        ("ML602", '"data/a.csv"'),
        ("ML602", '"file:///data/b.parquet"'),
        ("ML602", '"sqlite:///shop.db"'),
    ]
    path = written(tmp_path, 'pipeline p { artifacts: "store" }\n')
    assert [place for _, place, _ in said(path, **PODS)] == ['artifacts: "store"']


def test_python_that_cannot_go_along(tmp_path: Path) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    (tmp_path / "outside.py").write_text(READ)
    (tmp_path / "far.py").write_text("")  # reached by a link
    text = (
        'source a = python("../outside.py:read") { id: int key }\n'
        'source b = python("near.py:read") { id: int key }\n'
        'source c = python("fine.py:read") { id: int key }\n'
    )
    path = written(folder, f"pipeline p {{}}\n{text}", near_py=f"from sub import far\n{READ}", fine_py=READ)
    (folder / "sub").mkdir()
    (folder / "sub" / "far.py").symlink_to(tmp_path / "far.py")
    assert said(path) == [
        ("ML604", '"../outside.py:read"', "`outside.py` lies outside of the program's folder"),
        ("ML604", '"near.py:read"', "`far.py`, which `near.py` imports, lies outside of the program's folder"),
    ]


def test_everything_is_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    path = written(tmp_path, f'pipeline p {{ tracking: mlflow("http://t"); notify: "nobody" }}\n{SOURCE}{MODEL}')
    with pytest.raises(ProgramError) as caught:
        mldsl.load(path).compile("airflow", tmp_path / "out")
    assert [item.code for item in caught.value.diagnostics] == ["ML601"] * 4
    assert not (tmp_path / "out").exists()
    assert main(["compile", str(path), "--target", "airflow", "-o", str(tmp_path / "out")]) == 1


def test_check_says_it_for_each_profile_once(capsys, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f'pipeline p {{ {STORE}; notify: secret("HOOK") }}\n{SOURCE}check t {{ expect x > 0 }}\n'
        'profile a { notify: "nobody" }\nprofile b { notify: "https://example.org/hook" }\n',
    )
    assert main(["check", str(path)]) == 0
    capsys.readouterr()
    assert main(["check", str(path), "--target", "airflow"]) == 1
    shown = capsys.readouterr().err
    assert shown.count("error[ML601]") == 1
    assert "under the profile `a`" in shown
    assert main(["check", str(path), "--target", "local"]) == 0


def test_every_option_and_resource_of_the_language_is_in_the_table() -> None:
    """An option that is new in the language is refused until a backend says that it honours it."""
    assert {*SETTINGS, "seed", "artifacts", "engine", "every"} == {*OPTIONS["pipeline"], "schedule"}
    assert set(RESOURCES) == set(OPTIONS["resources"])
    can = backend("airflow").capabilities
    assert can.settings <= set(SETTINGS)
    assert set(can.resources) <= set(RESOURCES)
