"""A run in which nothing has changed: told from what the last one left behind, and by nothing that is not certain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import mldsl
from mldsl.api import repeat
from mldsl.runs import RunResult
from mldsl.runtime import versions
from mldsl.unchanged import asked
from tests.support.cli import environment
from tests.support.cli import mldsl as command

PROGRAM = """\
import "tables.ml"

pipeline shop { seed: 1 }

param least: float = 1.0

check orders { expect amount > 0; expect amount < 3 else warn }

transform large = orders { filter amount >= least }

transform rated = python("code/rate.py:rate", large) {
  id:    int key
  score: float
  good:  bool
}

split data = rated { train: 50%; test: 50% }

model m = predict good from data { features: score; algorithm decision_tree {} }

evaluate m on data.test { expect accuracy >= 0; report: confusion_matrix }

profile other { param least = 1.5 }
"""
TABLES = """\
source orders = csv("orders.csv") {
  id:     int key
  amount: float
}
"""
RATE = """\
from helper import FACTOR

def rate(rows):
    return rows.assign(score=rows.amount * FACTOR, good=rows.id % 2 == 0)[["id", "score", "good"]]
"""
ROWS = "id,amount\n" + "".join(f"{n},{1 + n / 50}\n" for n in range(100, 200))
OLD = 1_600_000_000


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code").mkdir()
    files = {"shop.ml": PROGRAM, "tables.ml": TABLES, "orders.csv": ROWS, "code/rate.py": RATE}
    for name, text in {**files, "code/helper.py": "FACTOR = 2.0\n"}.items():
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (OLD, OLD))
    assert mldsl.load("shop.ml").run().exit_status == 0
    return tmp_path


def essence(result: RunResult | None) -> dict[str, Any]:
    """What came of a run, without what belongs to this one run."""
    assert result is not None
    document = result.document()
    steps = [{name: value for name, value in step.items() if name != "seconds"} for step in document["steps"]]
    return {
        "steps": steps,
        **{name: document[name] for name in ("pipeline", "status", "exit_status", "notes")},
        "params": {name: value for name, value in document["params"].items() if name != "run_time"},
    }


def test_it_gives_what_running_the_program_gives_and_is_recorded_alike(project: Path):
    again = mldsl.load("shop.ml").run()
    found = repeat("shop.ml")
    assert found is not None
    assert essence(found) == essence(again)
    assert {step.state for step in found.steps} == {"cached"}
    shown, known = mldsl.find_run("last", project), mldsl.find_run(again.run, project)
    assert (shown.summary.id, shown.plan) == (found.run, known.plan)
    assert essence(shown.result) == essence(known.result)
    assert [event["event"] for event in shown.events] == [event["event"] for event in known.events]
    first, other = shown.events[0], known.events[0]
    assert first.keys() == other.keys() and first["program"] == "shop.ml"
    assert [row.status for row in mldsl.history(project)] == ["done"] * 3
    pictures = [path for path in Path(found.folder).rglob("*") if path.suffix in (".svg", ".json")]
    assert len(pictures) == len([path for path in Path(again.folder).rglob("*") if path.suffix in (".svg", ".json")])
    assert essence(repeat("shop.ml")) == essence(again)  # and again, from the run that was repeated


def replaced(folder: Path, name: str, text: str) -> None:
    """Another file in a file's place, of the same size and time of change."""
    path = folder / name
    before = path.stat()
    assert len(text) == before.st_size and text != path.read_text()
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def rewritten(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


def without(folder: Path, pattern: str) -> None:
    """Take one file of the store away."""
    next(path for path in sorted((folder / ".mldsl").glob(pattern)) if path.is_file()).unlink()


CHANGES: dict[str, Callable[[Path], object]] = {
    "the program": lambda at: rewritten(at, "shop.ml", "amount > 0", "amount > 0.1"),
    "a comment": lambda at: rewritten(at, "shop.ml", "pipeline shop", "# ours\npipeline shop"),
    "what it imports": lambda at: rewritten(at, "tables.ml", "amount: float", "amount: float?"),
    "the data": lambda at: rewritten(at, "orders.csv", "150,", "1500,"),
    "the data, of the same size and time": lambda at: replaced(at, "orders.csv", ROWS.replace("3.0\n", "9.0\n", 1)),
    "the user's code": lambda at: rewritten(at, "code/rate.py", "% 2", "% 3"),
    "a helper module": lambda at: rewritten(at, "code/helper.py", "2.0", "3.0"),
    "a helper module, of the same size and time": lambda at: replaced(at, "code/helper.py", "FACTOR = 4.0\n"),
    "a module in a library's place": lambda at: [
        rewritten(at, "code/helper.py", "FACTOR", "import sniffio\nFACTOR"),
        mldsl.load("shop.ml").run(),
        (at / "code" / "sniffio.py").write_text(""),
    ],
    "an artifact is gone": lambda at: without(at, "objects/*.parquet"),
    "a record is gone": lambda at: without(at, "steps/*"),
    "the store is gone": lambda at: (at / ".mldsl").rename(at / "elsewhere"),
    "the last run's record is gone": lambda at: without(at, f"runs/{last()}/result.json"),
    "the last run's plan is not what it was": lambda at: rewritten(at, f".mldsl/runs/{last()}/plan.json", "p", "P"),
    "what is remembered is damaged": lambda at: next((at / ".mldsl" / "unchanged").iterdir()).write_text("[" * 100_000),
}


def last() -> str:
    return mldsl.history(".")[0].id


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(project: Path, change: Callable[[Path], object]):
    assert repeat("shop.ml") is not None
    change(project)
    assert repeat("shop.ml") is None
    result = mldsl.load("shop.ml").run()
    again = mldsl.load("shop.ml").run()
    assert (result.exit_status, essence(repeat("shop.ml"))["steps"]) == (0, essence(again)["steps"])


def test_another_profile_parameter_or_target_is_another_run(project: Path):
    assert repeat("shop.ml", profile="other") is None
    assert repeat("shop.ml", params={"least": "2"}) is None
    assert repeat("shop.ml", to="large") is None
    for words in ({"profile": "other"}, {"params": {"least": "2"}}):
        result = mldsl.load("shop.ml", **words).run()  # type: ignore[arg-type]
        assert essence(repeat("shop.ml", **words))["params"] == essence(result)["params"]  # type: ignore[arg-type]
    assert repeat("shop.ml") is None, "of one program the last parameters are remembered"
    large, again = mldsl.load("shop.ml").run("large"), repeat("shop.ml", to="large")
    assert again is not None and [step.name for step in again.steps] == [step.name for step in large.steps]


def test_another_version_of_mldsl_or_of_a_library_is_a_change(project: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(mldsl, "__version__", "99.0")
        asked.identity.cache_clear()
        assert repeat("shop.ml") is None
    asked.identity.cache_clear()
    assert repeat("shop.ml") is not None
    real = versions.installed_version
    for library in ("scikit-learn", "pandas"):
        versions.library_version.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(versions, "installed_version", lambda name, own=library: "9" if name == own else real(name))
            assert repeat("shop.ml") is None
    versions.library_version.cache_clear()


def test_a_changed_file_of_mldsl_is_another_mldsl(tmp_path: Path):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / "b.py"
    path.write_text("x = 1\n")
    before = list(asked._states(str(tmp_path)))
    path.write_text("x = 22\n")
    assert [state[0] for state in before] == [str(path)] and list(asked._states(str(tmp_path))) != before


def test_another_result_of_the_same_step_is_a_change(project: Path):
    """A step whose code gives something else each time was run by itself: what stands on it has another key."""
    rewritten(project, "code/helper.py", "FACTOR = 2.0", "import time\nFACTOR = time.time()")
    assert mldsl.load("shop.ml").run().exit_status == 0
    assert repeat("shop.ml") is not None
    assert mldsl.load("shop.ml").run("rated", force=True).exit_status == 0
    assert repeat("shop.ml") is None
    states = {step.name: step.state for step in mldsl.load("shop.ml").run().steps if step.kind != "check"}
    assert (states["rated"], states["data"]) == ("cached", "done")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("amount >= least", "amount >= least and run_date > @2020-01-01"),
        ("amount > 0;", "amount > 0; expect fresh(at, 9000d);"),
    ],
)
def test_what_depends_on_the_time_is_not_remembered(project: Path, old: str, new: str):
    rewritten(project, "shop.ml", old, new)
    rewritten(project, "tables.ml", "amount: float", "amount: float\n  at: datetime")
    (project / "orders.csv").write_text("id,amount,at\n" + "".join(f"{n},2,2026-01-01\n" for n in range(50)))
    assert mldsl.load("shop.ml").run().exit_status == 0
    assert repeat("shop.ml") is None
    given = {"run_time": "2026-03-01"}
    result = mldsl.load("shop.ml", params=given).run()
    assert essence(repeat("shop.ml", params=given))["params"] == essence(result)["params"]


def test_what_cannot_be_seen_or_did_not_go_well_is_not_remembered(project: Path):
    (project / "code" / "load.py").write_text("import pandas as pd\ndef load():\n    return pd.DataFrame({'a': [1]})\n")
    for text in (
        'pipeline p {}\nsource s = python("code/load.py:load") { a: int }\n',
        'pipeline p {}\nimport "tables.ml"\ncheck orders { expect amount > 1000 }\n',
    ):
        (project / "p.ml").write_text(text)
        mldsl.load("p.ml").run()
        assert repeat("p.ml") is None


def test_a_store_of_another_name_and_the_time_of_this_run(project: Path):
    rewritten(project, "shop.ml", "seed: 1", 'seed: 1; artifacts: "out/store"')
    assert mldsl.load("shop.ml").run().exit_status == 0
    found = repeat("shop.ml")
    assert found is not None and Path(found.folder).parents[1] == project / "out" / "store"
    assert str(found.params["run_date"]) in {datetime.now(UTC).date().isoformat(), found.started[:10]}


def test_cleaning_takes_what_is_remembered_with_its_run(project: Path):
    assert repeat("shop.ml") is not None
    mldsl.clean(project, keep=1)
    assert repeat("shop.ml") is not None
    assert len(list((project / ".mldsl" / "unchanged").iterdir())) == 1
    mldsl.load("shop.ml").run("large")
    mldsl.clean(project, keep=0)
    assert not list((project / ".mldsl" / "unchanged").iterdir())
    assert repeat("shop.ml") is None


def test_the_command_reads_no_program(project: Path):
    code = (
        "import sys\nfrom mldsl.cli.main import main\nstatus = main(['run', 'shop.ml', '--json'])\n"
        "print(sorted(name for name in sys.modules if name.startswith(('mldsl.analysis', 'mldsl.plan', 'polars',"
        " 'pydantic', 'numpy', 'networkx'))), file=sys.stderr)\nsys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, env=environment(), capture_output=True, text=True, check=True
    )
    document = json.loads(done.stdout)
    assert {step["state"] for step in document["steps"]} == {"cached"}
    assert done.stderr.splitlines()[-1] == "[]"
    assert done.stderr.splitlines()[0] == "1 warning: `mldsl check shop.ml` shows what about"


def test_what_a_user_says_comes_before_what_is_remembered(project: Path):
    forced = command("run", "shop.ml", "--force", "--json", cwd=project)
    assert {step["state"] for step in json.loads(forced.stdout)["steps"]} == {"done"}
    dry = command("run", "shop.ml", "--dry-run", "--json", cwd=project)
    assert json.loads(dry.stdout)["dry_run"] is True
    assert command("run", "shop.ml", "--jobs", "0", cwd=project).returncode == 2
    assert command("run", "shop.ml", "--set", "nothing=1", cwd=project).returncode == 2
    written = command("run", "shop.ml", "--to", "large", "--output", "out", cwd=project)
    assert written.returncode == 0 and (project / "out" / "large.parquet").is_file()
    secret = command("run", "shop.ml", "--profile", "nothing", cwd=project)
    assert secret.returncode == 2


def test_runs_at_once_each_leave_a_record(project: Path):
    words = [sys.executable, "-m", "mldsl", "run", "shop.ml"]
    running = [
        subprocess.Popen(words, cwd=project, env=environment(), stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    told = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0] * 3, told
    assert [row.status for row in mldsl.history(project)] == ["done"] * 4
    assert repeat("shop.ml") is not None
