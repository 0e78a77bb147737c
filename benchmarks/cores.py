"""How many processors eight independent steps that hold Python's lock keep busy, over the span in which they run.

    python benchmarks/cores.py [--jobs N]

For eight Python transforms and for eight models: the span from the first of them that begins to the last that ends
(starting workers and importing libraries included), the CPU time that the run got in it, and the cores that this makes.
On a machine with two processors that nothing else uses, 1.85 is the aim. Where others are busy, too, `share` tells: of
the processors' time that others did not take (`idle` is what nobody took, in cores) the run is to use 92.5 %. `wanted`
is how many of the run's threads had something to compute, on average, whether or not they got a processor for it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROWS, STEPS = 20_000, 8

PYTHON = """\
def busy(t, seconds, number):
    import time

    begun, total = time.process_time(), 0
    while time.process_time() - begun < seconds:
        total = (total * 31 + number) % 1_000_003
    t["x"] = t["x"] + number
    return t
"""


def python_steps(seconds: float) -> str:
    """A program with eight Python transforms of so many seconds of CPU each."""
    steps = "".join(
        f'transform t{n} = python("busy.py:busy", rows, {seconds}, {n}) {{ x: float; y: bool }}\n' for n in range(STEPS)
    )
    return f'pipeline p {{}}\nsource rows = csv("rows.csv") {{ x: float; y: bool }}\n{steps}'


def models() -> str:
    """A program with eight models."""
    fits = "".join(
        f"model m{n} = predict y from data {{ algorithm random_forest {{ n_estimators: {15 + n} }} }}\n"
        for n in range(STEPS)
    )
    return (
        'pipeline p {}\nsource rows = csv("rows.csv") { x: float; y: bool }\n'
        f"split data = rows {{ train: 70%; test: 30% }}\n{fits}"
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """At a time: the CPU seconds that a run had used, those that nobody had, and how many threads could run."""

    time: float
    cpu: float
    idle: float
    wanted: int


def measure(program: str, kind: str, jobs: int) -> str:
    """A line of the table: what a run used from the first step of the kind that began to the last that ended."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = "".join(f"{n * 7919 % 10_007 / 10},{'true' if n * 31 % 7 < 3 else 'false'}\n" for n in range(ROWS))
        (folder / "rows.csv").write_text("x,y\n" + rows)
        (folder / "busy.py").write_text(PYTHON)
        (folder / "p.ml").write_text(program)
        command = [sys.executable, "-m", "mldsl", "run", str(folder / "p.ml"), "--jobs", str(jobs)]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'backends'}"}
        samples = watch(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
        import mldsl

        events = mldsl.find_run("last", folder).events
        mine = [event for event in events if str(event.get("step", "")).startswith(kind)]
        times = [datetime.fromisoformat(event["time"]).timestamp() for event in mine]
        first, last = min(times), max(times)
        at = [sample for sample in samples if first <= sample.time <= last]
        span, cpu, idle = (getattr(at[-1], name) - getattr(at[0], name) for name in ("time", "cpu", "idle"))
        wanted = sum(sample.wanted for sample in at) / len(at)
        share = cpu / (cpu + idle)
        return f"{span:>7.1f}s{cpu:>7.1f}s{cpu / span:>8.2f}{idle / span:>8.2f}{share:>8.1%}{wanted:>8.2f}"


def watch(process: subprocess.Popen[bytes]) -> list[Sample]:
    """Samples of a process and all that it started, until it ends."""
    seen: dict[str, float] = {}
    samples = []
    while process.poll() is None:
        pids = family(process.pid)
        for pid in pids:
            seen[pid] = max(seen.get(pid, 0.0), seconds_of(pid))
        samples.append(Sample(time.time(), sum(seen.values()), idle_seconds(), sum(map(runnable, pids))))
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"the run ended with {process.returncode}")
    return samples


def family(root: int) -> list[str]:
    """A process and all below it."""
    found, queue = [], [str(root)]
    while queue:
        pid = queue.pop()
        found.append(pid)
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                queue += path.read_text().split()
    return found


def seconds_of(pid: str) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle_seconds() -> float:
    """For how long the processors had nothing to do, or waited for a disk, since the machine started."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def runnable(pid: str) -> int:
    """How many threads of a process run or wait for a processor."""
    count = 0
    for path in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            count += path.read_text().rpartition(")")[2].split()[0] == "R"
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=3.0, help="CPU seconds of each Python step")
    options = parser.parse_args()
    print(f"{'':<12}{'span':>8}{'CPU':>8}{'cores':>8}{'idle':>8}{'share':>8}{'wanted':>8}")
    programs = (("transforms", python_steps(options.seconds), "transform:"), ("models", models(), "model:"))
    for name, program, kind in programs:
        print(f"{name:<12}{measure(program, kind, options.jobs)}")


if __name__ == "__main__":
    main()
