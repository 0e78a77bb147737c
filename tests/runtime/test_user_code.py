"""A user's Python files, as they are at the moment of the call."""

from __future__ import annotations

import os
import py_compile
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


def test_compiled_files_of_others_do_not_count(folder: Path):
    py_compile.compile(str(folder / "helper.py"))  # as the user's own tests leave it
    before = (folder / "helper.py").stat()
    (folder / "helper.py").write_text("VALUE = 2\n")
    os.utime(folder / "helper.py", (before.st_atime, before.st_mtime))
    assert call(PythonCode(path="user.py", name="value"), folder, []) == 2


def test_packages_beside_the_file(folder: Path):
    (folder / "parts").mkdir()
    (folder / "parts" / "__init__.py").write_text("")
    (folder / "parts" / "one.py").write_text("VALUE = 5\n")
    (folder / "user.py").write_text("from parts.one import VALUE\n\ndef value():\n    return VALUE\n")
    function = PythonCode(path="user.py", name="value")
    assert call(function, folder, []) == 5
    (folder / "parts" / "one.py").write_text("VALUE = 6\n")
    assert call(function, folder, []) == 6
    assert not list(folder.rglob("*.pyc"))


def test_nothing_is_left_beside_the_file(folder: Path):
    call(PythonCode(path="user.py", name="value"), folder, [])
    user_class(PythonCode(path="user.py", name="Value"), folder)
    assert {path.name for path in folder.iterdir()} == {"user.py", "helper.py"}
