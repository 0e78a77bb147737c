"""What a terminal shows while a run goes on."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from mldsl_local import LocalBackend, RunOptions
from mldsl_local.progress import Terminal, watcher

from mldsl.runs.observer import Silent
from mldsl.runtime.work import StepResult
from tests.support.fake_steps import Stage, fail, stage
from tests.support.plans import plan_of, two_branches

__all__ = ["stage"]


class FakeTerminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(stage: Stage, folder: Path) -> str:
    stream = FakeTerminal()
    plan = plan_of(two_branches(), folder)
    LocalBackend().run(plan, RunOptions(folder, jobs=1, observer=Terminal(stream)))
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def test_every_step_gets_a_line_that_stays(stage: Stage, tmp_path: Path):
    stage.on("model:churn_model", lambda work: work.progress(3, 8, "trials") or StepResult())
    stage.on("transform:counted", fail)
    text = shown(stage, tmp_path)
    assert re.search(r"✓ source    customers  \d\.\d s", text)
    assert "✗ transform counted" in text
    assert "- deploy    nightly  this version of mldsl leaves deployments out" in text
    assert "= source    customers  cached" in shown(stage, tmp_path)


def test_names_and_messages_are_shown_as_they_are(stage: Stage, tmp_path: Path):
    stage.on("source:stock", lambda work: work.log("[bold]not markup[/bold] :smile:") or StepResult())
    assert "source    stock: [bold]not markup[/bold] :smile:" in shown(stage, tmp_path)


def test_elsewhere_nothing_is_shown():
    assert isinstance(watcher(io.StringIO()), Silent)
    assert isinstance(watcher(FakeTerminal()), Terminal)


def test_rich_is_imported_only_for_a_terminal():
    code = (
        "import sys, io; from mldsl_local.progress import watcher; watcher(io.StringIO()); print('rich' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ".:backends"}
    )
    assert done.stdout.strip() == "False"
