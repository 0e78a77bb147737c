"""A run that is killed, runs at the same time, disks that are full: the store stays whole, and the next run goes on."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import mldsl
from mldsl.runs import RunResult
from tests.support.cli import environment
from tests.support.cli import mldsl as command

PROGRAM = """\
pipeline p { seed: 3 }

source rows = csv("rows.csv") {
  id: int key
  a: float
  b: enum("y", "n")
}

check rows { expect unique(id); expect a >= 0 else quarantine }

transform doubled = rows { derive c = a * 2 }

transform made = python("steps.py:f", doubled) {
  id: int key
  a: float
  b: enum("y", "n")
  c: float
}

split data = made { train: 70%; test: 30% }

model m = predict b from data {
  algorithm decision_tree { max_depth: 3 }
  algorithm naive_bayes
}

evaluate m on data.test { expect accuracy >= 0% }
"""


def write(folder: Path) -> Path:
    rows = "".join(f"{n},{n * 7919 % 101 / 10 - 0.1},{'yn'[n * 31 % 7 < 3]}\n" for n in range(400))
    (folder / "rows.csv").write_text("id,a,b\n" + rows)
    (folder / "steps.py").write_text("def f(t):\n    t['c'] = t['c'] + 1\n    return t\n")
    path = folder / "p.ml"
    path.write_text(PROGRAM)
    return path


def artifacts(result: RunResult) -> dict[str, object]:
    assert result.exit_status == 0
    return {step.id: step.outputs for step in result.steps}


def begun(path: Path, name: str = "said") -> subprocess.Popen[bytes]:
    """A run in a process of its own; what it says goes to a file of that name."""
    command = [sys.executable, "-m", "mldsl", "run", str(path), "--jobs", "2"]
    with (path.parent / name).open("w") as said:
        return subprocess.Popen(command, env=environment(), stdout=said, stderr=said)


def of_this_program(folder: Path) -> list[str]:
    """The processes that have something to do with the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                open_files = {str(path.readlink()) for path in (entry / "fd").iterdir()}
                if any(name.startswith(str(folder)) for name in open_files):
                    found.append(entry.name)
    return found


def time_of_a_run(folder: Path, path: Path) -> float:
    """How long a run with nothing to stand on takes now, in seconds; nothing is left of it."""
    start = time.monotonic()
    assert begun(path).wait() == 0, (folder / "said").read_text()
    shutil.rmtree(folder / ".mldsl")
    return time.monotonic() - start


def kill_often(folder: Path, times: int) -> None:
    """Kill so many runs at random moments, each going on with the store that the one before left; then let one finish.

    A run that was there before its end came does not count, and the next begins anew. How fast the machine is changes
    with what else it does: every fifth time it is measured again.
    """
    path = write(folder)
    expected = artifacts(mldsl.load(path).run())
    shutil.rmtree(folder / ".mldsl")
    whole = time_of_a_run(folder, path)
    chance, killed, tried, whole_runs = random.Random(7), 0, 0, 0
    while killed < times:
        tried += 1
        assert tried < 10 * times + 10, "no end came in time"
        process = begun(path)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.3, 1) * whole)
        process.kill()
        if process.wait() == 0:  # it had all it needed
            shutil.rmtree(folder / ".mldsl")
            whole_runs += 1
            if whole_runs % 5 == 0:
                whole = time_of_a_run(folder, path)
        else:
            assert process.returncode == -signal.SIGKILL, (folder / "said").read_text()
            killed += 1
    again = mldsl.load(path).run()
    assert artifacts(again) == expected
    assert not any(path.is_file() for path in (folder / ".mldsl" / "tmp").rglob("*"))
    assert {row.status for row in mldsl.load(path).runs()} <= {"interrupted", "done"}
    for _ in range(100):
        if not of_this_program(folder):
            break
        time.sleep(0.02)
    assert of_this_program(folder) == []


def test_runs_that_are_killed_leave_a_store_from_which_the_next_goes_on(tmp_path: Path):
    kill_often(tmp_path, 3)


@pytest.mark.slow
def test_fifty_runs_that_are_killed(tmp_path: Path):
    kill_often(tmp_path, 50)


def at_once(folder: Path, count: int) -> None:
    path = write(folder)
    processes = [begun(path, f"said{number}") for number in range(count)]
    ended = [process.wait(300) for process in processes]
    assert ended == [0] * count, "".join((folder / f"said{number}").read_text() for number in range(count))
    results = [mldsl.load(path).show(row.id).result for row in mldsl.load(path).runs()]
    assert len(results) == count
    found = [artifacts(result) for result in results if result is not None]
    assert all(item == found[0] for item in found[1:]) and len(found) == count
    assert {step.state for step in mldsl.load(path).run().steps} == {"cached"}
    assert not any(path.is_file() for path in (folder / ".mldsl" / "tmp").rglob("*"))


def test_two_runs_at_once_over_one_store(tmp_path: Path):
    at_once(tmp_path, 2)


@pytest.mark.slow
def test_eight_runs_at_once_over_one_store(tmp_path: Path):
    at_once(tmp_path, 8)


# --- disks ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def big(folder: Path, place: Path) -> Path:
    (folder / "n.csv").write_text("a\n" + "".join(f"{n * 7919 % 100_003}\n" for n in range(100_000)))
    path = folder / "big.ml"
    path.write_text(
        f'pipeline p {{ artifacts: "{place}/store" }}\nsource small = csv("n.csv") {{ a: int }}\n'
        "transform few = small { filter a < 10 }\n"
        + "".join(f"transform t{n} = small {{ derive x = a * {n + 2} }}\n" for n in range(4))
    )
    return path


def test_a_full_disk_is_one_message_and_loses_nothing(tmp_path: Path, small_disk: Path):
    path = big(tmp_path, small_disk)
    finished = command("run", path)
    assert finished.returncode == 4
    assert "Traceback" not in finished.stderr
    errors = {line.strip() for line in finished.stderr.splitlines() if line.strip().startswith("error:")}
    assert errors
    assert all("no space left on device" in error for error in errors)
    assert "help: free some space (`mldsl clean`), or name another place" in finished.stderr
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    again = mldsl.load(path).run()
    assert again.exit_status == 0
    assert again.step("small").state == "cached"


def test_a_store_that_may_only_be_read_is_one_message(tmp_path: Path, small_disk: Path):
    path = write(tmp_path)
    path.write_text(PROGRAM.replace("seed: 3", f'seed: 3; artifacts: "{small_disk}/store"'))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    finished = command("run", path)
    assert finished.returncode == 4
    assert finished.stderr.splitlines()[-2:] == [
        f"error: cannot write to the artifact store `{small_disk}/store`: read-only file system",
        'help: name another place: `artifacts: "…"` in the pipeline',
    ]
