"""`mldsl lsp` where it cannot start, and how it ends."""

from __future__ import annotations

import os

from tests.support.cli import environment, mldsl


def test_without_pygls_it_says_how_to_get_it(tmp_path):
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError(\"No module named 'pygls'\", name='pygls')\n")
    done = mldsl("lsp", PYTHONPATH=_with(tmp_path))
    assert done.returncode == 2
    assert "the language server needs pygls" in done.stderr
    assert "pip install 'mldsl[lsp]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_ends_quietly_when_the_editor_goes():
    done = mldsl("lsp", stdin="")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def _with(path) -> str:

    return f"{path}{os.pathsep}{environment()['PYTHONPATH']}"
