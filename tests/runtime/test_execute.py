"""Carrying out a step: outcomes, failures, tracebacks, what a worker of its own needs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mldsl.catalog.types import INT
from mldsl.plan.nodes import Filter, Plan, SourceBody, Step, VerbsForm
from mldsl.runtime import execute as module
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.execute import execute
from mldsl.runtime.seeds import derive_seed
from mldsl.runtime.store import open_store
from mldsl.runtime.work import StepResult, Work
from tests.support.expressions import call, col, frame
from tests.support.steps import PARAMS, Bench, specs, transform

ROWS = frame({"a": (INT, [1, -1])})
BODY = transform("rows", {"a": INT}, Filter(condition=call("greater", col("a", INT), 0)))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    found = Bench(tmp_path)
    found.table("rows", ROWS)
    return found


def replaced(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    monkeypatch.setattr(module, "_function", lambda step: run)


def test_a_step_runs_once_and_is_then_taken_from_the_store(bench: Bench) -> None:
    first = bench.run(BODY)
    assert (first.state, first.reused, first.error) == ("done", False, None)
    assert bench.output(first)["a"].to_list() == [1]
    second = bench.run(BODY)
    assert (second.state, second.reused, second.key) == ("cached", True, first.key)
    assert second.record == first.record


def test_force_runs_it_again(bench: Bench) -> None:
    bench.run(BODY)
    assert bench.run(BODY, force=True).state == "done"


def test_a_foreseen_failure_keeps_its_words(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(work: Work) -> StepResult:
        raise StepFailed("it is raining", "take an umbrella", "ML212")

    replaced(monkeypatch, run)
    outcome = bench.run(BODY)
    assert outcome.state == "failed" and outcome.error is not None and outcome.record is None
    assert (outcome.error.message, outcome.error.help, outcome.error.code) == (
        "it is raining",
        "take an umbrella",
        "ML212",
    )
    assert (outcome.error.kind, outcome.error.exit_status, outcome.error.traceback) == ("error", 4, None)


def test_an_unforeseen_failure_names_the_step_and_a_file_with_the_traceback(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(work: Work) -> StepResult:
        raise ValueError("first line\nsecond line")

    replaced(monkeypatch, run)
    outcome = bench.run(BODY, logs=tmp_path / "logs")
    assert outcome.error is not None and outcome.error.traceback is not None
    assert outcome.error.message == "`result` failed: ValueError: first line"
    assert outcome.error.traceback.parent == tmp_path / "logs"
    text = outcome.error.traceback.read_text()
    assert "transform:result" in text and "second line" in text and "Traceback" in text


def test_a_failure_leaves_nothing_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def run(work: Work) -> StepResult:
        (work.scratch / "half.parquet").write_bytes(b"half")
        raise StepFailed("no")

    with monkeypatch.context() as patch:
        replaced(patch, run)
        outcome = bench.run(BODY)
    assert list((tmp_path / ".mldsl" / "tmp").glob("*/*")) == []
    assert outcome.key is not None and bench.store.record(outcome.key) is None
    assert bench.run(BODY).state == "done"


def test_a_breakdown_of_the_engine_is_a_failure_of_the_step(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from polars.exceptions import PanicException

    def run(work: Work) -> StepResult:
        raise PanicException("entered unreachable code")

    replaced(monkeypatch, run)
    outcome = bench.run(BODY)
    assert outcome.error is not None
    assert outcome.error.message == "`result` failed: PanicException: entered unreachable code"


def test_an_interrupt_is_not_swallowed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(work: Work) -> StepResult:
        raise KeyboardInterrupt

    replaced(monkeypatch, run)
    with pytest.raises(KeyboardInterrupt):
        bench.run(BODY)


def test_what_a_step_is_given(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[Work] = []
    said: list[str] = []
    shown: list[tuple[int, int | None, str]] = []

    def run(work: Work) -> StepResult:
        seen.append(work)
        work.log("half way")
        work.progress(1, 2, "trials")
        assert work.scratch.is_dir() and not list(work.scratch.iterdir())
        work.write_json("metrics", {"é": 1.5})
        work.write_bytes("drawing", b"<svg/>", ".svg")
        assert work.table("rows").collect()["a"].to_list() == [1, -1]
        with pytest.raises(StepFailed, match="has no input `gone`"):
            work.table("gone")
        return StepResult(details={"x": 1}, warnings=("careful",))

    replaced(monkeypatch, run)
    outcome = bench.run(BODY, jobs=3, rows=7, log=said.append, progress=lambda *call: shown.append(call))
    work = seen[0]
    assert (work.jobs, work.rows, work.folder, work.params) == (3, 7, tmp_path, PARAMS)
    assert work.seed == derive_seed(0, "transform:result")
    assert said == ["half way"] and shown == [(1, 2, "trials")]
    assert outcome.record is not None and outcome.record.warnings == ("careful",)
    assert bench.json(outcome, "metrics") == {"é": 1.5}
    assert bench.store.read(outcome.record.outputs["drawing"]) == b"<svg/>"
    assert not work.scratch.exists()


def test_json_without_nan(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(work: Work) -> StepResult:
        work.write_json("metrics", float("nan"))
        return StepResult()

    replaced(monkeypatch, run)
    assert bench.run(BODY).state == "failed"


def test_seeds_differ_by_step_and_root_and_stay_the_same() -> None:
    assert derive_seed(0, "model:a") == int(hashlib.sha256(b"0:model:a").hexdigest()[:8], 16) == 331567598
    assert len({derive_seed(root, path) for root in range(3) for path in ("a", "b")}) == 6
    assert all(0 <= derive_seed(root, "x") < 2**32 for root in range(100))


def test_an_unknown_step_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        execute(Plan(name="p", steps=()), "x", open_store(".mldsl", tmp_path), folder=tmp_path, params={})


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / ".mldsl").write_text("a file")
    body = SourceBody(connector="csv", arguments={"path": "a.csv"}, columns=specs({"a": INT}))
    plan = Plan(name="p", steps=(Step(id="source:a", kind="source", name="a", location="p.ml:1:1", body=body),))
    outcome = execute(plan, "source:a", open_store(".mldsl", tmp_path), folder=tmp_path, params=PARAMS)
    assert outcome.error is not None
    assert outcome.error.message.startswith("cannot write to the artifact store")
    assert outcome.error.traceback is None


def test_the_result_has_exactly_the_columns_of_the_schema(bench: Bench) -> None:
    body = replace(BODY, columns=specs({"b": INT}))
    outcome = bench.run(body)
    assert outcome.error is not None and outcome.error.message == "the result has no column `b`"
    assert isinstance(BODY.action, VerbsForm)
