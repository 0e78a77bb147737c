"""Backends are plug-ins: found by their entry point, loaded when they are asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from mldsl import backend as registry
from mldsl.backend import Capabilities, CompileOptions
from mldsl.errors import UsageError
from mldsl.plan.nodes import Plan

ROOT = Path(__file__).parent.parent.parent


class Echo:
    """A backend that writes the plan's name."""

    name = "echo"
    capabilities = Capabilities("says the name", frozenset())

    def compile(self, plan: Plan, options: CompileOptions) -> dict[str, bytes]:
        return {"name.txt": plan.name.encode()}


def declare(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    points = [EntryPoint(name, value, registry.GROUP) for name, value in values.items()]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points if group == registry.GROUP else [])


def test_a_plug_in_is_a_backend_like_any_other(monkeypatch: pytest.MonkeyPatch):
    declare(monkeypatch, echo=f"{__name__}:Echo")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[Echo.__module__])
    assert registry.backend_names() == ("airflow", "echo", "kubeflow", "local")
    made = registry.backend("echo")
    assert made.compile(Plan(name="p", steps=()), CompileOptions(Path())) == {"name.txt": b"p"}


def test_a_plug_in_that_cannot_be_loaded_is_said(monkeypatch: pytest.MonkeyPatch):
    declare(monkeypatch, broken="no_such_module_anywhere:Backend")
    with pytest.raises(UsageError, match="the backend `broken` cannot be loaded: No module named"):
        registry.backend("broken")


def test_in_a_checkout_the_local_backend_is_found_without_installing():
    code = (
        f"import sys, importlib.metadata as m; sys.path.insert(0, {str(ROOT)!r}); m.entry_points = lambda **_: [];"
        "from mldsl.backend import backend; print(backend('local').name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="/")
    assert (done.stdout.strip(), done.returncode) == ("local", 0), done.stderr
