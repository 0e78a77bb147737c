"""What Airflow pays for a DAG of mldsl: how long a file of 1,000 steps parses, and what a cached step costs in a task.

Airflow parses a DAG file again for each task and every half minute, in a process that has `airflow.sdk` imported; so
what counts is the time of the file itself. It is held against a file by hand with as many empty tasks in a chain. A
cached step is timed in a new Python process, as a forked task has nothing of mldsl imported either.

Run from a checkout: `python benchmarks/airflow_tasks.py`; Airflow has to be installed. Times are user and system time;
the least of several rounds counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = 1_000
LIMIT = 2.0
"""Seconds that the file of 1,000 steps may take."""
CACHED_LIMIT = 1.0
"""Seconds that a cached step may take, imports included."""

_HEAD = 'pipeline steps {}\n\nsource t0 = csv("table.csv") {\n  id: int key\n  x:  float\n}\n'
# Two steps, and two tasks: a table that its check reads as well as the next transform.
_STEP = "\ntransform t{n} = t{before} {{ derive x = x + 1.0 }}\n\ncheck t{n} {{ expect rows() > 0 }}\n"
_BY_HAND = """
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

def nothing():
    pass

with DAG(dag_id="by_hand", schedule=None) as dag:
    before = None
    for number in range({count}):
        task = PythonOperator(task_id=f"task_{{number}}", python_callable=nothing)
        if before is not None:
            before >> task
        before = task
"""
_PARSE = """
import json, runpy, sys, time
import airflow.sdk, airflow.providers.standard.operators.python
found = []
for path in sys.argv[1:]:
    start = time.process_time()
    tasks = len(runpy.run_path(path)["dag"].tasks)
    found.append([tasks, time.process_time() - start])
print(json.dumps(found))
"""
_CACHED = """
import json, resource, sys, time
from pathlib import Path
from mldsl.runtime.worker import run_steps
plan, folder, run, *steps = sys.argv[1:]
found = run_steps(Path(plan), steps, store="store", folder=Path(folder), code=Path(folder), params={},
    run_date="2025-01-01", run_time="2025-01-01T00:00:00", run=run, log=lambda line: None)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([[item["state"] for item in found.values()], used.ru_utime + used.ru_stime]))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _write(folder)
        parsed = [_parsed(folder) for _ in range(rounds)]
        ours, by_hand = (min(round_[which][1] for round_ in parsed) for which in (0, 1))
        tasks = parsed[0][0][0]
        print(f"a DAG file of {tasks:,} steps: {ours:.2f} s; {STEPS:,} empty tasks by hand: {by_hand:.2f} s")
        cached = _cached(folder, rounds)
        print(f"a cached step, all imports included: {cached:.2f} s")
    return 0 if ours <= LIMIT and cached <= CACHED_LIMIT else 1


def _write(folder: Path) -> None:
    program = _HEAD + "".join(_STEP.format(n=n, before=n - 1) for n in range(1, STEPS // 2 + 1))
    (folder / "steps.ml").write_text(program, encoding="utf-8")
    (folder / "table.csv").write_text("id,x\n1,1.0\n2,2.0\n", encoding="utf-8")
    (folder / "by_hand.py").write_text(_BY_HAND.format(count=STEPS), encoding="utf-8")
    _run("-m", "mldsl", "compile", folder / "steps.ml", "--target", "airflow", "-o", folder / "dags")


def _parsed(folder: Path) -> list[list[float]]:
    found: list[list[float]] = json.loads(_run("-c", _PARSE, folder / "dags" / "steps.py", folder / "by_hand.py"))
    return found


def _cached(folder: Path, rounds: int) -> float:
    """Seconds for the step `t1` of the plan of 1,000, which a run before has carried out."""
    words = (folder / "dags" / "steps" / "plan.json", folder, "run")
    _run("-c", _CACHED, *words, "source:t0", "transform:t1")
    times = []
    for _ in range(rounds):
        states, seconds = json.loads(_run("-c", _CACHED, *words, "transform:t1"))
        assert states == ["cached"], states
        times.append(seconds)
    return min(times)


def _run(*words: object) -> str:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'backends'}", "AIRFLOW_HOME": "/nonexistent"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([sys.executable, *map(str, words)], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
