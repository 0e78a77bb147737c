"""Steps in worker processes: what a user's Python may do, and what is said when it misbehaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import mldsl
from mldsl.runs import RunResult, StepReport
from tests.support.cli import environment

PREAMBLE = "import os, random, signal, subprocess, sys, threading, time\n\nimport numpy as np\n\n"


def program(folder: Path, body: str, settings: str = "") -> Path:
    """A program whose step `made` calls a function `f` with that body on a table `t` of three rows."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    (folder / "steps.py").write_text(f"{PREAMBLE}def f(t):\n{lines}    return t\n", encoding="utf-8")
    (folder / "rows.csv").write_text("x\n1\n2\n3\n", encoding="utf-8")
    path = folder / "p.ml"
    path.write_text(
        f"pipeline p {{ {settings} }}\n"
        'source rows = csv("rows.csv") { x: float }\n'
        'transform made = python("steps.py:f", rows) { x: float }\n'
        "transform after = made { derive y = x + 1 }\n",
        encoding="utf-8",
    )
    return path


def run(folder: Path, body: str, settings: str = "", **options: object) -> RunResult:
    return mldsl.load(program(folder, body, settings)).run(**options)  # type: ignore[arg-type]


def failed(folder: Path, body: str, settings: str = "") -> StepReport:
    """The failed step's report; what comes after it is skipped, and the run ends with 4."""
    result = run(folder, body, settings)
    assert result.exit_status == 4
    assert (result.step("after").state, result.step("after").reason) == ("skipped", "`made` failed")
    assert result.step("rows").state in ("done", "cached")
    return result.step("made")


def table(folder: Path, result: RunResult, name: str = "made") -> pl.DataFrame:
    stored = result.step(name).outputs["table"]
    return pl.read_parquet(folder / ".mldsl" / "objects" / f"{stored['digest']}.parquet")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('no\\nway')", "`f` of `steps.py` failed: ValueError: no way (steps.py, line 6)"),
        ("sys.exit('enough')", "`f` of `steps.py` failed: it called `sys.exit('enough')` (steps.py, line 6)"),
        ("sys.exit()", "`f` of `steps.py` failed: it called `sys.exit()` (steps.py, line 6)"),
        ("raise KeyboardInterrupt", "`made` failed: KeyboardInterrupt (steps.py, line 6)"),
        ("os._exit(0)", "`made` ended its process with status 0 before it was done"),
        ("input()", "`f` of `steps.py` failed: EOFError: EOF when reading a line (steps.py, line 6)"),
        ("sys.stdin.read()\nreturn 3", "`f` returns a `int`"),
        (
            "os.kill(os.getpid(), signal.SIGSEGV)\ntime.sleep(9)",
            "`made` broke down with a segmentation fault (SIGSEGV) in a library's native code (steps.py, line 6)",
        ),
        (
            "os.kill(os.getpid(), signal.SIGKILL)\ntime.sleep(9)",
            "the process of `made` was killed from outside (SIGKILL), as the system does when memory runs out",
        ),
        ("os.abort()", "the process of `made` was ended by SIGABRT (steps.py, line 6)"),
        ("os.closerange(3, 99)\ntime.sleep(60)", "`made` closed its connection to the run before it was done"),
    ],
)
def test_a_function_that_does_not_return_is_one_message(tmp_path: Path, body: str, message: str):
    error = failed(tmp_path, body).error
    assert error is not None
    assert error.kind == "error"
    assert error.message.startswith(message)


def test_the_whole_traceback_of_an_error_is_kept(tmp_path: Path):
    error = failed(tmp_path, "{}['key']").error
    assert error is not None and error.help is not None
    assert error.message == "`f` of `steps.py` failed: KeyError: 'key' (steps.py, line 6)"
    (details,) = (tmp_path / ".mldsl" / "runs").glob("*/logs/*.txt")
    assert error.help == f"the details are in `{details}`"
    assert 'steps.py", line 6, in f' in details.read_text()


def test_where_memory_runs_out_is_said(tmp_path: Path):
    body = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))\nnp.ones(1 << 40)"
    error = failed(tmp_path, body).error
    assert error is not None
    assert "ran out of memory" in error.message or "MemoryError" in error.message
    assert "(steps.py, line 8)" in error.message


# --- timeout ----------------------------------------------------------------------------------------------------------


def test_a_step_that_never_ends_is_stopped_and_where_it_was_is_said(tmp_path: Path):
    report = failed(tmp_path, "while True:\n    pass", "timeout: 1s")
    assert report.error is not None
    assert report.error.message.startswith(
        "`made` took longer than the pipeline's `timeout` of 1 s and was stopped (steps.py, line "
    )
    assert report.error.help == "raise `timeout` in the `pipeline` block, or make the step faster"
    assert report.attempts == 1


def test_also_where_it_holds_pythons_lock_in_native_code(tmp_path: Path):
    error = failed(tmp_path, "9 ** 9 ** 9", "timeout: 3s").error
    assert error is not None
    assert error.message.endswith("(steps.py, line 6)")


def test_each_attempt_has_the_whole_time(tmp_path: Path):
    body = "if not os.path.exists('tried'):\n    open('tried', 'w').close()\n    time.sleep(60)"
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        result = run(tmp_path, body, "timeout: 2s; retries: 1")
    finally:
        os.chdir(here)
    assert result.exit_status == 0
    assert result.step("made").attempts == 2


def test_a_query_has_a_limit_too(tmp_path: Path):
    (tmp_path / "n.csv").write_text("a,k\n" + "".join(f"{n},1\n" for n in range(100_000)))
    (tmp_path / "p.ml").write_text(
        "pipeline p { timeout: 1s }\n"
        'source n = csv("n.csv") { a: int; k: int }\n'
        "transform other = n { derive b = a; select k, b }\n"
        "transform many = n { join other on k; group by k { s = sum(a * b % 7) } }\n"  # 10,000,000,000 rows
    )
    error = mldsl.load(tmp_path / "p.ml").run().step("many").error
    assert error is not None
    assert error.message == "`many` took longer than the pipeline's `timeout` of 1 s and was stopped"


def test_with_a_limit_a_chain_is_one_query_all_the_same_and_any_table_of_it_can_be_had(tmp_path: Path):
    (tmp_path / "n.csv").write_text("a\n1\n2\n3\n")
    (tmp_path / "p.ml").write_text(
        "pipeline p { timeout: 10m }\n"
        'source n = csv("n.csv") { a: int }\n'
        "transform first = n { filter a > 1 }\n"
        "transform second = first { derive b = a * 2 }\n"
    )
    program = mldsl.load(tmp_path / "p.ml")
    assert table(tmp_path, program.run(), "second").rows() == [(2, 4), (3, 6)]
    program.run("first", output=tmp_path / "out")
    assert pl.read_parquet(tmp_path / "out" / "first.parquet").rows() == [(2,), (3,)]


# --- what it prints, changes and leaves -------------------------------------------------------------------------------


def test_what_is_printed_goes_to_the_runs_logs(tmp_path: Path):
    result = run(tmp_path, "print('h\\u00e4llo')\nprint('to err', file=sys.stderr)\nos.system('echo from a child')")
    log = result.step("made").log
    assert log is not None
    assert Path(log) == tmp_path / ".mldsl" / "runs" / result.run / "logs" / "transform-made.log"
    assert sorted(Path(log).read_text("utf-8").splitlines()) == ["from a child", "hällo", "to err"]
    assert result.step("rows").log is None


def test_standard_output_has_the_json_and_nothing_else(tmp_path: Path):
    path = program(tmp_path, "print('noise')\nos.system('echo noise')")
    command = [sys.executable, "-m", "mldsl", "run", str(path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=120)
    steps = {step["name"]: step for step in json.loads(done.stdout)["steps"]}
    assert steps["made"]["log"].endswith("transform-made.log")
    assert "noise" not in done.stderr
    assert f"what it printed is in `{steps['made']['log']}`" in done.stderr


def test_of_100_mb_the_beginning_and_the_end_are_kept(tmp_path: Path):
    body = "print('first')\nfor n in range(100):\n    sys.stdout.write('x' * 1_000_000 + '\\n')\nprint('last')"
    log = run(tmp_path, body).step("made").log
    assert log is not None
    text = Path(log).read_text()
    assert 1_000_000 < len(text) < 1_200_000
    assert text.startswith("first\n") and text.endswith("x\nlast\n")
    assert "bytes left out …" in text


def test_secrets_are_not_in_what_is_printed_or_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOOK", "hunter2-hunter2")
    result = run(tmp_path, "print(os.environ['HOOK'])\nraise ValueError(os.environ['HOOK'])", 'notify: secret("HOOK")')
    step = result.step("made")
    assert step.error is not None and step.log is not None
    assert 'secret("HOOK")' in step.error.message
    files = [path for path in (tmp_path / ".mldsl").rglob("*") if path.is_file()]
    assert Path(step.log) in files
    assert not any(b"hunter2" in path.read_bytes() for path in files)


def test_nothing_that_a_function_changes_is_seen_by_the_next(tmp_path: Path):
    program(tmp_path, "os.chdir('/'); os.environ['LEFT'] = '1'; sys.path.insert(0, '/left'); sys.stdout = None")
    (tmp_path / "looks.py").write_text(
        "import os, sys\n\n\ndef g(t):\n"
        "    assert os.getcwd() != '/' and 'LEFT' not in os.environ and '/left' not in sys.path\n"
        "    print('still there')\n    return t\n"
    )
    path = tmp_path / "p.ml"
    path.write_text(path.read_text() + 'transform later = python("looks.py:g", made) { x: float }\n')
    here = Path.cwd()
    result = mldsl.load(path).run(jobs=1)
    assert result.exit_status == 0
    assert Path.cwd() == here


def test_what_is_drawn_at_random_is_the_same_every_time_and_not_the_same_everywhere(tmp_path: Path):
    body = "t['x'] = [random.random(), np.random.rand(), float(len({'a', 'b'}) + hash('a') % 1000)]"
    first = run(tmp_path, body)
    again = run(tmp_path, body, force=True)
    assert table(tmp_path, first).equals(table(tmp_path, again))
    other = run(tmp_path, body, "seed: 8")
    assert not table(tmp_path, other).equals(table(tmp_path, first))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pids: list[int]) -> bool:
    for _ in range(200):
        if not any(map(alive, pids)):
            return True
        time.sleep(0.02)
    return False


LEAVES = """\
p = subprocess.Popen(['sleep', '600'])
open(os.path.dirname(__file__) + '/pids', 'w').write(f'{p.pid} {os.getpid()}')
threading.Thread(target=time.sleep, args=(600,)).start()"""


def test_what_a_function_leaves_running_ends_with_it(tmp_path: Path):
    result = run(tmp_path, LEAVES)
    assert result.exit_status == 0
    told = [
        event["message"]
        for event in mldsl.load(tmp_path / "p.ml").show().events
        if event["event"] == "step_message" and event["step"] == "transform:made"
    ]
    assert told == ["it left 1 thread and 1 process running, which ended with it"]
    assert wait_until_gone([int(pid) for pid in (tmp_path / "pids").read_text().split()])


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run whose step has left a child, says so in the file `pids`, and then holds Python's lock for good."""
    path = program(tmp_path, f"{LEAVES}\n9 ** 9 ** 9")
    command = [sys.executable, "-m", "mldsl", "run", str(path)]
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    for _ in range(3000):
        if (tmp_path / "pids").exists() and (tmp_path / "pids").read_text():
            break
        time.sleep(0.02)
    yield process
    process.kill()
    process.communicate()


def test_a_killed_run_leaves_no_process_behind(tmp_path: Path, started: subprocess.Popen[bytes]):
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert all(map(alive, pids))
    started.kill()
    started.wait()
    assert wait_until_gone(pids)


def test_ctrl_c_ends_a_step_that_does_not_listen(tmp_path: Path, started: subprocess.Popen[bytes]):
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    os.killpg(started.pid, signal.SIGINT)
    _, told = started.communicate(timeout=30)
    assert started.returncode == 130
    assert told.decode().rstrip().endswith("interrupted")
    assert wait_until_gone(pids)
    found = mldsl.load(tmp_path / "p.ml").show()
    assert found.result is not None
    assert found.result.status == "interrupted"
    assert found.result.step("rows").state == "done"


def test_models_do_not_depend_on_what_runs_beside_them(tmp_path: Path):
    rows = "".join(f"{n},{n * 7919 % 101 / 10},{'yn'[n * 31 % 7 < 3]}\n" for n in range(300))
    (tmp_path / "rows.csv").write_text("id,a,b\n" + rows)
    models = "".join(
        f"model m{n} = predict b from data {{ algorithm random_forest {{ n_estimators: 5; max_depth: {n + 1} }} }}\n"
        for n in range(2)
    )
    path = tmp_path / "p.ml"
    path.write_text(
        'pipeline p {}\nsource rows = csv("rows.csv") { id: int key; a: float; b: enum("y", "n") }\n'
        f"split data = rows {{ train: 70%; test: 30% }}\n{models}"
    )
    found = [{step.id: step.outputs for step in mldsl.load(path).run(jobs=jobs, force=True).steps} for jobs in (1, 2)]
    assert found[0] == found[1]
