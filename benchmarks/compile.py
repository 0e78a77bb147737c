"""How much CPU time `mldsl compile --target airflow` takes, and how long Airflow takes to parse what it writes.

Run from a checkout: `python benchmarks/compile.py`. Parsing is measured where Airflow can be imported; another
environment's Python is named with `--airflow PYTHON`. Times are user and system time; the least of several runs counts,
and `import lark` beside it says how fast the machine is.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from check_time import CHURN, cpu_seconds

STEPS = 1_000
LIMIT = 0.5
"""Seconds that compiling churn may take."""
PARSE_LIMIT = 2.0
"""Seconds that Airflow may take for a DAG of 1,000 steps."""

_PARSE = """
import sys, time
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator
path = sys.argv[1]
code = compile(open(path).read(), path, "exec")
times = []
for _ in range(3):
    start = time.process_time()
    exec(code, {"__name__": "dag", "__file__": path})
    times.append(time.process_time() - start)
print(min(times))
"""


def program(steps: int) -> str:
    """Sources with a check and a transform of both, as many as make so many steps."""
    table = """
source s{n} = csv("s{n}.csv") {{ id: int key; x: float }}
check s{n} {{ expect x > 0 }}
transform t{n} = s{n} {{ {join}derive x = x + 1.0 }}
check t{n} {{ expect x > 1 }}
"""
    joins = ["", *(f"semi join t{n - 1} on id == t{n - 1}.id; " for n in range(1, steps // 4))]
    return "pipeline long {}\n" + "".join(table.format(n=n, join=join) for n, join in enumerate(joins))


def parsing(python: str, path: Path) -> float:
    """The CPU time in which Airflow makes the DAG of a file, once Airflow itself is imported."""
    done = subprocess.run([python, "-c", _PARSE, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def main() -> int:
    """Print the figures; the exit status is 1 when something takes longer than it may."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="runs of each command, of which the quickest counts")
    parser.add_argument("--airflow", metavar="PYTHON", help="the Python of an environment with Airflow")
    given = parser.parse_args()
    python = given.airflow or (sys.executable if importlib.util.find_spec("airflow") else None)
    compiles = (sys.executable, "-m", "mldsl", "compile", "--target", "airflow", "--force")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "long.ml").write_text(program(STEPS), encoding="utf-8")
        lark = cpu_seconds(sys.executable, "-c", "import lark", repeat=given.repeat)
        churn = cpu_seconds(*compiles, str(CHURN), "-o", name, repeat=given.repeat)
        long = cpu_seconds(*compiles, str(folder / "long.ml"), "-o", name, repeat=2)
        parsed = parsing(python, folder / "long.py") if python else None
    print(f"import lark                     {lark:.3f} s")
    print(f"mldsl compile churn.ml          {churn:.3f} s, {churn / lark:.1f} times as long (limit {LIMIT:g} s)")
    print(f"mldsl compile of {STEPS:,} steps    {long:.3f} s")
    told = "not here" if parsed is None else f"{parsed:.3f} s (limit {PARSE_LIMIT:g})"
    print(f"Airflow parses {STEPS:,} steps      {told}")
    return int(churn > LIMIT or (parsed or 0) > PARSE_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
