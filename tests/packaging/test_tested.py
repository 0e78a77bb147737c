"""The versions that images pin are of what mldsl requires, and within what it allows."""

from __future__ import annotations

import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mldsl.backend.tested import constraints, python
from tests.support.cli import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {
    name: listed
    for name, listed in PROJECT["optional-dependencies"].items()
    if name not in ("airflow", "all", "dev", "lsp", "kubeflow", "onnx")  # what no task of an image does
}


@pytest.mark.parametrize("extra", [None, *EXTRAS])
def test_what_is_required_is_pinned_to_a_version_that_is_allowed(extra: str | None) -> None:
    lines = constraints([] if extra is None else [extra], "").splitlines()[1:]
    pinned = dict(line.split("==") for line in lines)
    wanted = [Requirement(text) for text in (PROJECT["dependencies"] if extra is None else EXTRAS[extra])]
    assert {canonicalize_name(item.name) for item in wanted} <= set(pinned)
    assert [item.name for item in wanted if pinned[canonicalize_name(item.name)] not in item.specifier] == []


def test_the_python_is_one_that_mldsl_runs_on() -> None:
    assert f"{python()}.0" in Requirement(f"mldsl{PROJECT['requires-python']}").specifier
