"""How much CPU time `mldsl compile` takes for Airflow and for Kubeflow, beside what their own tools take.

Run from a checkout: `python benchmarks/compile.py`. Airflow parses what is written for it, and Kubeflow's SDK compiles
the same pipeline (`kubeflow_dsl.py`), where they can be imported; other environments' Pythons are named with `--airflow
PYTHON` and `--kfp PYTHON`. Times are user and system time of whole processes; the least of several runs counts, and
`import lark` beside it says how fast the machine is.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
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
KUBEFLOW_LIMIT = 0.4
"""Seconds that compiling churn for Kubeflow may take."""
SHARE_LIMIT = 1 / 8
"""The part of the CPU time of Kubeflow's SDK that compiling the same 500 steps may take."""
GROWTH_LIMIT = 3.0
"""How much more 500 steps may cost on top of 500 than 250 on top of 250: 2 where the time is linear, 4 where it is
quadratic."""

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


def program(steps: int, options: str = "", where: str = "") -> str:
    """Sources with a check and a transform of both, as many as make so many steps; the files are at `where`."""
    table = """
source s{n} = csv("{where}s{n}.csv") {{ id: int key; x: float }}
check s{n} {{ expect x > 0 }}
transform t{n} = s{n} {{ {join}derive x = x + 1.0 }}
check t{n} {{ expect x > 1 }}
"""
    joins = ["", *(f"semi join t{n - 1} on id == t{n - 1}.id; " for n in range(1, steps // 4))]
    tables = (table.format(n=n, join=join, where=where) for n, join in enumerate(joins))
    return f"pipeline long {{{options}}}\n{''.join(tables)}"


def parsing(python: str, path: Path) -> float:
    """The CPU time in which Airflow makes the DAG of a file, once Airflow itself is imported."""
    done = subprocess.run([python, "-c", _PARSE, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def airflow(folder: Path, repeat: int, python: str | None) -> bool:
    """Print Airflow's figures; whether all are within their limits."""
    compiles = (sys.executable, "-m", "mldsl", "compile", "--target", "airflow", "--force")
    (folder / "long.ml").write_text(program(STEPS), encoding="utf-8")
    churn = cpu_seconds(*compiles, str(CHURN), "-o", str(folder), repeat=repeat)
    long = cpu_seconds(*compiles, str(folder / "long.ml"), "-o", str(folder), repeat=2)
    parsed = parsing(python, folder / "long.py") if python else None
    print(f"airflow: churn                  {churn:.3f} s (limit {LIMIT:g} s)")
    print(f"airflow: {STEPS:,} steps            {long:.3f} s")
    told = "not here" if parsed is None else f"{parsed:.3f} s (limit {PARSE_LIMIT:g})"
    print(f"airflow: it parses them in      {told}")
    return churn <= LIMIT and (parsed or 0) <= PARSE_LIMIT


def kubeflow(folder: Path, repeat: int, python: str | None) -> bool:
    """Print Kubeflow's figures; whether all are within their limits."""
    compiles = (sys.executable, "-m", "mldsl", "compile", "--target", "kubeflow", "--force", "-o", str(folder))
    given = ("--profile", "prod", "--timezone", "Europe/Berlin")
    churn = cpu_seconds(*compiles, str(CHURN), *given, repeat=repeat)
    print(f"kubeflow: churn                 {churn:.3f} s (limit {KUBEFLOW_LIMIT:g} s)")
    times = {}
    for steps in (250, 1_000, 500):  # the last one's file is what is left
        text = program(steps, ' artifacts: "s3://bucket/store" ', "s3://bucket/")
        (folder / "long.ml").write_text(text, encoding="utf-8")
        times[steps] = cpu_seconds(*compiles, str(folder / "long.ml"), repeat=max(2, repeat // 2))
        print(f"kubeflow: {steps:5,} steps           {times[steps]:.3f} s")
    growth = (times[1_000] - times[500]) / (times[500] - times[250])
    print(f"kubeflow: growth                {growth:.1f} (limit {GROWTH_LIMIT:g}; linear is 2)")
    fits = churn <= KUBEFLOW_LIMIT and growth <= GROWTH_LIMIT
    return beside_the_sdk(folder, python, times[500]) and fits if python else fits


def beside_the_sdk(folder: Path, python: str, ours: float) -> bool:
    """Print how the same 500 steps fare with Kubeflow's SDK; whether ours take and need no more than they may."""
    own = folder / "long" / "pipeline.yaml"
    theirs = folder / "sdk.yaml"
    read = "import json, sys, yaml; found = next(yaml.load_all(open(sys.argv[1]), yaml.CSafeLoader)); "
    read += "print(json.dumps(found['deploymentSpec']['executors']['exec-s0-source']['container']['command']))"
    done = subprocess.run([python, "-c", read, str(own)], capture_output=True, text=True, check=True)
    command = json.dumps(json.loads(done.stdout))
    sdk = cpu_seconds(python, str(Path(__file__).with_name("kubeflow_dsl.py")), "500", str(theirs), command, repeat=2)
    size, most = own.stat().st_size, theirs.stat().st_size
    print(f"kubeflow: 500 steps with kfp    {sdk:.3f} s")
    print(f"kubeflow: part of that          1/{sdk / ours:.1f} (limit 1/{1 / SHARE_LIMIT:g})")
    print(f"kubeflow: size                  {size:,} bytes, with kfp {most:,}")
    return ours <= SHARE_LIMIT * sdk and size <= most


def main() -> int:
    """Print the figures; the exit status is 1 when something takes longer than it may."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="runs of each command, of which the quickest counts")
    parser.add_argument("--airflow", metavar="PYTHON", help="the Python of an environment with Airflow")
    parser.add_argument("--kfp", metavar="PYTHON", help="the Python of an environment with Kubeflow's SDK")
    given = parser.parse_args()
    lark = cpu_seconds(sys.executable, "-c", "import lark", repeat=given.repeat)
    print(f"import lark                     {lark:.3f} s")
    with tempfile.TemporaryDirectory() as name:
        fits = airflow(Path(name), given.repeat, given.airflow or _here("airflow"))
        fits &= kubeflow(Path(name), given.repeat, given.kfp or _here("kfp"))
    return int(not fits)


def _here(module: str) -> str | None:
    """This Python, where it has the module; `kfp` is an empty folder where only the messages are installed."""
    found = importlib.util.find_spec(module)
    return sys.executable if found is not None and found.origin is not None else None


if __name__ == "__main__":
    sys.exit(main())
