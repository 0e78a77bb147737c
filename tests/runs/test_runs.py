"""Records of runs: written while they go on, found again, and never holding a secret's value."""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mldsl.errors import StoreError, UsageError
from mldsl.runs import Redactor, RunRecord, RunResult, StepError, StepReport, list_runs, load_run, run_roots, start_run

UNMET = StepError("unmet", "not met")
RESULT = RunResult(
    run="",
    pipeline="churn",
    status="failed",
    exit_status=3,
    steps=(
        StepReport("source:a", "a", "source", "cached", 0.01, outputs={"table": {"digest": "ab", "rows": 3}}, key="k"),
        StepReport("check:a", "a", "check", "failed", 0.5, error=UNMET, details={"expectations": []}),
        StepReport("model:m", "m", "model", "skipped", reason="the check of `a` was not met"),
    ),
    started="2026-01-31T10:15:00.500Z",
    seconds=1.25,
    params={"cutoff": "2025-01-01"},
    notes=("`timeout` is not enforced by a local run",),
)  # fmt: skip


def begun(root: Path, when: datetime | None = None, **facts: object) -> RunRecord:
    return start_run(root, "churn", '{"version": 1}', facts, now=when)


def ended(root: Path, when: datetime | None = None) -> str:
    run = begun(root, when)
    run.finish(replace(RESULT, run=run.id))
    return run.id


def test_a_finished_run_comes_back_whole(tmp_path: Path):
    run = begun(tmp_path, profile="prod")
    run.event("step_started", step="source:a")
    run.finish(replace(RESULT, run=run.id))
    loaded = load_run(tmp_path, run.id)
    assert loaded.result == replace(RESULT, run=run.id, folder=str(run.folder))
    assert loaded.plan == '{"version": 1}'
    assert [event["event"] for event in loaded.events] == ["run_started", "step_started", "run_finished"]
    assert loaded.events[0]["profile"] == "prod"


def test_an_id_says_when_and_sorts_by_time(tmp_path: Path):
    moments = [datetime(2026, 1, 31, 10, 15, second, micro, UTC) for second, micro in ((0, 0), (0, 500_000), (1, 0))]
    ids = [begun(tmp_path, moment).id for moment in moments]
    assert ids == ["20260131-101500-0000", "20260131-101500-8000", "20260131-101501-0000"]
    assert ids == sorted(ids)


def test_runs_of_one_moment_get_ids_of_their_own(tmp_path: Path):
    moment = datetime(2026, 1, 31, 10, 15, 0, 999_999, UTC)
    ids = {begun(tmp_path, moment).id for _ in range(5)}
    assert len(ids) == 5
    assert "20260131-101500-ffff" in ids


def _begin_many(root: str) -> list[str]:
    return [ended(Path(root)) for _ in range(10)]


def test_two_processes_can_record_at_once(tmp_path: Path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(_begin_many, [str(tmp_path)] * 2)
    ids = {id_ for ids in found for id_ in ids}
    assert len(ids) == 20
    assert {row.id for row in list_runs(tmp_path)} == ids
    assert {row.status for row in list_runs(tmp_path)} == {"failed"}


def test_runs_are_listed_newest_first_with_how_they_ended(tmp_path: Path):
    first = ended(tmp_path, datetime(2026, 1, 31, tzinfo=UTC))
    second = begun(tmp_path, datetime(2026, 2, 1, tzinfo=UTC), profile="prod").id
    rows = list_runs(tmp_path)
    assert [(row.id, row.status, row.exit_status, row.profile) for row in rows] == [
        (second, "running", None, "prod"),
        (first, "failed", 3, None),
    ]
    assert [row.id for row in list_runs(tmp_path, limit=1)] == [second]


def test_the_index_has_every_run_that_was_listed(tmp_path: Path):
    ended(tmp_path)
    begun(tmp_path, profile="prod", program="churn.ml")
    list_runs(tmp_path)
    with sqlite3.connect(tmp_path / "runs.db") as database:
        rows = database.execute("select pipeline, profile, program, status from runs order by id").fetchall()
    assert rows == [("churn", None, None, "failed"), ("churn", "prod", "churn.ml", "running")]


def test_a_run_whose_process_is_gone_was_interrupted(tmp_path: Path):
    code = (
        "import sys, os; from pathlib import Path; from mldsl.runs import start_run;"
        "start_run(Path(sys.argv[1]), 'churn', '{}', {}); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, env={**os.environ, "PYTHONPATH": "."})
    assert [row.status for row in list_runs(tmp_path)] == ["interrupted"]
    assert load_run(tmp_path).result is None


@pytest.mark.parametrize("damage", ["gone", "garbage"])
def test_a_lost_index_is_made_anew(tmp_path: Path, damage: str):
    ids = [ended(tmp_path) for _ in range(3)]
    index = tmp_path / "runs.db"
    if damage == "gone":
        index.unlink()
    else:
        index.write_bytes(b"this is not a database" * 100)
    assert [row.id for row in list_runs(tmp_path)] == sorted(ids, reverse=True)
    assert index.read_bytes().startswith(b"SQLite format 3")


def test_what_a_run_left_may_be_damaged(tmp_path: Path):
    """It is listed all the same; also where the damage would take a parser to its limits."""
    run = ended(tmp_path)
    for name in ("events.jsonl", "result.json"):
        (tmp_path / "runs" / run / name).write_text("[" * 100_000)
    (tmp_path / "runs.db").unlink()
    assert [row.id for row in list_runs(tmp_path)] == [run]


def test_a_run_removed_by_hand_leaves_the_list(tmp_path: Path):
    kept, removed = ended(tmp_path), ended(tmp_path)
    for path in sorted((tmp_path / "runs" / removed).iterdir()):
        path.unlink()
    assert [row.id for row in list_runs(tmp_path)] == [kept]


def test_a_run_is_found_by_the_start_of_its_id_and_as_the_last(tmp_path: Path):
    first = ended(tmp_path, datetime(2026, 1, 31, 10, tzinfo=UTC))
    second = ended(tmp_path, datetime(2026, 1, 31, 11, tzinfo=UTC))
    assert load_run(tmp_path).summary.id == second
    assert load_run(tmp_path, "20260131-10").summary.id == first
    with pytest.raises(UsageError, match="several runs start with `2026`"):
        load_run(tmp_path, "2026")
    with pytest.raises(UsageError, match="there is no run `1999`"):
        load_run(tmp_path, "1999")


def test_where_nothing_ran_there_is_nothing(tmp_path: Path):
    assert list_runs(tmp_path / "none") == []
    with pytest.raises(UsageError, match="nothing has been run here yet"):
        load_run(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_last_event_that_a_kill_cut_off_does_no_harm(tmp_path: Path):
    run = begun(tmp_path)
    with (run.folder / "events.jsonl").open("a") as file:
        file.write('{"time": "2026-0')
    assert [event["event"] for event in load_run(tmp_path).events] == ["run_started"]


def test_values_of_secrets_are_nowhere_in_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAREHOUSE", "postgres://ann:pa%24sword@db/dw")
    monkeypatch.setenv("TOKEN", "s3cr3t-t0ken")
    run = start_run(tmp_path, "churn", "{}", {}, Redactor.of(["WAREHOUSE", "TOKEN", "UNSET"]))
    run.event("step_message", message="connecting to postgres://ann:pa%24sword@db/dw with s3cr3t-t0ken")
    run.logs.mkdir()
    (run.logs / "trace.txt").write_text("password 'pa$sword' was refused")
    error = StepError("error", "cannot log in as ann with pa$sword", "is s3cr3t-t0ken right?")
    safe = run.finish(replace(RESULT, run=run.id, steps=(replace(RESULT.steps[0], error=error),)))
    written = "".join(path.read_text() for path in run.folder.rglob("*") if path.is_file())
    assert 'secret(\\"TOKEN\\")' in written
    for value in ("pa%24sword", "pa$sword", "s3cr3t-t0ken"):
        assert value not in written
        assert value not in json.dumps(safe.document())


def test_the_result_tells_all_that_a_program_may_ask(tmp_path: Path):
    document = json.loads(json.dumps(RESULT.document()))
    assert document["status"] == "failed"
    assert [step["state"] for step in document["steps"]] == ["cached", "failed", "skipped"]
    assert document["steps"][1]["error"] == {"kind": "unmet", "message": "not met"}
    assert document["steps"][1]["expectations"] == []
    assert RunResult.from_document(document) == RESULT


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_is_said(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot write to"):
        begun(tmp_path)


def test_a_file_in_the_way_is_said(tmp_path: Path):
    (tmp_path / "store").write_text("")
    with pytest.raises(StoreError, match="cannot write to"):
        begun(tmp_path / "store")


def test_a_run_of_another_machine_is_taken_to_be_going_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    begun(tmp_path)
    here = platform.node()
    monkeypatch.setattr(platform, "node", lambda: f"not-{here}")
    assert [row.status for row in list_runs(tmp_path)] == ["running"]


def test_stores_of_any_name_are_found_and_the_one_that_was_named(tmp_path: Path):
    named, hidden = tmp_path / "a" / "store", tmp_path / "b" / ".mldsl"
    for root in (named, hidden):
        ended(root)
    (tmp_path / "c" / "runs").mkdir(parents=True)  # what somebody else calls so
    ended(tmp_path / ".cache" / "store")
    assert run_roots(tmp_path) == [named, hidden]
    assert run_roots(named) == [named]


def test_a_store_that_may_not_be_read_is_not_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ended(tmp_path / ".mldsl")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(StoreError, match=r"cannot read `.*mldsl`: permission denied"):
        run_roots(tmp_path)
