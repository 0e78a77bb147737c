"""How much CPU time `mldsl check` takes, beside `python -c "import lark"`, and for a program of 2,000 lines.

Run from a checkout: `python benchmarks/check_time.py`. Times are user and system time of the whole process, start of
Python included; the least of several runs, which is the one that the machine disturbed least.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHURN = ROOT / "examples" / "churn" / "churn.ml"
LIMIT = 3.0
"""`mldsl check examples/churn/churn.ml` may take this many times as long as `import lark`."""
LONG_LIMIT = 1.0
"""A program of 2,000 lines may take this many seconds."""

_TABLE = """
source s{n} = csv("data/s{n}.csv") {{
  id: int key
  day: date
  amount: float?
  kind: enum("a", "b", "c")
}}

check s{n} {{
  expect unique(id)
  expect amount >= 0 else warn
}}

transform t{n} = s{n} {{
  filter day >= @2024-01-01
  derive {{
    amount{n} = amount ?? 0.0
    late{n} = month(day) > 6 and kind in ("a", "b")
    size{n} = log1p(abs(amount ?? 0.0)) * 2
  }}
  select id, amount{n}, late{n}, size{n}
}}
"""
_LINES = _TABLE.count("\n") + 1


def cpu_seconds(*words: str, repeat: int, env: Mapping[str, str] | None = None) -> float:
    """The least CPU time of `repeat` runs of a command, in seconds. Raises CalledProcessError if it fails."""
    best = float("inf")
    for _ in range(repeat):
        process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, words)
        best = min(best, usage.ru_utime + usage.ru_stime)
    return best


def long_program(lines: int = 2_000) -> str:
    """A program of at least that many lines: many sources with their checks and transforms, joined into one model."""
    count = -(-lines // _LINES)
    tables = "".join(_TABLE.format(n=n) for n in range(count))
    joins = "\n".join(f"  left join t{n} on id == t{n}.id" for n in range(1, count))
    return f"""pipeline long {{}}
{tables}
transform wide = t0 {{
{joins}
}}

split data = wide {{ train: 70%; test: 30% }}

model m = predict late0 from data {{ algorithm gradient_boosting }}

evaluate m on data.test {{ expect roc_auc >= 0.5 }}
"""


def main() -> int:
    """Print the figures; the exit status is 1 when `mldsl check` takes longer than it may (CI holds it to that)."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--repeat", type=int, default=10, help="runs of each command, of which the quickest counts")
    repeat = parser.parse_args().repeat
    check = (sys.executable, "-m", "mldsl", "check")
    lark = cpu_seconds(sys.executable, "-c", "import lark", repeat=repeat)
    churn = cpu_seconds(*check, str(CHURN), repeat=repeat)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.ml"
        path.write_text(long_program(), encoding="utf-8")
        lines = path.read_text(encoding="utf-8").count("\n")
        long = cpu_seconds(*check, str(path), repeat=min(repeat, 3))
    print(f"import lark                  {lark:.3f} s")
    print(f"mldsl check churn.ml         {churn:.3f} s, {churn / lark:.1f} times as long (limit {LIMIT:g})")
    print(f"mldsl check, {lines:,} lines    {long:.3f} s (limit {LONG_LIMIT:g})")
    return int(churn > LIMIT * lark or long > LONG_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
