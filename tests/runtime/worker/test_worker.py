"""Steps of a compiled plan in tasks that share nothing but the store, and what a task cannot do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import mldsl
from mldsl.errors import PlanError, StepError, StoreError, UsageError
from mldsl.plan.nodes import Plan
from mldsl.runtime.store import open_store
from mldsl.runtime.worker import TaskFailed, run_steps, run_trials
from tests.support.cli import environment
from tests.support.cli import mldsl as command_line
from tests.support.live.backends import assert_equal
from tests.support.live.pipelines import DATE, PIPELINES, SECRET, shop_database

TUNED = """
pipeline tuned { seed: 3 }
source penguins = csv("data/penguins.csv") {
  species: enum("Adelie", "Chinstrap", "Gentoo")
  bill: float? from "bill_length_mm"
}
split data = penguins { train: 70%; test: 30% }
model m = predict species from data {
  algorithm decision_tree { max_depth: 1..6; min_samples_leaf: 1..20 }
  tune { maximize: accuracy; trials: 5; cv: 2; sampler: SAMPLER }
}
"""
MODEL = "model:m"
CHECKED = """
pipeline checked {}
param least: int = 10
source penguins = csv("data/penguins.csv") { body_mass_g: int? }
check penguins { expect rows() >= least else FAILURE }
transform big = penguins { filter body_mass_g > 4_000 }
check big { expect rows() > 0 }
"""


class Tasks:
    """A compiled program whose steps are carried out one by one; `code` and `plan` lie elsewhere than the data."""

    def __init__(self, program: Path, place: Path, profile: str | None = None) -> None:
        self.program = program
        self.place = place
        self.plan: Plan = mldsl.load(program, profile=profile).plan()
        place.mkdir()
        for folder in program.parent.iterdir():
            if folder.is_dir() and folder.name not in ("data", ".mldsl"):
                shutil.copytree(folder, place / "code" / folder.name)
        (place / "plan.json").write_bytes(mldsl.load(program, profile=profile).compile("local")["plan.json"])
        self.said: list[str] = []

    def terms(self, **more: Any) -> dict[str, Any]:
        given = {
            "store": ".tasks",
            "folder": self.program.parent,
            "code": self.place / "code",
            "params": {},
            "run_date": DATE,
            "run_time": f"{DATE}T00:00:00+00:00",
            "log": self.said.append,
        }
        return {**given, **more}

    def run(self, *steps: str, **more: Any) -> dict[str, Any]:
        return run_steps(self.place / "plan.json", steps, **self.terms(**more))

    def all(self, **more: Any) -> None:
        for step in self.plan.steps:
            self.run(step.id, **more)

    @property
    def store(self):
        return open_store(".tasks", self.program.parent)


def tasks_of(text: str, folder: Path) -> Tasks:
    (folder / "program").mkdir()
    penguins = next(pipeline for pipeline in PIPELINES if pipeline.name == "penguins")
    shutil.copytree(penguins.laid_out(folder).parent / "data", folder / "program" / "data")
    program = folder / "program" / "program.ml"
    program.write_text(text)
    return Tasks(program, folder / "elsewhere")


@pytest.mark.parametrize("name, run", [("code", None), ("tables", "run 1")])
def test_tasks_make_what_a_local_run_makes(tmp_path: Path, name: str, run: str | None) -> None:
    pipeline = next(pipeline for pipeline in PIPELINES if pipeline.name == name)
    tasks = Tasks(pipeline.laid_out(tmp_path), tmp_path / "elsewhere")
    done = command_line("run", tasks.program, "--set", f"run_date={DATE}")
    assert done.returncode == 0, done.stderr
    if name == "code":
        shutil.rmtree(tasks.program.parent / "code")
    tasks.all(run=run)
    assert assert_equal(tasks.plan, open_store(".mldsl", tasks.program.parent), tasks.store) == len(tasks.plan.steps)
    assert not any(line.startswith("cached") for line in tasks.said)

    tasks.said.clear()
    tasks.all(run=run)
    again = [line.split(": ")[0] for line in tasks.said if line.startswith(("cached", "done"))]
    # What a function of the user's gives is not known before it is called.
    assert again == ["done" if step.id == "source:measured" else "cached" for step in tasks.plan.steps]


def test_what_is_in_the_store_takes_no_data_library(tmp_path: Path) -> None:
    tasks = tasks_of(CHECKED.replace("FAILURE", "warn"), tmp_path)
    tasks.all(run="first")
    script = f"""
import json, sys
from pathlib import Path
from mldsl.runtime.worker import run_steps
found = run_steps(Path({str(tasks.place / "plan.json")!r}), ["transform:big", "check:big"], store=".tasks",
    folder=Path({str(tasks.program.parent)!r}), code=Path(), params={{}}, run_date={DATE!r}, run_time="{DATE}T00:00:00",
    run="first", log=lambda line: None)
print(json.dumps([[item["state"] for item in found.values()], sorted(sys.modules)]))
"""
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, check=True)
    states, modules = json.loads(done.stdout)
    assert states == ["cached", "cached"]
    assert not {"polars", "pandas", "numpy", "sklearn", "pyarrow", "duckdb", "optuna", "airflow"} & set(modules)


@pytest.mark.parametrize("sampler", ["random", "grid", "tpe"])
def test_shares_of_a_search_find_what_one_worker_finds(tmp_path: Path, sampler: str) -> None:
    tasks = tasks_of(TUNED.replace("SAMPLER", sampler), tmp_path)
    tasks.run("source:penguins", "split:data", MODEL, store=".alone")
    tasks.run("source:penguins", "split:data")
    shares = [_share(tasks, number, 3) for number in range(3)]
    assert [share.wait() for share in shares] == [0, 0, 0]
    scores = list((tasks.program.parent / ".tasks" / "trials").rglob("*.json"))
    alone = open_store(".alone", tasks.program.parent).latest(MODEL)
    assert alone is not None
    summary = json.loads(open_store(".alone", tasks.program.parent).read(alone.outputs["summary"]))
    assert len(scores) == 2 * len({json.dumps(item["parameters"]) for item in summary["selection"]["candidates"]})

    assert tasks.run(MODEL)[MODEL]["state"] == "done"
    found = tasks.store.latest(MODEL)
    assert found is not None
    assert (found.key, found.outputs) == (alone.key, alone.outputs)
    assert not (tasks.program.parent / ".tasks" / "trials" / found.key).exists()
    # A share of what is there has nothing to do.
    again = run_trials(tasks.place / "plan.json", MODEL, share=0, shares=2, **tasks.terms())
    assert again[MODEL]["state"] == "cached"


def test_one_share_makes_the_whole_search_where_no_other_comes(tmp_path: Path) -> None:
    tasks = tasks_of(TUNED.replace("SAMPLER", "random"), tmp_path)
    tasks.run("source:penguins", "split:data")
    run_trials(tasks.place / "plan.json", MODEL, share=2, shares=3, **tasks.terms())
    before = {path: path.read_bytes() for path in (tasks.program.parent / ".tasks" / "trials").rglob("*.json")}
    run_trials(tasks.place / "plan.json", MODEL, share=0, shares=3, **tasks.terms())
    after = {path: path.read_bytes() for path in (tasks.program.parent / ".tasks" / "trials").rglob("*.json")}
    assert before == after
    tasks.run(MODEL)
    found = tasks.store.latest(MODEL)
    assert found is not None
    tried = json.loads(tasks.store.read(found.outputs["summary"]))["selection"]["candidates"]
    assert len(before) == 2 * len({json.dumps(item["parameters"]) for item in tried})


def test_an_expectation_that_is_not_met_raises_its_own_message(tmp_path: Path) -> None:
    tasks = tasks_of(CHECKED.replace("FAILURE", "fail"), tmp_path)
    tasks.run("source:penguins")
    with pytest.raises(TaskFailed, match=r"penguins: `rows\(\) >= least` does not hold \(it is 344\)") as raised:
        tasks.run("check:penguins", params={"least": "1000"})
    assert (raised.value.may_pass_later, raised.value.exit_status) == (False, 3)
    tasks.run("check:penguins", params={"least": 300})


def test_a_warning_is_logged_and_passes(tmp_path: Path) -> None:
    tasks = tasks_of(CHECKED.replace("FAILURE", "warn"), tmp_path)
    tasks.run("source:penguins", "check:penguins", params={"least": 1000})
    assert [line for line in tasks.said if line.startswith("warning: penguins: `rows() >= least` does not hold")]


def test_an_input_that_is_not_there_is_named(tmp_path: Path) -> None:
    tasks = tasks_of(CHECKED.replace("FAILURE", "warn"), tmp_path)
    with pytest.raises(StepError, match=r"`big` needs `penguins`, which is not in the artifact store `.*\.tasks`"):
        tasks.run("transform:big")
    with pytest.raises(UsageError, match="the plan of `checked` has no step `transform:small`"):
        tasks.run("transform:small")


def test_the_data_is_read_once_in_a_run(tmp_path: Path) -> None:
    tasks = tasks_of(CHECKED.replace("FAILURE", "warn"), tmp_path)
    tasks.run("source:penguins", run="one")
    data = tasks.program.parent / "data" / "penguins.csv"
    rows = data.read_text()
    data.write_text(rows.replace("3750", "4750"))  # between two tasks of the run
    big = tasks.run("transform:big", run="one")
    data.write_text(rows)
    expected = tasks.run("source:penguins", "transform:big", run="two")["transform:big"]
    assert big["transform:big"]["outputs"] == expected["outputs"]


def test_two_runs_of_a_database_do_not_read_each_others_tables(tmp_path: Path) -> None:
    import sqlite3

    url = shop_database(tmp_path / "shop.db")
    pipeline = next(pipeline for pipeline in PIPELINES if pipeline.name == "warehouse")
    tasks = Tasks(pipeline.laid_out(tmp_path), tmp_path / "elsewhere")
    sources, rest = ("source:visits", "source:names"), ("transform:recent", "check:recent", "transform:totals")
    tasks.run(*sources, run="one", secrets={SECRET: url})
    expected = tasks.run(*rest, run="one", store=".tasks", secrets={SECRET: url})["transform:totals"]["outputs"]

    tasks.run(*sources, run="two", secrets={SECRET: url})
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("update visits set spent = spent * 2")
    tasks.run(*sources, run="three", secrets={SECRET: url})
    assert tasks.run(*rest, run="two", secrets={SECRET: url})["transform:totals"]["outputs"] == expected
    assert tasks.run(*rest, run="three", secrets={SECRET: url})["transform:totals"]["outputs"] != expected


def test_cleaning_leaves_what_a_run_of_tasks_may_still_need(tmp_path: Path) -> None:
    tasks = tasks_of(CHECKED.replace("FAILURE", "warn"), tmp_path)
    tasks.all(run="one", store=".mldsl", params={"least": 400})
    assert command_line("run", tasks.program).returncode == 0  # so that there is a history to clean by
    assert command_line("clean", "--keep", "0", cwd=tasks.program.parent).returncode == 0
    tasks.said.clear()
    tasks.all(run="one", store=".mldsl", params={"least": 400})
    assert [line.split(": ")[0] for line in tasks.said if "warning" not in line] == ["cached"] * len(tasks.plan.steps)

    for path in (tasks.program.parent / ".mldsl" / "known").rglob("*.json"):
        os.utime(path, (time.time() - 8 * 86_400,) * 2)
    assert command_line("run", tasks.program).returncode == 0  # the first cleaning has taken the history
    assert command_line("clean", "--keep", "0", cwd=tasks.program.parent).returncode == 0
    assert not list((tasks.program.parent / ".mldsl" / "known").rglob("*.json"))
    assert not list((tasks.program.parent / ".mldsl" / "objects").rglob("*.parquet"))


def test_a_missing_secret_is_named_before_anything_runs(tmp_path: Path) -> None:
    pipeline = next(pipeline for pipeline in PIPELINES if pipeline.name == "warehouse")
    tasks = Tasks(pipeline.laid_out(tmp_path), tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=f"`visits` needs the secret `{SECRET}`, which is not set .in Airflow add a"):
        tasks.run("source:visits")
    assert tasks.said == []


@pytest.mark.parametrize(
    "executor, store, refused",
    [
        ("airflow.providers.celery.executors.celery_executor.CeleryExecutor", ".mldsl", True),
        ("KubernetesExecutor,LocalExecutor", "/var/store", True),
        ("CeleryExecutor", "file://{folder}/shared", False),
        ("LocalExecutor,CeleryExecutor", ".mldsl", False),
        ("LocalExecutor:here;team_a=CeleryExecutor", ".mldsl", False),
    ],
)
def test_workers_elsewhere_need_a_store_that_all_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str, store: str, refused: bool
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    tasks = tasks_of(CHECKED.replace("FAILURE", "warn"), tmp_path)
    place = store.format(folder=tmp_path)
    if not refused:
        tasks.run("source:penguins", store=place)
        return
    with pytest.raises(StoreError, match=r"is on this machine, and the tasks of \w+Executor run on several \[ML602\]"):
        tasks.run("source:penguins", store=place)


@pytest.mark.parametrize("where", ["manifest", "plan"])
def test_a_plan_of_a_newer_mldsl_is_refused(tmp_path: Path, where: str) -> None:
    tasks = tasks_of(CHECKED.replace("FAILURE", "warn"), tmp_path)
    if where == "manifest":
        (tasks.place / "manifest.json").write_text(json.dumps({"mldsl": "12.3.1"}))
    else:
        plan = json.loads((tasks.place / "plan.json").read_text())
        (tasks.place / "plan.json").write_text(json.dumps({**plan, "version": 99, "more": 1}))
    said = r"compiled by mldsl 12\.3\.1, and this worker has mldsl" if where == "manifest" else "has version 99"
    with pytest.raises(PlanError, match=said):
        tasks.run("source:penguins")


def test_the_version_that_compiled_a_plan_may_be_this_one_or_older(tmp_path: Path) -> None:
    tasks = tasks_of(CHECKED.replace("FAILURE", "warn"), tmp_path)
    for version in (mldsl.__version__, "0.0.9", f"{mldsl.__version__}.dev1"):
        (tasks.place / "manifest.json").write_text(json.dumps({"mldsl": version}))
        tasks.run("source:penguins")


def test_a_store_that_refuses_writes_is_said_before_the_step_runs(tmp_path: Path) -> None:
    tasks = tasks_of(CHECKED.replace("FAILURE", "warn"), tmp_path)
    with pytest.raises((StepError, StoreError), match="cannot write to the artifact store"):
        tasks.run("source:penguins", store="data/penguins.csv")


def test_python_that_fails_says_where_and_its_traceback_is_in_the_log(tmp_path: Path) -> None:
    pipeline = next(pipeline for pipeline in PIPELINES if pipeline.name == "code")
    tasks = Tasks(pipeline.laid_out(tmp_path), tmp_path / "elsewhere")
    (tasks.place / "code" / "code" / "measured.py").write_text(
        "def measured():\n    print('so far')\n    return 1 / 0\n"
    )
    with pytest.raises(TaskFailed, match=r"ZeroDivisionError: division by zero \(code/measured.py, line 3\)") as raised:
        tasks.run("source:measured")
    assert raised.value.may_pass_later
    assert "so far" in tasks.said
    assert any("Traceback" in line for line in tasks.said)


def _share(tasks: Tasks, number: int, count: int) -> subprocess.Popen[bytes]:
    """A share of the trials as a container makes it."""
    words = [
        "--plan",
        tasks.place / "plan.json",
        "--steps",
        MODEL,
        "--store",
        ".tasks",
        "--folder",
        tasks.program.parent,
    ]
    words += ["--run-date", DATE, "--run-time", f"{DATE}T00:00:00", "--share", number, "--shares", count]
    return subprocess.Popen([sys.executable, "-m", "mldsl.runtime.worker", *map(str, words)], env=environment())


def _command(tasks: Tasks, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    given: Mapping[str, object] = {
        "--plan": tasks.place / "plan.json",
        "--store": ".tasks",
        "--folder": tasks.program.parent,
        "--run-date": DATE,
        "--run-time": f"{DATE}T00:00:00",
    }
    options = [str(word) for pair in given.items() for word in pair]
    return subprocess.run(
        [sys.executable, "-m", "mldsl.runtime.worker", *options, *words],
        env=environment(**more),
        capture_output=True,
        text=True,
    )


def test_the_command_ends_as_its_steps_do(tmp_path: Path) -> None:
    tasks = tasks_of(CHECKED.replace("FAILURE", "fail"), tmp_path)
    done = _command(tasks, "--steps", "source:penguins", "transform:big")
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)) == ["source:penguins", "transform:big"]
    unmet = _command(tasks, "--steps", "check:penguins", "--params", '{"least": 1000}')
    assert (unmet.returncode, unmet.stdout) == (3, "")
    assert unmet.stderr.splitlines()[-1] == "error: penguins: `rows() >= least` does not hold (it is 344)"
    for words in (["--steps", "transform:none"], ["--steps", "check:big", "--params", "[1]"]):
        wrong = _command(tasks, *words)
        assert wrong.returncode == 2
        assert "Traceback" not in wrong.stderr and "error: " in wrong.stderr


def test_the_secret_that_is_the_artifact_store_is_not_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that says where its artifacts are says so without the store's address."""
    store = tmp_path / "a-store-that-nobody-may-know"
    monkeypatch.setenv("STORE_ADDRESS", str(store))
    tasks = tasks_of(
        CHECKED.replace("FAILURE", "warn").replace(
            "pipeline checked {", 'pipeline checked { artifacts: secret("STORE_ADDRESS")', 1
        ),
        tmp_path,
    )
    (store / "steps").mkdir(parents=True)
    (store / "objects").write_text("in the way")
    with pytest.raises(TaskFailed) as failed:
        tasks.all(run="one", store="", params={"least": 400})
    told = "\n".join([*tasks.said, failed.value.message, str(failed.value.help)])
    assert str(store) not in told
    assert 'secret("STORE_ADDRESS")' in told


def test_a_store_that_is_refused_is_not_named_where_it_is_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_ADDRESS", str(tmp_path / "a-store-that-nobody-may-know"))
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    text = CHECKED.replace("FAILURE", "warn").replace("{}", '{ artifacts: secret("STORE_ADDRESS") }', 1)
    with pytest.raises(StoreError, match=r"the artifact store `secret.+STORE_ADDRESS.+` is on this machine"):
        tasks_of(text, tmp_path).all(store="")
