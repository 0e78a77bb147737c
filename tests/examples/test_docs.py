"""The programs in the documentation are programs: whole ones have no mistake, pieces of one can be read."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mldsl.analysis.analyze import check
from mldsl.cli.main import main
from mldsl.source import SourceFile
from mldsl.syntax.fmt import format_text
from tests.support.cli import ROOT

BLOCKS = [
    pytest.param(text, id=f"{path.relative_to(ROOT)}:{number}")
    for path in sorted((ROOT / "docs").rglob("*.md"))
    if path.parent.name != "diagnostics"
    for number, text in enumerate(re.findall(r"^```ml\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL), 1)
]


@pytest.mark.parametrize("text", BLOCKS)
def test_a_program_in_the_documentation_is_right_and_laid_out(text: str, tmp_path: Path) -> None:
    found = format_text(SourceFile("block.ml", text))
    assert (found.text, found.diagnostics) == (text, ())
    if re.search(r"^pipeline ", text, re.MULTILINE):
        path = tmp_path / "block.ml"
        path.write_text(text)
        assert check(str(path)).diagnostics == ()


def test_the_guide_leads_to_a_run_that_ends_well(capsys, tmp_path: Path, monkeypatch) -> None:
    *_, last = re.findall(r"^```ml\n(.*?)^```$", (ROOT / "docs" / "guide.md").read_text(), re.MULTILINE | re.DOTALL)
    shutil.copytree(ROOT / "examples" / "penguins" / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    Path("penguins.ml").write_text(last)
    assert main(["run", "penguins.ml"]) == 0, capsys.readouterr().err
    Path("penguins.ml").write_text(last.replace("island:  encode(onehot)", "island: scale(standard)"))
    assert main(["check", "penguins.ml"]) == 1
    assert "error[ML406]" in capsys.readouterr().err
