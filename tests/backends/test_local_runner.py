"""The local runner with fake steps: what runs, when, what is skipped, cached, tried again, stopped, recorded."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from mldsl_local import LocalBackend, RunOptions

from mldsl.analysis.program import Settings
from mldsl.errors import StoreError, UsageError
from mldsl.plan.links import needs
from mldsl.plan.nodes import Plan
from mldsl.runs import RunResult, list_runs, load_run
from mldsl.runs.observer import Silent
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.work import StepResult, Work
from tests.support.fake_steps import Stage, crash, fail, slow, stage, unmet
from tests.support.plans import plan_of, two_branches
from tests.support.watched import webhook

__all__ = ["stage"]

LEFT_OUT = {"monitor:watch"}
DEPLOYED = ["deploy:nightly"]  # what a deployment does counts: it is done each time
MODEL_BRANCH = ["source:customers", "check:customers", "transform:paying", "split:data", "model:churn_model"]


def plan_in(folder: Path, settings: Settings | None = None) -> Plan:
    return plan_of(two_branches(settings=settings or Settings()), folder)


def run(plan: Plan, folder: Path, **options: object) -> RunResult:
    return LocalBackend().run(plan, RunOptions(folder, **options))  # type: ignore[arg-type]


def states(result: RunResult) -> dict[str, str]:
    return {step.id: step.state for step in result.steps}


def ids(result: RunResult, state: str) -> set[str]:
    return {step.id for step in result.steps if step.state == state}


def test_everything_runs_once_and_behind_what_it_needs(stage: Stage, tmp_path: Path):
    plan = plan_in(tmp_path)
    result = run(plan, tmp_path)
    assert (result.status, result.exit_status) == ("done", 0)
    assert ids(result, "skipped") == LEFT_OUT
    assert sorted(stage.begun) == sorted(step.id for step in plan.steps if step.id not in LEFT_OUT)
    for step in plan.steps:
        if step.id not in LEFT_OUT:
            assert all(stage.begun.index(name) < stage.begun.index(step.id) for name in needs(step))


def test_a_second_run_takes_everything_from_the_store(stage: Stage, tmp_path: Path):
    plan = plan_in(tmp_path)
    run(plan, tmp_path)
    stage.begun.clear()
    result = run(plan, tmp_path)
    assert stage.begun == DEPLOYED
    assert ids(result, "cached") == {step.id for step in plan.steps} - LEFT_OUT - set(DEPLOYED)
    assert (result.status, result.exit_status) == ("done", 0)


def test_force_runs_everything_again(stage: Stage, tmp_path: Path):
    plan = plan_in(tmp_path)
    run(plan, tmp_path)
    stage.begun.clear()
    run(plan, tmp_path, force=True)
    assert len(stage.begun) == len(plan.steps) - len(LEFT_OUT)


def test_a_changed_file_reruns_what_its_content_reaches_and_nothing_else(stage: Stage, tmp_path: Path):
    plan = plan_in(tmp_path)
    run(plan, tmp_path)
    (tmp_path / "stock.csv").write_text("x\n1\n2\n3\n")
    stage.on("source:stock", lambda work: work.write_json("rows", 3) and StepResult())
    stage.begun.clear()
    run(plan, tmp_path)
    # The fake gives the same table for other rows, so nothing behind it has to run.
    assert stage.begun == ["source:stock", *DEPLOYED]


def test_monitors_are_left_out_in_so_many_words(stage: Stage, tmp_path: Path):
    result = run(plan_in(tmp_path), tmp_path)
    assert result.step("watch").reason == "`mldsl monitor watch` looks at it"


def test_an_unmet_check_stops_what_reads_its_table_and_nothing_else(stage: Stage, tmp_path: Path):
    stage.on("check:customers", unmet)
    result = run(plan_in(tmp_path), tmp_path)
    assert (result.status, result.exit_status) == ("failed", 3)
    assert states(result)["check:customers"] == "failed"
    assert states(result)["transform:counted"] == "done"
    stopped = {"transform:paying", "split:data", "model:churn_model", "evaluate:churn_model on data.test"}
    assert ids(result, "skipped") == stopped | {*DEPLOYED} | LEFT_OUT
    assert {result.step(id_).reason for id_ in stopped} == {"the check of `customers` was not met"}


def test_an_unmet_check_is_remembered(stage: Stage, tmp_path: Path):
    stage.on("check:customers", unmet)
    plan = plan_in(tmp_path)
    run(plan, tmp_path)
    stage.begun.clear()
    again = run(plan, tmp_path)
    assert stage.begun == []
    assert again.exit_status == 3
    assert again.step("check:customers").details["expectations"][0]["outcome"] == "failed"


def test_a_failed_step_is_told_from_an_unmet_one(stage: Stage, tmp_path: Path):
    stage.on("transform:paying", fail)
    stage.on("check:stock", unmet)
    result = run(plan_in(tmp_path), tmp_path)
    assert result.exit_status == 4
    error = result.step("paying").error
    assert error is not None
    assert (error.kind, error.message, error.help) == ("error", "the disk is on fire", "put it out")
    assert result.step("data").reason == "`paying` failed"
    assert result.step("counted").reason == "the check of `stock` was not met"


def test_a_failed_step_runs_again_and_what_was_done_does_not(stage: Stage, tmp_path: Path):
    plan = plan_in(tmp_path)
    stage.on("transform:paying", fail)
    run(plan, tmp_path)
    stage.begun.clear()
    stage.behaviours.clear()
    result = run(plan, tmp_path)
    assert result.exit_status == 0
    assert "source:customers" not in stage.begun
    evaluated = "evaluate:churn_model on data.test"
    assert stage.begun == ["transform:paying", "split:data", "model:churn_model", evaluated, *DEPLOYED]


def test_a_bug_in_a_step_is_a_sentence_and_a_file_with_the_details(stage: Stage, tmp_path: Path):
    stage.on("transform:paying", crash)
    result = run(plan_in(tmp_path), tmp_path)
    error = result.step("paying").error
    assert error is not None and error.help is not None
    assert error.message == "`paying` failed: ZeroDivisionError: division by zero"
    details = list((tmp_path / ".mldsl" / "runs" / result.run / "logs").iterdir())
    assert len(details) == 1 and str(details[0]) in error.help
    assert "Traceback" in details[0].read_text()


def test_an_unmet_evaluation_gives_3(stage: Stage, tmp_path: Path):
    stage.on("evaluate:churn_model on data.test", unmet)
    result = run(plan_in(tmp_path), tmp_path)
    assert (result.status, result.exit_status) == ("failed", 3)
    assert result.step("churn_model on data.test").state == "failed"


# --- which steps ------------------------------------------------------------------------------------------------------


def test_to_a_table_runs_its_checks_and_trains_nothing(stage: Stage, tmp_path: Path):
    result = run(plan_in(tmp_path), tmp_path, to=("paying",))
    assert stage.begun == ["source:customers", "check:customers", "transform:paying"]
    assert [step.id for step in result.steps] == stage.begun


def test_to_a_checked_source_runs_its_check(stage: Stage, tmp_path: Path):
    run(plan_in(tmp_path), tmp_path, to=("stock",))
    assert stage.begun == ["source:stock", "check:stock"]


@pytest.mark.parametrize(
    ("name", "last"),
    [("data", 4), ("data.train", 4), ("churn_model", 5), ("model:churn_model", 5), ("source:customers", 1)],
)
def test_to_any_name_runs_what_it_needs(stage: Stage, tmp_path: Path, name: str, last: int):
    run(plan_in(tmp_path), tmp_path, to=(name,))
    assert stage.begun == MODEL_BRANCH[:last]


def test_to_a_name_that_is_not_there_is_a_usage_error(stage: Stage, tmp_path: Path):
    plan = plan_in(tmp_path)
    with pytest.raises(UsageError) as caught:
        run(plan, tmp_path, to=("payng",))
    assert caught.value.message == "nothing in the pipeline `shop` is called `payng`"
    assert caught.value.help == "did you mean `paying`?"
    assert not (tmp_path / ".mldsl").exists()


def test_output_takes_the_results_by_name(stage: Stage, tmp_path: Path):
    plan, out = plan_in(tmp_path), tmp_path / "out" / "deep"
    result = run(plan, tmp_path, to=("data",), output=out)
    assert result.written == (str(out / "data.train.json"), str(out / "data.test.json"))
    run(plan, tmp_path, to=("churn_model on data.test",), output=out)
    assert sorted(path.name for path in out.iterdir()) == [
        "churn_model on data.test.json",
        "data.test.json",  # the fakes write JSON
        "data.train.json",
    ]


def test_what_a_check_stopped_is_not_handed_out(stage: Stage, tmp_path: Path):
    stage.on("check:customers", unmet)
    result = run(plan_in(tmp_path), tmp_path, to=("customers",), output=tmp_path / "out")
    assert result.exit_status == 3
    assert not (tmp_path / "out").exists()


def test_an_unmet_evaluation_is_handed_out(stage: Stage, tmp_path: Path):
    stage.on("evaluate:churn_model on data.test", unmet)
    result = run(plan_in(tmp_path), tmp_path, to=("churn_model on data.test",), output=tmp_path / "out")
    assert result.exit_status == 3
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["churn_model on data.test.json"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output": Path("out")}, "`output` says where a result is written, but not which"),
        ({"output": Path("out"), "to": ("nightly",)}, "`nightly` gives nothing that could be written to `out`"),
        ({"output": Path(__file__), "to": ("paying",)}, "is a file; a directory is wanted"),
        ({"params": {"cutof": 1}}, "has no parameter `cutof`"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anything_runs(
    stage: Stage, tmp_path: Path, options: dict[str, object], message: str
):
    plan = plan_in(tmp_path)
    with pytest.raises(UsageError) as caught:
        run(plan, tmp_path, **options)
    assert message in caught.value.message
    assert stage.begun == []


# --- side by side -----------------------------------------------------------------------------------------------------


def test_independent_steps_run_side_by_side_up_to_jobs(stage: Stage, tmp_path: Path):
    both = threading.Barrier(2, timeout=20)
    for id_ in ("source:customers", "source:stock"):
        stage.on(id_, lambda work: StepResult(details={"met": both.wait() >= 0}))
    assert run(plan_in(tmp_path), tmp_path, jobs=2).exit_status == 0
    assert max(len(names) for names in stage.together) == 2


def test_with_one_job_steps_run_one_by_one_in_the_plans_order(stage: Stage, tmp_path: Path):
    plan = plan_in(tmp_path)
    run(plan, tmp_path, jobs=1)
    assert max(len(names) for names in stage.together) == 1
    assert stage.begun == [step.id for step in plan.steps if step.id not in LEFT_OUT]


def test_models_run_beside_each_other_and_divide_the_workers(stage: Stage, tmp_path: Path):
    program = two_branches()
    models = {f"m{n}": replace(program.models["churn_model"], name=f"m{n}") for n in range(3)}
    plan = plan_of(replace(program, models=models, evaluations=(), deployments={}, monitors={}), tmp_path)
    both, told = threading.Barrier(3, timeout=20), []
    for name in models:
        stage.on(f"model:{name}", lambda work: told.append(work.jobs) or StepResult(details={"met": both.wait() >= 0}))
    assert run(plan, tmp_path, jobs=6).exit_status == 0
    assert told == [2, 2, 2]


def test_a_step_is_told_how_many_workers_it_has(stage: Stage, tmp_path: Path):
    told: list[int] = []
    stage.on("model:churn_model", lambda work: told.append(work.jobs) or StepResult())
    run(plan_in(tmp_path), tmp_path, jobs=3)
    assert told == [3]


# --- again and stop ---------------------------------------------------------------------------------------------------


def test_a_failed_step_is_tried_again_as_often_as_the_pipeline_says(stage: Stage, tmp_path: Path):
    tries: list[int] = []

    def third_time_lucky(work: Work) -> StepResult:
        tries.append(1)
        return StepResult() if len(tries) == 3 else fail(work)

    stage.on("transform:paying", third_time_lucky)
    result = run(plan_in(tmp_path, Settings(retries=2, retry_delay=timedelta(milliseconds=1))), tmp_path)
    assert result.exit_status == 0
    assert result.step("paying").attempts == 3
    events = [event["message"] for event in load_run(tmp_path / ".mldsl").events if event["event"] == "step_message"]
    assert events == ["the disk is on fire; attempt 2 of 3", "the disk is on fire; attempt 3 of 3"]


def test_data_that_breaks_its_schema_is_not_tried_again(stage: Stage, tmp_path: Path):
    def misfit(work: Work) -> StepResult:
        raise StepFailed("3 values do not fit", code="ML212")

    stage.on("source:stock", misfit)
    result = run(plan_in(tmp_path, Settings(retries=5)), tmp_path)
    assert stage.begun.count("source:stock") == 1
    assert result.step("source:stock").attempts == 1


class Interrupts(Silent):
    """Presses Ctrl-C a moment after a step has begun."""

    def __init__(self, step: str) -> None:
        self.step = step

    def step_started(self, step: str) -> None:
        if step == self.step:
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_stops_at_once_records_what_was_and_the_next_run_goes_on(stage: Stage, tmp_path: Path, jobs: int):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts tests in the background has it ignored
    plan = plan_in(tmp_path)
    stage.on("transform:paying", slow)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(plan, tmp_path, jobs=jobs, observer=Interrupts("transform:paying"))
    assert time.monotonic() - start < 9  # the step itself takes ten seconds
    found = load_run(tmp_path / ".mldsl")
    assert found.result is not None
    assert (found.result.status, found.result.exit_status) == ("interrupted", 130)
    assert found.result.step("paying").reason == "the run was interrupted"
    assert stage.running == set()
    assert not any((tmp_path / ".mldsl" / "tmp").glob("*/*"))
    stage.behaviours.clear()
    stage.begun.clear()
    assert run(plan, tmp_path, jobs=jobs).exit_status == 0
    assert "source:customers" not in stage.begun


def test_a_store_that_cannot_be_written_is_one_error(stage: Stage, tmp_path: Path):
    (tmp_path / "file").write_text("")
    plan = plan_of(two_branches(settings=Settings(artifacts="file/store")), tmp_path)
    with pytest.raises(StoreError, match="cannot write to"):
        run(plan, tmp_path)


# --- dry runs ---------------------------------------------------------------------------------------------------------


def test_a_dry_run_leaves_nothing_behind(stage: Stage, tmp_path: Path):
    plan = plan_in(tmp_path)
    rows: list[int | None] = []
    stage.on("source:stock", lambda work: rows.append(work.rows) or StepResult())
    before = sorted(tmp_path.rglob("*"))
    result = run(plan, tmp_path, rows=50)
    assert result.dry_run and result.exit_status == 0
    assert rows == [50]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_runs_every_step_whatever_a_few_rows_say_of_the_expectations(stage: Stage, tmp_path: Path):
    stage.on("check:customers", unmet)
    result = run(plan_in(tmp_path), tmp_path, rows=50)
    assert result.exit_status == 0
    assert ids(result, "skipped") == {*DEPLOYED} | LEFT_OUT
    assert "on the rows of this dry run" in result.step("check:customers").warnings[0]
    assert result.step("nightly").reason == "a dry run deploys nothing"


def test_a_dry_run_finds_a_step_that_fails(stage: Stage, tmp_path: Path):
    stage.on("split:data", fail)
    assert run(plan_in(tmp_path), tmp_path, rows=50).exit_status == 4


# --- what is said -----------------------------------------------------------------------------------------------------


def test_whoever_is_to_be_told_hears_of_a_run_that_failed_and_of_no_other(stage: Stage, tmp_path: Path):
    with webhook() as (address, received):
        plan = plan_in(tmp_path, Settings(notify=address))
        assert run(plan, tmp_path).exit_status == 0 and received == []
        stage.on("check:customers", unmet)
        result = run(plan, tmp_path, force=True)
        assert result.exit_status == 3 and any(note.startswith("told `http://127.0.0.1`") for note in result.notes)
        (said,) = received
        assert said["text"].startswith(f"{plan.name}: the run {result.run} failed: `customers`: ")
        assert (said["run"], said["exit_status"]) == (result.run, 3)
        run(plan, tmp_path, rows=10)
        assert len(received) == 1  # a dry run tells nobody


def test_nobody_is_told_where_nobody_listens_and_the_run_says_so(stage: Stage, tmp_path: Path):
    stage.on("check:customers", unmet)
    result = run(plan_in(tmp_path, Settings(notify="http://127.0.0.1:9/key")), tmp_path)
    assert result.exit_status == 3
    assert any(note.startswith("nobody was told of the failure: ") and "key" not in note for note in result.notes)


def test_the_record_of_a_run_is_what_it_gave_back(stage: Stage, tmp_path: Path):
    result = run(plan_in(tmp_path), tmp_path, program="shop.ml")
    found = load_run(tmp_path / ".mldsl", result.run)
    assert found.result == result
    assert [row.id for row in list_runs(tmp_path / ".mldsl")] == [result.run]
    assert found.events[0]["program"] == "shop.ml"
    begun = [event["step"] for event in found.events if event["event"] == "step_started"]
    assert sorted(begun) == sorted(stage.begun)


def test_who_watches_is_told_in_order(stage: Stage, tmp_path: Path):
    told: list[str] = []

    class Watching(Silent):
        def run_started(self, run: str, steps: object) -> None:
            told.append("begin")

        def step_started(self, step: str) -> None:
            told.append(f"start {step}")

        def step_progress(self, step: str, done: int, total: int | None, what: str) -> None:
            told.append(f"{done}/{total} {what}")

        def step_finished(self, report: object) -> None:
            told.append(f"end {report.id}")  # type: ignore[attr-defined]

        def run_finished(self, result: RunResult) -> None:
            told.append("over")

    stage.on("source:stock", lambda work: work.progress(1, 2, "rows") or StepResult())
    run(plan_in(tmp_path), tmp_path, to=("source:stock",), observer=Watching())
    assert told == ["begin", "start source:stock", "1/2 rows", "end source:stock", "over"]


def test_what_would_run_is_foretold(stage: Stage, tmp_path: Path):
    plan, backend = plan_in(tmp_path), LocalBackend()
    before = {item.id: item for item in backend.explain(plan, RunOptions(tmp_path))}
    assert before["source:stock"].reason == "never ran"
    assert before["monitor:watch"].left_out
    assert not (tmp_path / ".mldsl").exists()
    run(plan, tmp_path)
    after = {item.id: item for item in backend.explain(plan, RunOptions(tmp_path))}
    assert all(item.cached for item in after.values() if not item.left_out and item.id not in DEPLOYED)
    stage.begun.clear()
    assert [item.id for item in backend.explain(plan, RunOptions(tmp_path, to=("stock",)))] == [
        "source:stock",
        "check:stock",
    ]
    assert stage.begun == []
