"""The pictures of a run: in its directory under readable names, also when nothing was computed anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mldsl.cli.main import main
from mldsl.runs.files import file_name

PROGRAM = """\
pipeline wine

source wine = sklearn("wine")

check wine { expect rows() == 178 }

split data = wine { train: 70%; test: 30%; stratify: target; budget: 3 }

model `which/../sort?` = predict target from data {
  features: alcohol, hue, proline
  algorithm logistic_regression
}

evaluate `which/../sort?` on data.test { report: confusion_matrix, class_report }

evaluate `which/../sort?` on data.test { expect accuracy >= 99.9%; report: confusion_matrix }
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "wine.ml"
    path.write_text(PROGRAM)
    return path


def pictures(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("reports/*/*")}


def test_each_run_has_its_pictures_and_says_where(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = []
    for _ in range(2):
        assert main(["run", str(program), "--json"]) == 3
        out, err = capsys.readouterr()
        documents.append(json.loads(out))
    place = file_name("which/../sort? on data.test")
    assert place.startswith("which_.._sort_ on data.test-")
    again = file_name("which/../sort? on data.test.2")
    folders = [Path(found["folder"]) for found in documents]
    assert folders[0] != folders[1]
    for folder, found in zip(folders, documents, strict=True):
        assert folder == program.parent / ".mldsl" / "runs" / found["run"]
        first, second = (step["files"] for step in found["steps"] if step["kind"] == "evaluate")
        assert first == {
            name: f"reports/{place}/{name}{ending}"
            for name, ending in (("metrics", ".json"), ("confusion_matrix", ".svg"), ("class_report", ".svg"))
        }
        assert set(second) == {"metrics", "confusion_matrix"}
        assert second["confusion_matrix"] == f"reports/{again}/confusion_matrix.svg"
        assert json.loads((folder / first["metrics"]).read_text())["reports"]["confusion_matrix"]["counts"]
    states = [step["state"] for step in documents[1]["steps"] if step["kind"] == "evaluate"]
    assert states == ["cached", "failed"], "nothing was judged anew"
    there = [{name.split("reports/")[1]: data for name, data in pictures(folder).items()} for folder in folders]
    assert there[0] == there[1]
    assert all(data.startswith(b"<?xml") for name, data in there[0].items() if name.endswith(".svg"))
    assert f"drew confusion_matrix.svg, class_report.svg in .mldsl/runs/{documents[1]['run']}/reports/{place}" in err


def test_show_says_where_they_are_now(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", str(program)])
    shutil.move(program.parent / ".mldsl", program.parent / "moved")
    capsys.readouterr()
    assert main(["show"]) == 0
    assert "drew confusion_matrix.svg, class_report.svg in moved/runs/" in capsys.readouterr().out
    main(["show", "--json"])
    assert Path(json.loads(capsys.readouterr().out)["folder"]).parent == program.parent / "moved" / "runs"


def test_a_dry_run_leaves_nothing_and_names_nothing(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(program), "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "folder" not in found
    assert not any("files" in step for step in found["steps"])
    assert not list(program.parent.rglob("*.svg"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("churn_model on data.test", "churn_model on data.test"),
        ("größe", "größe"),
        ("..", "-"),
        (".hidden", "hidden-"),
        ("a/b\0c\\d:e\n", "a_b_c_d_e_-"),
        ("dots...", "dots-"),
        ("x" * 500, "x" * 120 + "-"),
        ("ä" * 500, "ä" * 60 + "-"),
    ],
)
def test_names_of_files_are_readable_and_fit_every_system(name: str, expected: str) -> None:
    found = file_name(name)
    assert found == name == expected or found[: -len("12345678")] == expected
    assert len(found.encode()) < 200


def test_different_names_stay_different() -> None:
    names = ["a/b", "a_b", "a\\b", "a:b", ".a_b", "x" * 500, "x" * 501]
    assert len({file_name(name) for name in names}) == len(names)
