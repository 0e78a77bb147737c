"""The README: its commands, its programs and what it says that they print."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mldsl.cli.main import COMMANDS, main
from tests.support.cli import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PIPELINE, MISTAKES, LEAK = re.findall(r"^```ml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PRINTED, LEAKED = re.findall(r"^```text\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def churn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example's data, in which the test stands."""
    shutil.copytree(ROOT / "examples" / "churn" / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_has_two_commands_of_one_line() -> None:
    first, second = re.findall(r"^\$ (.*)$", README, re.MULTILINE)
    assert first.startswith("python3 -m venv .venv && ") and first.endswith("mldsl run examples/churn/churn.ml")
    assert second.endswith(".venv/bin/python -m pytest -n auto")
    assert "sed -n 's/^\\$ //p' README.md" in (ROOT / ".ci" / "run").read_text()


def test_its_pipeline_is_right_and_laid_out(capsys, churn: Path) -> None:
    Path("pipeline.ml").write_text(PIPELINE)
    assert main(["check", "pipeline.ml"]) == 0
    assert capsys.readouterr().err == "no errors\n"
    assert main(["fmt", "--check", "pipeline.ml"]) == 0


@pytest.mark.parametrize(
    ("name", "program", "printed"),
    [("mistakes.ml", MISTAKES, PRINTED), ("leak.ml", LEAK, LEAKED)],
    ids=["names", "leak"],
)
def test_its_mistakes_are_told_as_it_says(capsys, churn: Path, name: str, program: str, printed: str) -> None:
    Path(name).write_text(program)
    assert main(["check", name]) == 1
    assert capsys.readouterr().err == printed


def test_its_table_of_backends_is_what_the_backends_say(capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\| ([\w`]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", README, re.MULTILINE)
    assert main(["targets"]) == 0
    heading, *lines = (re.split(r" {2,}", line) for line in capsys.readouterr().out.splitlines())
    assert heading == ["", "airflow", "kubeflow", "local"]
    assert [(name, local, airflow, kubeflow) for name, airflow, kubeflow, local in lines if name != "engines"] == rows


def test_its_commands_exist_and_its_links_lead_somewhere() -> None:
    assert set(re.findall(r"`mldsl (\w+)", README)) <= set(COMMANDS)
    for path in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"python (benchmarks/\w+\.py)", README):
        assert (ROOT / path).is_file()


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_links_in_the_documentation_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)#\s]+)\)", text):
        assert "://" in link or (page.parent / link).exists(), link
