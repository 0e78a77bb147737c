"""Keys: what changes them and what does not; and why a step will run, said without running it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mldsl.catalog.types import DATE, FLOAT, INT
from mldsl.plan.nodes import (
    Bound,
    CheckBody,
    Derive,
    Expectation,
    Filter,
    Input,
    Plan,
    PlanSettings,
    PythonArgument,
    PythonCode,
    PythonForm,
    SourceBody,
    Step,
    TransformBody,
    VerbsForm,
)
from mldsl.runtime import keys
from mldsl.runtime.execute import StepOutcome, execute
from mldsl.runtime.keys import Keys, step_parts, used_params
from mldsl.runtime.python_code import code_files
from mldsl.runtime.store import hashes, open_store
from mldsl.runtime.store.hashes import file_digest
from mldsl.runtime.why import Explanation, why, why_all
from tests.support.expressions import call, col, param
from tests.support.steps import PARAMS, specs

POSITIVE = Filter(condition=call("greater", col("a", INT), 0))


def plan(**changes: Any) -> Plan:
    """numbers (a CSV) → check → big → doubled."""
    source = SourceBody(connector="csv", arguments={"path": "numbers.csv"}, columns=specs({"a": INT}))
    check = CheckBody(table="numbers", expectations=(Expectation(text="a > 0", condition=POSITIVE.condition),))
    big = TransformBody(action=VerbsForm(table="numbers", verbs=(POSITIVE,)), columns=specs({"a": INT}))
    double = Derive(bindings=(Bound(name="b", value=call("multiply", col("a", INT), 2)),))
    doubled = TransformBody(action=VerbsForm(table="big", verbs=(double,)), columns=specs({"a": INT, "b": INT}))
    bodies = {"source": source, "check": check, "big": big, "doubled": doubled, **changes}
    numbers = {"numbers": Input(step="source:numbers", output="table")}

    def step(id_: str, body: Any, inputs: dict[str, Input]) -> Step:
        return Step(id=id_, kind=body.kind, name=id_.split(":")[1], location="p.ml:1:1", inputs=inputs, body=body)

    return Plan(
        name="p",
        settings=changes.get("settings", PlanSettings()),
        steps=(
            step("source:numbers", bodies["source"], {}),
            step("check:numbers", bodies["check"], numbers),
            step("transform:big", bodies["big"], numbers),
            step("transform:doubled", bodies["doubled"], {"big": Input(step="transform:big", output="table")}),
        ),
    )


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = open_store(".mldsl", folder)
        self.write("numbers.csv", "a\n1\n-2\n3\n")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        os.utime(path, (1_700_000_000 + len(text), 1_700_000_000 + len(text)))  # long settled

    def run(
        self, what: Plan | None = None, params: dict[str, object] | None = None, **options: Any
    ) -> dict[str, StepOutcome]:
        what = what or plan()
        return {
            step.id: execute(what, step.id, self.store, folder=self.folder, params=params or PARAMS, **options)
            for step in what.steps
        }

    def why(
        self, what: Plan | None = None, params: dict[str, object] | None = None, **options: Any
    ) -> dict[str, Explanation]:
        return why_all(self.store, what or plan(), folder=self.folder, params=params or PARAMS, **options)

    def reasons(self, *arguments: Any, **options: Any) -> list[str]:
        return [item.reason for item in self.why(*arguments, **options).values()]

    def cached(self, *arguments: Any, **options: Any) -> list[bool]:
        return [item.cached for item in self.why(*arguments, **options).values()]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def states(outcomes: dict[str, StepOutcome]) -> list[str]:
    return [outcome.state for outcome in outcomes.values()]


def test_a_second_run_takes_everything_from_the_store(project: Project) -> None:
    first = project.run()
    assert states(first) == ["done", "failed", "done", "done"]  # -2 is not above 0
    second = project.run()
    assert states(second) == ["cached", "failed", "cached", "cached"]
    assert all(outcome.reused for outcome in second.values())
    assert [outcome.record for outcome in first.values()] == [outcome.record for outcome in second.values()]
    assert project.cached() == [True] * 4
    assert project.reasons() == ["unchanged", "unchanged; its expectations were not met", "unchanged", "unchanged"]


def test_nothing_ran_yet(project: Project) -> None:
    assert project.reasons() == ["never ran", "numbers runs first", "numbers runs first", "big runs first"]
    assert project.cached() == [False] * 4
    assert list(project.folder.iterdir()) == [project.folder / "numbers.csv"]


def test_a_changed_file_is_named(project: Project) -> None:
    project.run()
    project.write("numbers.csv", "a\n1\n-2\n3\n4\n")
    assert project.reasons() == [
        "file `numbers.csv` changed",
        "numbers runs first",
        "numbers runs first",
        "big runs first",
    ]


def test_an_input_that_comes_out_as_before_changes_nothing(project: Project) -> None:
    project.run()
    project.write("numbers.csv", "a\n1\n-2\n3\n\n")
    assert states(project.run()) == ["done", "failed", "cached", "cached"]


def test_a_changed_input_is_named(project: Project) -> None:
    project.run()
    project.write("numbers.csv", "a\n1\n3\n4\n")
    execute(plan(), "source:numbers", project.store, folder=project.folder, params=PARAMS)
    assert project.reasons()[1:] == ["input `numbers` changed", "input `numbers` changed", "big runs first"]


def test_a_changed_declaration_is_named(project: Project) -> None:
    project.run()
    other = TransformBody(action=VerbsForm(table="numbers"), columns=specs({"a": INT}))
    assert project.reasons(plan(big=other)) == [
        "unchanged", "unchanged; its expectations were not met", "its `action` changed", "big runs first",
    ]  # fmt: skip
    wider = SourceBody(connector="csv", arguments={"path": "numbers.csv"}, columns=specs({"a": FLOAT}))
    assert project.reasons(plan(source=wider))[0] == "its `columns` changed"


def test_a_missing_file_is_said_and_does_not_stop_the_plan(project: Project) -> None:
    (project.folder / "numbers.csv").unlink()
    assert project.reasons()[:2] == ["the file `numbers.csv` does not exist", "numbers runs first"]


def test_force_and_dry_runs(project: Project) -> None:
    project.run()
    assert project.reasons(force=True) == ["forced"] * 4
    assert states(project.run(force=True)) == ["done", "failed", "done", "done"]
    assert project.reasons(rows=2)[0] == "a dry run reads other rows"
    assert states(project.run(rows=1)) == ["done", "done", "done", "done"]


def test_files_that_come_and_go(project: Project) -> None:
    globbed = plan(source=SourceBody(connector="csv", arguments={"path": "n*.csv"}, columns=specs({"a": INT})))
    project.run(globbed)
    project.write("new.csv", "a\n9\n")
    assert project.reasons(globbed)[0] == "file `new.csv` is new"
    project.run(globbed)
    (project.folder / "new.csv").unlink()
    assert project.reasons(globbed)[0] == "unchanged"  # that state was there before
    (project.folder / "numbers.csv").rename(project.folder / "n.csv")
    assert project.reasons(globbed)[0] == "file `n.csv` is new; file `new.csv` is gone; file `numbers.csv` is gone"


def test_only_the_parameters_used_count(project: Project) -> None:
    above = Filter(condition=call("greater", col("a", INT), param("least", INT)))
    using = plan(big=TransformBody(action=VerbsForm(table="numbers", verbs=(above,)), columns=specs({"a": INT})))
    params = {**PARAMS, "least": 1, "other": 1}
    project.run(using, params)
    assert project.cached(using, {**params, "other": 2, "run_date": date(2030, 1, 1)}) == [True] * 4
    assert project.reasons(using, {**params, "least": 2})[2] == "parameter `least` changed"


def test_fresh_depends_on_the_runs_time() -> None:
    body = CheckBody(
        table="numbers",
        expectations=(
            Expectation(
                text="fresh",
                condition=call("fresh", col("t", DATE), date(2024, 1, 2) - date(2024, 1, 1)),
                level="table",
            ),
        ),
    )
    assert used_params(plan(check=body).step("check:numbers")) == ["run_time"]


def test_library_versions_count(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()
    real: Callable[[str], str | None] = keys.library_version
    monkeypatch.setattr(keys, "library_version", lambda name: "99.0" if name == "polars" else real(name))
    reason = project.reasons()[0]
    assert reason.startswith("polars ") and reason.endswith(" → 99.0")


def test_a_result_that_is_gone_is_made_again(project: Project) -> None:
    outcomes = project.run()
    record = outcomes["transform:big"].record
    assert record is not None
    (project.folder / ".mldsl" / record.outputs["table"].path).unlink()
    assert project.reasons()[2] == "its result is gone from the store"
    assert states(project.run())[2] == "done"


def test_seeds_belong_to_steps_that_use_them(project: Project) -> None:
    project.run()
    assert project.cached(plan(settings=PlanSettings(seed=7))) == [True] * 4


def test_what_databases_hold_cannot_be_seen(project: Project) -> None:
    body = SourceBody(
        connector="python", arguments={"function": PythonCode(path="load.py", name="f")}, columns=specs({"a": INT})
    )
    (project.folder / "load.py").write_text("import pandas as pd\ndef f():\n    return pd.DataFrame({'a': [1]})\n")
    assert states(project.run(plan(source=body))) == ["done"] * 4
    assert states(project.run(plan(source=body))) == ["done", "cached", "cached", "cached"]
    assert project.reasons(plan(source=body))[:2] == [
        "its data may have changed: it is read every time",
        "numbers runs first",
    ]


def python_plan() -> Plan:
    form = PythonForm(
        function=PythonCode(path="code/f.py", name="f"), arguments=(PythonArgument(kind="table", value="numbers"),)
    )
    return plan(big=TransformBody(action=form, columns=specs({"a": INT})))


def test_code_and_the_modules_it_imports_count(project: Project) -> None:
    (project.folder / "code").mkdir()
    project.write("code/f.py", "from helper import keep\ndef f(rows):\n    return keep(rows)\n")
    project.write("code/helper.py", "def keep(rows):\n    return rows\n")
    project.write("code/other.py", "x = 1\n")
    project.run(python_plan())
    assert project.reasons(python_plan())[2] == "unchanged"
    project.write("code/other.py", "x = 2222\n")
    assert project.reasons(python_plan())[2] == "unchanged"
    project.write("code/helper.py", "def keep(rows):\n    return rows[rows['a'] > 1]\n")
    assert project.reasons(python_plan())[2] == "file `code/helper.py` changed"
    assert states(project.run(python_plan()))[2] == "done"


def test_imports_are_followed(tmp_path: Path) -> None:
    sources = {
        "main.py": "import os, polars\nimport a.b\nfrom c import d, e\ndef f():\n    import late\n",
        "a/__init__.py": "from . import x",
        "a/b.py": "",
        "a/x.py": "import main",
        "c/d.py": "",
        "late.py": "import missing_module",
        "unused.py": "",
        "e.py": "",
        "os.py": "",
    }
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = {path.relative_to(tmp_path.resolve()).as_posix() for path in code_files("main.py", tmp_path)}
    assert found == {"main.py", "a/__init__.py", "a/b.py", "a/x.py", "c/d.py", "late.py", "os.py"}


def test_files_that_are_no_python_are_taken_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "f.py").write_text("def f(:\n")
    assert len(code_files("f.py", tmp_path)) == 1


def test_where_a_step_stands_does_not_count(project: Project) -> None:
    project.run()
    moved = plan()
    steps = tuple(replace(step, location="p.ml:99:1", doc="said anew") for step in moved.steps)
    assert project.cached(replace(moved, steps=steps)) == [True] * 4


def test_a_step_whose_input_never_ran_says_so(project: Project) -> None:
    outcome = execute(plan(), "transform:doubled", project.store, folder=project.folder, params=PARAMS)
    assert outcome.error is not None
    assert outcome.error.message == "`big` needs `numbers`, and `source:numbers` has not run"


def test_an_unknown_step_is_a_key_error(project: Project) -> None:
    with pytest.raises(KeyError):
        why(project.store, plan(), "transform:gone", folder=project.folder, params=PARAMS)


def test_hashes_of_files_are_remembered_by_their_state(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()
    path = project.folder / "numbers.csv"
    later = time.time_ns() + 10**10
    monkeypatch.setattr(hashes, "time", SimpleNamespace(time_ns=lambda: later))
    first = file_digest(path, project.store)
    with monkeypatch.context() as patch:
        patch.setattr(hashes, "_digest", lambda path: pytest.fail(f"{path} is read again"))
        assert file_digest(path, project.store) == first
    status = path.stat()
    path.write_text("a\n9\n-2\n3\n")  # the same length, and the time put back
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    second = file_digest(path, project.store)
    assert second != first
    other = path.with_name("other.csv")
    other.write_text("a\n7\n-2\n3\n")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)
    assert file_digest(path, project.store) not in (first, second)


def test_a_file_changed_just_now_is_not_trusted(project: Project) -> None:
    project.run()
    path = project.folder / "numbers.csv"
    path.write_text("a\n1\n")
    one = file_digest(path, project.store)
    status = path.stat()
    path.write_text("a\n2\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file_digest(path, project.store) != one


def test_keys_do_not_depend_on_the_order_of_inputs_or_the_folder(project: Project, tmp_path: Path) -> None:
    body = plan().step("transform:big")
    options: dict[str, Any] = {"store": project.store, "params": PARAMS}
    one = step_parts(plan(), body, {"a": "1", "b": "2"}, folder=project.folder, **options).key
    assert one == step_parts(plan(), body, {"b": "2", "a": "1"}, folder=tmp_path / "elsewhere", **options).key
    assert one != step_parts(plan(), body, {"a": "2", "b": "1"}, folder=project.folder, **options).key


def test_datetimes_among_the_parameters(project: Project) -> None:
    late = Filter(condition=call("greater", param("since", DATE), date(2020, 1, 1)))
    using = plan(big=TransformBody(action=VerbsForm(table="numbers", verbs=(late,)), columns=specs({"a": INT})))
    project.run(using, {**PARAMS, "since": date(2024, 1, 1)})
    found = Keys(
        using, project.store, project.folder, {**PARAMS, "since": date(2024, 1, 1), "at": datetime(2024, 1, 1)}
    )
    assert found.parts(using.step("transform:big")).params == {"since": "2024-01-01"}


def test_plans_are_explained_without_a_data_library() -> None:
    code = (
        "import sys, mldsl.runtime.why, mldsl.runtime.keys, mldsl.runtime.execute, mldsl.runtime.work\n"
        "heavy = {'polars', 'pandas', 'numpy', 'sklearn', 'pyarrow', 'duckdb', 'fsspec'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    root = str(Path(__file__).parents[2])
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": root})


def test_a_damaged_memory_of_a_hash_is_worked_out_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()
    path = project.folder / "numbers.csv"
    later = time.time_ns() + 10**10
    monkeypatch.setattr(hashes, "time", SimpleNamespace(time_ns=lambda: later))
    digest = file_digest(path, project.store)
    memory = list((project.folder / ".mldsl" / "hashes").iterdir())
    assert memory
    for damage in ("", "{", "[]", "[" * 100_000):
        for kept in memory:
            kept.write_text(damage)
        assert file_digest(path, project.store) == digest
