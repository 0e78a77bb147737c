"""`mldsl clean`: what goes, what stays, and that a run which is going on loses nothing."""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

import mldsl
from mldsl.cli.clean import size
from mldsl.runs.observer import Silent
from mldsl.runtime.store import hashes
from mldsl.runtime.worker import run_steps
from tests.support.cli import mldsl as command
from tests.support.shop import write_shop


def objects(folder: Path) -> set[Path]:
    return {path for path in (folder / ".mldsl" / "objects").rglob("*") if path.is_file()}


def used(result: mldsl.api.RunResult, folder: Path) -> set[Path]:  # type: ignore[name-defined]
    return {
        folder / ".mldsl" / "objects" / f"{output['digest']}{output['suffix']}"
        for step in result.steps
        for output in step.outputs.values()
    }


def runs(folder: Path, count: int) -> list[mldsl.api.RunResult]:  # type: ignore[name-defined]
    """So many runs, each with another value of the parameter."""
    path = folder / "shop.ml"
    return [mldsl.load(path, params={"least": 1 + n}).run() for n in range(count)]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A program that gives another table for each value of its parameter."""
    write_shop(tmp_path, orders="id,day,amount\n" + "".join(f"{n},2026-01-01,{n}.5\n" for n in range(9)))
    return tmp_path


def total(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.stat().st_nlink == 1)


def test_the_last_runs_and_all_they_need_stay(shop: Path):
    found = runs(shop, 4)
    dry = mldsl.clean(shop, keep=2, dry_run=True)
    before = objects(shop)
    done = mldsl.clean(shop, keep=2)
    assert [item.document() for item in dry] == [item.document() for item in done]
    assert done[0].runs == (found[1].run, found[0].run)
    assert (done[0].records, done[0].artifacts) == (2, 2)
    assert objects(shop) == used(found[2], shop) | used(found[3], shop) < before
    assert [row.id for row in mldsl.history(shop)] == [found[3].run, found[2].run]
    again = mldsl.load(shop / "shop.ml", params={"least": 3}).run()
    assert {step.state for step in again.steps} == {"cached"}
    gone = mldsl.load(shop / "shop.ml", params={"least": 1}).run()
    assert gone.step("big").state == "done" and gone.step("orders").state == "cached"


def test_by_default_five_runs_of_each_pipeline_stay_and_what_was_freed_is_said(shop: Path):
    runs(shop, 6)
    (shop / "other").mkdir()
    finished = command("clean", "--json", cwd=shop)
    document = json.loads(finished.stdout)
    assert finished.returncode == 0
    assert (document["version"], document["dry_run"], len(document["stores"])) == (1, False, 1)
    assert document["bytes"] == document["stores"][0]["bytes"] > 0
    assert len(document["stores"][0]["runs"]) == 1
    assert finished.stderr == f".mldsl: freed {size(document['bytes'])} (1 run, 1 record of a step, 1 artifact)\n"
    assert len(mldsl.history(shop)) == 5


def test_the_bytes_that_are_told_are_those_that_were_freed(shop: Path):
    runs(shop, 5)
    (index := shop / ".mldsl" / "runs.db").unlink()  # its own size changes as it likes
    before = total(shop / ".mldsl")
    freed = mldsl.clean(shop, keep=1)[0].bytes
    assert before - (total(shop / ".mldsl") - index.stat().st_size) == pytest.approx(freed, abs=5)


def test_young_runs_stay(shop: Path):
    runs(shop, 3)
    finished = command("clean", "--keep", "0", "--older-than", "1h", cwd=shop)
    assert finished.stderr == ".mldsl: freed 0 bytes\n"
    assert len(mldsl.history(shop)) == 3
    command("clean", "--keep", "0", "--older-than", "1ms", cwd=shop)
    assert mldsl.history(shop) == []
    assert objects(shop) == set()


def test_what_no_run_here_names_stays_for_a_month(shop: Path):
    (result,) = runs(shop, 1)
    record = next(shop.glob(".mldsl/steps/*.json"))
    strange = record.with_name(f"{'0' * 64}.json")
    strange.write_text(record.read_text().replace(record.stem, "0" * 64))
    mldsl.clean(shop)
    assert strange.exists()
    os.utime(strange, (time.time() - 31 * 86400,) * 2)
    mldsl.clean(shop)
    assert not strange.exists()
    assert objects(shop) == used(result, shop)


def test_trials_of_a_model_that_nobody_went_on_with_go(shop: Path):
    runs(shop, 1)
    young, old = (shop / ".mldsl" / "trials" / (digit * 64) / "trial.json" for digit in "12")
    for path in (young, old):
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    os.utime(old, (time.time() - 31 * 86400,) * 2)
    mldsl.clean(shop)
    assert (young.exists(), old.exists()) == (True, False)


def test_memories_of_files_that_are_gone_go(shop: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hashes, "_SETTLED", 0)
    runs(shop, 1)
    assert len(list(shop.glob(".mldsl/hashes/*"))) == 1
    mldsl.clean(shop)
    assert len(list(shop.glob(".mldsl/hashes/*"))) == 1
    (shop / "orders.csv").unlink()
    mldsl.clean(shop)
    assert list(shop.glob(".mldsl/hashes/*")) == []


def test_a_run_that_is_going_on_loses_nothing_that_it_made_or_used(shop: Path):
    first = runs(shop, 1)[0]
    for path in (shop / ".mldsl").rglob("*"):
        os.utime(path, (time.time() - 3600,) * 2)

    class Cleans(Silent):
        def step_finished(self, report: object) -> None:
            mldsl.clean(shop, keep=0)

    second = mldsl.load(shop / "shop.ml", params={"least": 3}).run(observer=Cleans())
    assert second.exit_status == 0
    assert second.step("orders").state == "cached"
    assert used(second, shop) <= objects(shop)
    assert not (used(first, shop) - used(second, shop)) & objects(shop)
    assert [row.id for row in mldsl.history(shop)] == [second.run]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--keep", "-1"], "error: fewer than no runs cannot be kept"),
        (["--older-than", "soon"], "error: `--older-than`: `soon` is not a duration such as `90d` or `1h30m`"),
        (["--in", "nowhere"], "error: there is no directory `nowhere`"),
    ],
)
def test_wrong_usage(tmp_path: Path, words: list[str], message: str):
    finished = command("clean", *words, cwd=tmp_path)
    assert finished.returncode == 2
    assert finished.stderr.startswith(message)


def test_where_nothing_was_run_nothing_is_freed(tmp_path: Path):
    finished = command("clean", cwd=tmp_path)
    assert (finished.returncode, finished.stderr) == (0, "nothing has been run here yet, so there is nothing to free\n")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1234, "1.2 kB"), (5 * 10**9, "5.0 GB")]
)
def test_sizes(count: int, text: str):
    assert size(count) == text


def test_a_store_that_only_tasks_use_is_cleaned_by_name(shop: Path):
    program = mldsl.load(shop / "shop.ml")
    program.compile("local", shop / "plan")
    terms = {"store": "shared", "folder": shop, "code": shop, "params": {}}
    steps = [step.id for step in program.plan().steps]
    run_steps(shop / "plan" / "plan.json", steps, run_date="2026-01-01", run_time="2026-01-01T00:00:00", **terms)  # type: ignore[arg-type]
    store = shop / "shared"
    kept = [path for path in (store / "objects").rglob("*") if path.is_file()]
    assert kept and not (store / "runs").exists()
    assert mldsl.clean(shop) == []
    for place in ("steps", "objects", "latest"):
        for path in (store / place).rglob("*"):
            os.utime(path, (time.time() - 3 * 86_400,) * 2)
    assert mldsl.clean(store=store)[0].records == 0, "three days are less than 30"
    done = command("clean", "--store", store, "--older-than", "2d", "--dry-run")
    assert (done.returncode, done.stderr.count("would free")) == (0, 1)
    freed = mldsl.clean(store=f"file://{store}", older_than=timedelta(days=2))[0]
    assert freed.records == len(steps) and freed.artifacts == len(kept)
    assert not [path for path in (store / "objects").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("s3://bucket/x", "`s3://bucket/x` is not on this machine, where other machines may need what is in it"),
        ("nothing", "there is no artifact store at `nothing`"),
        (".", "there is no artifact store at `.`"),
    ],
)
def test_what_is_no_store_here_is_not_cleaned(tmp_path: Path, store: str, message: str):
    done = command("clean", "--store", store, cwd=tmp_path)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"error: {message}")
