"""What a step costs beside its work: a hundred trivial transforms, each checked and written, over 1,000 rows.

The same by hand is a loop in pandas that reads a Parquet file, adds to a column, looks whether the condition holds and
writes a Parquet file. What starting costs is left out on both sides: the time of one step is taken from that of all.
Then the same program again, with nothing changed.

Run from a checkout: `python benchmarks/many_steps.py`. Times are user and system time of the whole process; the least
of several rounds counts.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from large_table import Cost, cost

STEPS = 100
LIMIT = 5 / 4
"""A step may take so many times the CPU of the loop in pandas: 5 ms where that takes 4."""
AGAIN_LIMIT = 0.3
"""Seconds of CPU of the whole run when nothing has changed."""

_HEAD = """\
pipeline steps {}

source t0 = parquet("table.parquet") {
  id: int key
  x:  float
  k:  int
}
"""
_STEP = """
transform t{n} = t{before} {{ derive x = x + {n}.0 }}

check t{n} {{ expect rows() > 0; expect x < 1e9 }}
"""

BY_HAND = """\
import sys
import pandas as pd

path = "table.parquet"
for n in range(int(sys.argv[1])):
    frame = pd.read_parquet(path)
    frame["x"] = frame["x"] + float(n)
    assert len(frame) > 0 and (frame["x"] < 1e9).all()
    path = f"by_hand_{n}.parquet"
    frame.to_parquet(path, index=False)
"""


def program(steps: int) -> str:
    """A chain of so many transforms, each with its check."""
    return _HEAD + "".join(_STEP.format(n=n, before=n - 1) for n in range(1, steps + 1))


def main() -> int:
    """Print the figures; the exit status is 1 when one is beyond its limit."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as temporary:
        return report(Path(temporary), rounds)


def report(folder: Path, rounds: int) -> int:
    """Measure in turn and print; 1 when a limit is missed."""
    _make(folder)
    run = [sys.executable, "-m", "mldsl", "run", "--jobs", "1"]
    one, many, again, lark, hand_one, hand_many = Cost(), Cost(), Cost(), Cost(), Cost(), Cost()
    for _ in range(rounds):
        for name in ("one.ml", "many.ml"):
            shutil.rmtree(folder / ".mldsl", ignore_errors=True)
            found = cost([*run, name], folder)
            one, many = (one.least(found), many) if name == "one.ml" else (one, many.least(found))
        again = again.least(cost([*run, "many.ml"], folder))
        lark = lark.least(cost([sys.executable, "-c", "import lark"], folder))
        hand_one = hand_one.least(cost([sys.executable, "by_hand.py", "1"], folder))
        hand_many = hand_many.least(cost([sys.executable, "by_hand.py", str(STEPS)], folder))
    step, hand = (many.cpu - one.cpu) / (STEPS - 1), (hand_many.cpu - hand_one.cpu) / (STEPS - 1)
    print(
        f"a step of mldsl     {step * 1000:.1f} ms of CPU, {step / hand:.2f} times that of pandas (limit {LIMIT:.2f})"
    )
    print(f"a step of pandas    {hand * 1000:.1f} ms")
    print(f"to start and one    {one.cpu:.2f} s, pandas {hand_one.cpu:.2f} s")
    beside = f"{again.cpu / lark.cpu:.1f} times `import lark`"
    print(f"nothing changed     {again.cpu:.2f} s of CPU (limit {AGAIN_LIMIT:g}), {beside}")
    return int(step > LIMIT * hand or again.cpu > AGAIN_LIMIT)


def _make(folder: Path) -> None:
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    table = pl.DataFrame({"id": range(1_000), "x": rng.normal(size=1_000), "k": rng.integers(0, 10, 1_000)})
    table.write_parquet(folder / "table.parquet")
    (folder / "one.ml").write_text(program(1))
    (folder / "many.ml").write_text(program(STEPS))
    (folder / "by_hand.py").write_text(BY_HAND)


if __name__ == "__main__":
    sys.exit(main())
