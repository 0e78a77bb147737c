"""mldsl from Python, as its documentation says."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import mldsl
from mldsl.errors import ProgramError, UsageError
from mldsl.plan.nodes import Plan
from tests.support.fake_steps import Stage, stage

__all__ = ["stage"]

PROGRAM = """\
pipeline shop { seed: 1 }

param cutoff: date = @2025-01-01
param least: float = 0.5

source customers = csv("customers.csv") {
  id: int key
  since: date
  spent: float
}

check customers { expect spent >= 0 }

transform recent = customers {
  filter since >= cutoff and spent > least
}

profile prod { param least = 2.0 }
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "projects" / "shop"
    folder.mkdir(parents=True)
    (folder / "customers.csv").write_text("id,since,spent\n1,2025-02-01,3.5\n2,2024-01-01,1.0\n")
    path = folder / "shop.ml"
    path.write_text(PROGRAM)
    return path


def test_a_program_is_loaded_planned_and_run(program: Path, stage: Stage):
    loaded = mldsl.load(program)
    assert loaded.ok and [item.code for item in loaded.diagnostics if item.severity.value == "error"] == []
    assert [step.id for step in loaded.plan().steps] == ["source:customers", "check:customers", "transform:recent"]
    result = loaded.run()
    assert (result.status, result.exit_status) == ("done", 0)
    assert stage.begun == ["source:customers", "check:customers", "transform:recent"]
    assert [row.id for row in loaded.runs()] == [result.run]
    assert loaded.show().result == result


def test_the_store_stands_beside_the_program_wherever_it_is_run_from(
    program: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(program.parent)
    mldsl.load("shop.ml").run()
    monkeypatch.chdir(program.parent.parent)
    again = mldsl.load(program.relative_to(program.parent.parent)).run()
    absolute = mldsl.load(program).run()
    assert {step.state for result in (again, absolute) for step in result.steps} == {"cached"}
    assert (program.parent / ".mldsl" / "runs").is_dir()


def test_a_program_with_mistakes_tells_them_and_does_not_run(program: Path):
    program.write_text(PROGRAM.replace("spent > least", "spnt > least"))
    loaded = mldsl.load(program)
    assert not loaded.ok
    assert [item.code for item in loaded.diagnostics if item.severity.value == "error"] == ["ML201"]
    for what in (loaded.plan, loaded.run, loaded.explain, lambda: loaded.compile("local")):
        with pytest.raises(ProgramError, match=r"shop\.ml` has 1 error") as caught:
            what()
        assert caught.value.diagnostics == loaded.diagnostics


def test_parameters_are_values_or_texts(program: Path, stage: Stage):
    for given in ({"cutoff": date(2025, 6, 1), "least": 1}, {"cutoff": "2025-06-01", "least": "1"}):
        result = mldsl.load(program, params=given).run(to="recent")
        assert result.params["cutoff"] == "2025-06-01"
        assert result.params["least"] == 1.0
    assert stage.begun.count("transform:recent") == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"cutof": "2025-01-01"}, "the pipeline `shop` has no parameter `cutof` (did you mean `cutoff`?)"),
        ({"cutoff": "soon"}, "the parameter `cutoff`: `soon` is not a date such as `2025-01-31`"),
        ({"cutoff": 3}, "the parameter `cutoff`: 3 is not a `date`"),
        ({"least": True}, "the parameter `least`: True is not a `float`"),
        ({"run_date": "yesterday"}, "the parameter `run_date`: `yesterday` is not a date such as `2025-01-31`"),
    ],
)
def test_parameters_that_do_not_fit_are_said(program: Path, params: dict[str, object], message: str):
    with pytest.raises(UsageError) as caught:
        mldsl.load(program, params=params).run()
    assert str(caught.value) == message


def test_a_parameter_without_default_must_be_set(program: Path, stage: Stage):
    program.write_text(
        PROGRAM.replace("least: float = 0.5", "least: float").replace("profile prod { param least = 2.0 }", "")
    )
    with pytest.raises(UsageError, match="the parameter `least` has no default and must be set"):
        mldsl.load(program).run()
    assert mldsl.load(program, params={"least": 0.1}).run().exit_status == 0


def test_a_changed_parameter_reruns_what_uses_it_and_nothing_else(program: Path, stage: Stage):
    mldsl.load(program).run()
    stage.begun.clear()
    mldsl.load(program, params={"least": 2.0}).run()
    assert stage.begun == ["transform:recent"]


def test_a_profile_is_another_program(program: Path, stage: Stage):
    assert mldsl.load(program).profiles == ("prod",)
    result = mldsl.load(program, profile="prod").run()
    assert (result.profile, result.params["least"]) == ("prod", 2.0)
    with pytest.raises(UsageError, match="there is no profile `prd`"):
        mldsl.load(program, profile="prd")


def test_comments_and_layout_change_nothing(program: Path, stage: Stage):
    mldsl.load(program).run()
    program.write_text("# first\n\n" + PROGRAM.replace("  filter since", "  # why\n  filter   since"))
    assert {step.state for step in mldsl.load(program).run().steps} == {"cached"}


def test_what_would_run_is_explained(program: Path, stage: Stage):
    loaded = mldsl.load(program)
    assert {item.reason for item in loaded.explain(to="source:customers")} == {"never ran"}
    loaded.run()
    assert all(item.cached for item in loaded.explain())
    changed = mldsl.load(program, params={"least": 9}).explain()
    assert [(item.id, item.reason) for item in changed if not item.cached] == [
        ("transform:recent", "parameter `least` changed")
    ]


def test_compiling_for_here_gives_the_plan(program: Path, tmp_path: Path):
    from mldsl.plan.document import load as load_plan

    files = mldsl.load(program).compile("local", tmp_path / "out")
    assert list(files) == ["plan.json"]
    plan = load_plan((tmp_path / "out" / "plan.json").read_text())
    assert isinstance(plan, Plan)
    assert plan == mldsl.load(program).plan()


@pytest.mark.parametrize("target", ["sagemaker", "airflw"])
def test_a_backend_that_is_not_there_is_a_usage_error(program: Path, target: str):
    with pytest.raises(UsageError) as caught:
        mldsl.load(program).compile(target)
    assert caught.value.message == f"there is no backend `{target}`"
    listed = "the backends here: `airflow`, `kubeflow`, `local`"
    assert caught.value.help is not None and caught.value.help.endswith(listed)
    assert caught.value.exit_status == 2


def test_runs_are_found_from_the_folders_above(program: Path, stage: Stage):
    run = mldsl.load(program).run().run
    assert [row.id for row in mldsl.history(program.parent)] == [run]
    assert [row.id for row in mldsl.history(program.parent.parent)] == [run]
    elsewhere = program.parent / "deeper"
    elsewhere.mkdir()
    assert mldsl.history(elsewhere) == []
    assert mldsl.find_run("last", program.parent).summary.program == str(program)
    with pytest.raises(UsageError, match="there is no run `nope`"):
        mldsl.find_run("nope", program.parent)


def test_the_document_of_a_run_is_json_with_what_the_language_says(program: Path, stage: Stage):
    document = json.loads(json.dumps(mldsl.load(program).run().document()))
    assert document["status"] == "done"
    assert document["run"]
    assert [(step["name"], step["kind"], step["state"]) for step in document["steps"]] == [
        ("customers", "source", "done"),
        ("customers", "check", "done"),
        ("recent", "transform", "done"),
    ]
    assert all(isinstance(step["seconds"], float) for step in document["steps"])


def test_several_names_are_run_and_written_together(program: Path, tmp_path: Path):
    out = tmp_path / "out"
    result = mldsl.load(program).run(to=(name for name in ("recent", "customers", "recent")), output=out)
    assert {step.name for step in result.steps} == {"customers", "recent"}
    assert sorted(path.name for path in out.iterdir()) == ["customers.parquet", "recent.parquet"]
    assert len(result.written) == 2
    again = mldsl.load(program).explain(to=["recent", "customers"])
    assert all(item.cached for item in again)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda program: program.run(jobs=0), "a run needs one job at least"),
        (lambda program: program.run(dry_run=True, rows=0), "a dry run needs one row at least"),
        (lambda program: program.explain(to="nothing"), "nothing in the pipeline `shop` is called `nothing`"),
        (lambda program: program.run(to=["recent", "nothing"]), "nothing in the pipeline `shop` is called `nothing`"),
        (lambda program: program.run(to=[]), "`to` names nothing"),
        (lambda program: program.run(to=3), "`to` wants a name or several, not `3`"),
        (lambda program: program.run(to=["recent", None]), "`to` wants a name or several, not `None`"),
    ],
)
def test_wrong_arguments_are_usage_errors(program: Path, what: object, message: str):
    with pytest.raises(UsageError, match=message):
        what(mldsl.load(program))  # type: ignore[operator]


def modules_after(code: str, folder: Path) -> set[str]:
    """The modules that a fresh interpreter has loaded after `code`."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    search = [str(Path.cwd()), str(Path.cwd() / "backends")]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {search!r}\n{script}"],
        capture_output=True, text=True, check=True, cwd=folder,
    )  # fmt: skip
    return set(done.stdout.splitlines()[-1].split())


HEAVY = {
    "polars",
    "pandas",
    "numpy",
    "sklearn",
    "optuna",
    "pyarrow",
    "scipy",
    "networkx",
    "rich",
    "sqlglot",
}


def test_importing_mldsl_imports_next_to_nothing(tmp_path: Path):
    loaded = modules_after("import mldsl; mldsl.__version__", tmp_path)
    assert {name for name in loaded if name.startswith("mldsl")} == {"mldsl"}
    assert not loaded & (HEAVY | {"pydantic", "lark"})


def test_looking_for_mistakes_imports_neither_data_libraries_nor_pydantic(program: Path):
    loaded = modules_after("import mldsl; mldsl.load('shop.ml').diagnostics", program.parent)
    assert not loaded & (HEAVY | {"pydantic"})
    assert "mldsl.plan.nodes" not in loaded


def test_a_run_from_the_store_imports_neither_data_libraries_nor_pydantic(program: Path, stage: Stage):
    mldsl.load(program).run()
    code = "import mldsl; assert {s.state for s in mldsl.load('shop.ml').run().steps} == {'cached'}"
    assert not modules_after(code, program.parent) & (HEAVY | {"pydantic"})


def test_what_the_package_says_it_has_is_there():
    for name in mldsl.__all__:
        assert getattr(mldsl, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = mldsl.nothing  # type: ignore[attr-defined]
    assert set(mldsl.__all__) <= set(dir(mldsl))
