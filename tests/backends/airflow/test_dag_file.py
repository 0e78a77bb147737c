"""The DAG file of each example: it is Python, formatted, of Airflow 3, and the same every time."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mldsl
from tests.support.cli import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*/*.ml"))
RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent))


def compiled(program: Path, **options: str) -> dict[str, bytes]:
    return mldsl.load(program).compile("airflow", options={"folder": f"/opt/programs/{program.stem}", **options})


@pytest.mark.parametrize("program", EXAMPLES, ids=lambda path: path.stem)
def test_it_is_python_and_formatted_and_of_airflow_3(program: Path, tmp_path: Path) -> None:
    files = compiled(program)
    [name] = [path for path in files if "/" not in path]
    text = files[name].decode()
    compile(text, name, "exec")
    (tmp_path / name).write_text(text, encoding="utf-8")
    for words in (
        ["format", "--isolated", "--check", "--line-length", "88"],
        ["format", "--isolated", "--check", "--line-length", "120"],
        ["check", "--isolated", "--preview", "--target-version", "py310", "--select", "AIR,F,I,UP,E4,E7,E9"],
    ):
        done = subprocess.run([RUFF, *words, name], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("program", EXAMPLES, ids=lambda path: path.stem)
def test_the_same_program_gives_the_same_bytes(program: Path) -> None:
    assert compiled(program) == compiled(program)
