"""`mldsl check FILE --certificate …`: one document on standard output, all else on standard error."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from mldsl.cli.main import main
from tests.support.cli import ROOT
from tests.support.golden import same_as

GOLDEN = Path(__file__).parent / "golden" / "certificate.md"


@pytest.fixture
def churn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "examples" / "churn" / "churn.ml", tmp_path / "churn.ml")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "churn.ml"


def test_json_is_one_document(churn: Path, capsys) -> None:
    assert main(["check", "churn.ml", "--certificate", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["program"] == "churn.ml" and out.isascii()
    assert err == "no errors\n"
    assert main(["check", "churn.ml", "--certificate", "json"]) == 0
    assert capsys.readouterr().out == out


def test_markdown_is_for_people(churn: Path, capsys) -> None:
    assert main(["check", "churn.ml", "--certificate", "markdown"]) == 0
    out = re.sub(r"sha256 `[0-9a-f]{64}`", "sha256 `…`", capsys.readouterr().out)
    same_as(GOLDEN, re.sub(r"^- mldsl [\d.]+\w*$", "- mldsl …", out, flags=re.MULTILINE))


def test_there_is_none_with_errors(churn: Path, capsys) -> None:
    churn.write_text(churn.read_text("utf-8").replace("from data {", "from date {"), encoding="utf-8")
    assert main(["check", "churn.ml", "--certificate", "json"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "error[" in err
    assert err.endswith("no certificate: nothing is proved of a program that has errors or cannot be read\n")


@pytest.mark.parametrize("more", [["other.ml"], ["--format", "json"], ["--format", "sarif"]])
def test_one_program_and_one_document(churn: Path, capsys, more: list[str]) -> None:
    assert main(["check", "churn.ml", "--certificate", "json", *more]) == 2
    assert capsys.readouterr().out == ""
