"""A user's Python files, as they are at the moment of the call."""

from __future__ import annotations

from pathlib import Path

import pytest

from mldsl.plan.nodes import PythonCode
from mldsl.runtime.models.user_code import user_class
from mldsl.runtime.user_functions import call

USES = "from helper import VALUE\n\ndef value():\n    return VALUE\n\nclass Value:\n    value = VALUE\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file and its helper, where Python keeps compiled files, as it does unless it is told otherwise."""
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    monkeypatch.setattr("sys.pycache_prefix", None)
    (tmp_path / "user.py").write_text(USES)
    (tmp_path / "helper.py").write_text("VALUE = 1\n")
    return tmp_path


def test_a_change_within_the_second_counts(folder: Path):
    function, class_ = PythonCode(path="user.py", name="value"), PythonCode(path="user.py", name="Value")
    assert (call(function, folder, []), user_class(class_, folder).value) == (1, 1)
    (folder / "helper.py").write_text("VALUE = 2\n")
    assert (call(function, folder, []), user_class(class_, folder).value) == (2, 2)


def test_nothing_is_left_beside_the_file(folder: Path):
    call(PythonCode(path="user.py", name="value"), folder, [])
    user_class(PythonCode(path="user.py", name="Value"), folder)
    assert {path.name for path in folder.iterdir()} == {"user.py", "helper.py"}
