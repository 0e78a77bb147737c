"""What the page on Python shows works as it stands."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import mldsl
from tests.support.fake_steps import Stage, stage

__all__ = ["stage"]

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")


def test_the_code_of_the_page_runs(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    shutil.copytree(ROOT / "examples" / "churn", tmp_path / "churn", ignore=shutil.ignore_patterns(".mldsl"))
    monkeypatch.chdir(tmp_path / "churn")
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "python.md", "exec"), names)  # the page's own code
    told = capsys.readouterr().out
    assert "features runs" in told
    assert "transform features done" in told
    assert (tmp_path / "churn" / "build" / "churn" / "plan.json").is_file()


def test_the_page_names_every_error():
    errors = {name for name in mldsl.__all__ if name.endswith("Error")}
    assert errors - {"StepError"} <= set(re.findall(r"`(?:mldsl\.)?(\w+Error)`", PAGE))
