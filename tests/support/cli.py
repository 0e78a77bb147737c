"""The command line as a user has it: a process of its own, with what it printed and how it ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def environment(**more: str) -> dict[str, str]:
    """This process's environment with the checkout importable and nothing that changes how things are printed."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return {**kept, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'backends'}", "PYTHONUTF8": "1", **more}


def mldsl(
    *words: str | Path, cwd: Path | None = None, stdin: str | bytes | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run `mldsl WORDS…` to its end; `more` goes into its environment."""
    finished = subprocess.run(
        [sys.executable, "-m", "mldsl", *map(str, words)],
        cwd=cwd or ROOT,
        env=environment(**more),
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        timeout=300,
    )
    out, err = (stream.decode("utf-8", "backslashreplace") for stream in (finished.stdout, finished.stderr))
    return subprocess.CompletedProcess(finished.args, finished.returncode, out, err)
