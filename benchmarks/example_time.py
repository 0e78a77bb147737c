"""How long the churn example takes on this machine: from nothing, and again when every result is there.

Run from a checkout: `python benchmarks/example_time.py`. Times are by the wall clock, start of Python included.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def seconds(program: Path) -> float:
    """The time of one `mldsl run`. Raises CalledProcessError if it fails."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "mldsl", "run", str(program)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print both times."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "churn"
        shutil.copytree(ROOT / "examples" / "churn", copy, ignore=shutil.ignore_patterns(".mldsl", "build"))
        print(f"mldsl run churn.ml           {seconds(copy / 'churn.ml'):.1f} s")
        print(f"the same again, all cached   {seconds(copy / 'churn.ml'):.1f} s")


if __name__ == "__main__":
    main()
