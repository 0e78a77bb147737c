"""Programs as DAGs: compiling them, and what ruff says of the file."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import mldsl

RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"

_LOOKS = (
    ["format", "--isolated", "--check", "--line-length", "88"],
    ["format", "--isolated", "--check", "--line-length", "120"],
    ["check", "--isolated", "--preview", "--target-version", "py310", "--select", "AIR,F,I,UP,E4,E7,E9"],
)


def compiled(program: Path, profile: str | None = None, **options: str) -> dict[str, bytes]:
    """The files, with the program's folder where it would be on a server."""
    if not options.get("operator", "").startswith("kubernetes"):
        options = {"folder": f"/opt/programs/{program.stem}", **options}
    return mldsl.load(program, profile).compile("airflow", options=options)


def dag(files: dict[str, bytes]) -> str:
    """The text of the DAG file of the pipeline itself."""
    [name] = [path for path in dags(files) if "__" not in path]
    return files[name].decode()


def dags(files: dict[str, bytes]) -> dict[str, str]:
    """The texts of all DAG files: also of what has a schedule of its own."""
    return {path: content.decode() for path, content in files.items() if "/" not in path}


def written(folder: Path, text: str, **others: str) -> Path:
    """A program in a folder of its own, with other files beside it (`read_py` is `read.py`)."""
    for name, content in others.items():
        (folder / name.replace("_py", ".py")).write_text(content, encoding="utf-8")
    path = folder / "program.ml"
    path.write_text(text, encoding="utf-8")
    return path


def complaints(text: str, folder: Path) -> str:
    """What Python and ruff find wrong with a DAG file; nothing for a good one."""
    compile(text, "dag.py", "exec")
    (folder / "dag.py").write_text(text, encoding="utf-8")
    said = []
    for words in _LOOKS:
        done = subprocess.run([RUFF, *words, "dag.py"], cwd=folder, capture_output=True, text=True)
        said += [done.stdout + done.stderr] if done.returncode else []
    return "\n".join(said)
