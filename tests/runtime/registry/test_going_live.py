"""A deployment from the user's view: what a run puts into production, what holds it, who approves, and the way back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mldsl
from mldsl import deployments
from mldsl.errors import UsageError
from mldsl.runtime.registry import RegistryError
from mldsl.runtime.store import Stored, open_store
from tests.support.cli import mldsl as command

PROGRAM = """\
pipeline p {{ seed: 1 }}
source flowers = sklearn("iris")
split data = flowers {{ train: 70%; test: 30% }}
model m = predict target from data {{ algorithm logistic_regression {{ C: {c} }} }}
evaluate m on data.test {{ expect accuracy >= {least}% }}
deploy live = m to {target}("flowers") {{
{parts}
}}
"""


def write(
    folder: Path, *parts: str, c: float = 1.0, least: int = 80, target: str = "endpoint", pipeline: str = "p"
) -> Path:
    path = folder / "p.ml"
    text = PROGRAM.format(c=c, least=least, target=target, parts="\n".join(parts))
    path.write_text(text.replace("pipeline p", f"pipeline {pipeline}"))
    return path


def deployed(folder: Path, *parts: str, **changes: object) -> dict[str, object]:
    """Run the program; what its deployment says."""
    result = mldsl.load(write(folder, *parts, **changes)).run()
    return dict(result.step("live").details)


def test_the_first_version_goes_live_and_the_same_model_again_is_no_new_one(tmp_path: Path):
    details = deployed(tmp_path, "require evaluation")
    assert (details["name"], details["version"], details["state"], details["champion"]) == ("flowers", 1, "champion", 1)
    again = mldsl.load(write(tmp_path, "require evaluation")).run().step("live")
    assert (again.state, again.details["version"], again.details["state"]) == ("cached", 1, "champion")
    registry = deployments.find("flowers", str(tmp_path))
    assert [event.kind for event in registry.events()] == ["registered", "promoted", "certified"]
    version = registry.version(1)
    assert (version.pipeline, version.deployment, version.target) == ("p", "live", "endpoint")
    assert version.run == mldsl.load(tmp_path / "p.ml").runs()[-1].id
    assert version.environment["scikit-learn"] and version.data.keys() == {"data.train"}


BATCH = """\
pipeline p { seed: 1 }
source flowers = sklearn("iris")
split data = flowers { train: 70%; test: 30% }
model m = predict target from data { algorithm logistic_regression }
deploy nightly = m to batch(flowers) { write: csv("out/{run_date}.csv"); columns: target_predicted }
"""


def test_a_batch_that_is_in_place_is_not_written_again_and_one_that_is_not_is(tmp_path: Path):
    path = tmp_path / "p.ml"
    path.write_text(BATCH)

    def state(day: str) -> str:
        return mldsl.load(path, params={"run_date": day}).run().step("nightly").state

    assert [state("2026-01-05"), state("2026-01-05")] == ["done", "cached"]
    written = tmp_path / "out" / "2026-01-05.csv"
    expected = written.read_bytes()
    assert state("2026-01-06") == "done" and state("2026-01-05") == "cached"
    written.write_bytes(expected[:-1])
    assert state("2026-01-05") == "done" and written.read_bytes() == expected
    written.unlink()
    assert state("2026-01-05") == "done" and written.read_bytes() == expected
    assert (tmp_path / "out" / "2026-01-06.csv").read_bytes() == expected


def test_a_version_keeps_rows_that_its_model_was_fitted_on(tmp_path: Path):
    import polars as pl

    deployed(tmp_path)
    registry = deployments.find("flowers", str(tmp_path))
    version = registry.version(1)
    assert version.reference is not None
    kept = pl.read_parquet(registry.store.local(version.reference))
    program = mldsl.load(tmp_path / "p.ml")
    program.run(to=["data.train"], output=tmp_path / "out")
    train = pl.read_parquet(tmp_path / "out" / "data.train.parquet")
    assert kept.height == train.height == version.reference.rows
    for name in train.columns:
        assert kept[name].to_list() == train[name].to_list()
    assert (kept["target"] == kept["target_predicted"]).mean() > 0.9


def test_a_version_has_the_certificate_of_its_program(tmp_path: Path):
    deployed(tmp_path, "require evaluation")
    registry = deployments.find("flowers", str(tmp_path))
    (event,) = (event for event in registry.events() if event.kind == "certified")
    stored = Stored(**event.details["certificate"])
    mldsl.clean(str(tmp_path), keep=0)
    assert json.loads(registry.store.read(stored)) == mldsl.load(tmp_path / "p.ml").certificate().document()


def test_the_rows_on_which_it_was_judged_are_kept_too(tmp_path: Path):
    import polars as pl

    deployed(tmp_path)
    registry = deployments.find("flowers", str(tmp_path))
    version = registry.version(1)
    assert version.judged is not None
    program = mldsl.load(tmp_path / "p.ml")
    program.run(to=["data.test"], output=tmp_path / "out")
    test = pl.read_parquet(tmp_path / "out" / "data.test.parquet")
    assert pl.read_parquet(registry.store.local(version.judged)).select(test.columns).equals(test)


def test_another_model_replaces_the_champion_and_can_be_taken_back(tmp_path: Path):
    deployed(tmp_path)
    details = deployed(tmp_path, c=0.1)
    assert (details["version"], details["champion"]) == (2, 2)
    event = deployments.rollback("flowers", folder=str(tmp_path), reason="complaints", by="Ada")
    assert (event.state.champion, event.by, event.reason) == (1, "Ada", "complaints")
    result = mldsl.load(write(tmp_path, c=0.1)).run()
    assert result.exit_status == 3
    error = result.step("live").error
    assert error is not None and "version 2 of `flowers` is this very model, and was taken out by Ada" in error.message
    assert deployments.find("flowers", str(tmp_path)).state().champion == 1
    assert deployments.promote("flowers", 2, folder=str(tmp_path)).state.champion == 2
    assert mldsl.load(write(tmp_path, c=0.1)).run().exit_status == 0


def test_what_requires_the_evaluation_does_not_go_live_when_it_fails(tmp_path: Path):
    result = mldsl.load(write(tmp_path, "require evaluation", least=100)).run()
    assert result.exit_status == 3
    assert result.step("live").state == "skipped"
    with pytest.raises(UsageError, match="nothing is deployed under the name `flowers`"):
        deployments.find("flowers", str(tmp_path))


def test_a_rollout_makes_a_candidate_once_there_is_a_champion(tmp_path: Path):
    rollout = "rollout { 10% for 1h; 100% }"
    assert deployed(tmp_path, rollout)["state"] == "champion"
    assert deployed(tmp_path, rollout, c=0.1)["state"] == "candidate"
    assert deployed(tmp_path, rollout, c=0.1)["state"] == "candidate"
    registry = deployments.find("flowers", str(tmp_path))
    assert (registry.state().champion, registry.state().candidate, registry.state().stage) == (1, 2, 0)
    registry.take_out(by="server", reason="error_rate > 2%")
    details = deployed(tmp_path, rollout, c=0.1)
    assert details["state"] == "taken out"
    assert "error_rate > 2%" in str(details["message"])


def test_an_approval_is_waited_for_given_and_kept(tmp_path: Path):
    parts = ('require approval("risk")', 'require approval("legal")')
    result = mldsl.load(write(tmp_path, *parts)).run()
    assert result.exit_status == 3
    details = result.step("live").details
    assert (details["state"], details["waiting_for"], details["version"]) == ("waiting", ["risk", "legal"], 1)
    assert details["champion"] is None
    with pytest.raises(UsageError, match="waits for the approval of `risk`, `legal`"):
        deployments.promote("flowers", folder=str(tmp_path))
    with pytest.raises(UsageError, match="does not wait for `sales`"):
        deployments.approve(team="sales", folder=str(tmp_path))
    assert deployments.approve(team="risk", folder=str(tmp_path), by="Ada") is None
    after = deployments.approve(team="legal", folder=str(tmp_path), by="Bob", reason="read it")
    assert after is not None and after.exit_status == 0
    registry = deployments.find("flowers", str(tmp_path))
    assert registry.state().champion == 1
    given = [(event.by, event.details["team"], event.reason) for event in registry.events() if event.kind == "approved"]
    assert given == [("Ada", "risk", None), ("Bob", "legal", "read it")]
    with pytest.raises(UsageError, match=r"nothing in the run .* waits for an approval"):
        deployments.approve(folder=str(tmp_path))
    assert mldsl.load(tmp_path / "p.ml").run().exit_status == 0


def test_a_name_that_another_pipeline_has_is_refused(tmp_path: Path):
    deployed(tmp_path)
    result = mldsl.load(write(tmp_path, pipeline="q", c=0.1)).run()
    assert result.exit_status == 4
    error = result.step("live").error
    assert error is not None and "`flowers` is taken: it belongs to `live` of the pipeline `p`" in error.message
    assert deployments.find("flowers", str(tmp_path)).state().champion == 1


def test_a_model_file_that_was_altered_is_not_promoted(tmp_path: Path):
    deployed(tmp_path)
    deployed(tmp_path, c=0.1)
    registry = deployments.find("flowers", str(tmp_path))
    path = tmp_path / ".mldsl" / registry.version(1).model.path
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(RegistryError, match="was altered: its hash is not the one that was registered"):
        deployments.rollback("flowers", folder=str(tmp_path))
    assert registry.state().champion == 2


def test_cleaning_keeps_what_the_champion_the_candidate_and_the_way_back_need(tmp_path: Path):
    for c in (1.0, 0.1, 0.01):
        deployed(tmp_path, c=c)
    registry = deployments.find("flowers", str(tmp_path))
    path = write(tmp_path, c=100.0)
    mldsl.load(path).run(to="m")
    mldsl.clean(str(tmp_path), keep=1)
    store = open_store(".mldsl", tmp_path)
    there = {version.number: all(map(store.has, version.stored())) for version in registry.versions()}
    assert there == {1: False, 2: True, 3: True}
    assert deployments.rollback("flowers", folder=str(tmp_path)).state.champion == 2


def test_a_dry_run_deploys_nothing(tmp_path: Path):
    result = mldsl.load(write(tmp_path)).run(dry_run=True, rows=100)
    assert result.step("live").state == "skipped" and result.step("live").reason == "a dry run deploys nothing"
    assert not (tmp_path / ".mldsl").exists()


def test_the_commands(tmp_path: Path):
    write(tmp_path, 'require approval("risk")')
    ran = command("run", "p.ml", cwd=tmp_path)
    assert ran.returncode == 3 and "`mldsl approve" in ran.stderr
    approved = command("approve", "--by", "Ada", cwd=tmp_path)
    assert approved.returncode == 0, approved.stderr
    write(tmp_path, c=0.1)
    assert command("run", "p.ml", cwd=tmp_path).returncode == 0
    listed = command("models", cwd=tmp_path)
    assert listed.stdout.splitlines()[1].split()[:5] == ["flowers", "endpoint", "p", "2", "2"]
    one = json.loads(command("models", "flowers", "--json", cwd=tmp_path).stdout)
    assert one["state"]["champion"] == 2 and [item["number"] for item in one["versions"]] == [1, 2]
    back = command("rollback", "flowers", "--reason", "slow", "--json", cwd=tmp_path)
    assert back.returncode == 0 and json.loads(back.stdout)["event"]["state"]["champion"] == 1
    assert "version 1 of flowers is in production" in back.stderr
    again = command("rollback", "flowers", cwd=tmp_path)
    assert again.returncode == 4 and "no earlier champion" in again.stderr
    assert command("promote", "flowers", "2", cwd=tmp_path).returncode == 0
    twice = command("promote", "flowers", "2", cwd=tmp_path)
    assert twice.returncode == 2 and "is in production already" in twice.stderr
    unknown = command("promote", "flower", cwd=tmp_path)
    assert unknown.returncode == 2 and "did you mean `flowers`" in unknown.stderr
    history = command("models", "flowers", cwd=tmp_path).stdout
    assert "Ada" in history and "slow" in history and "champion" in history
    newest = json.loads(command("models", "flowers", "--json", "--limit", "2", cwd=tmp_path).stdout)["events"]
    assert [item["kind"] for item in newest] == ["rolled_back", "promoted"]
    short = command("models", "flowers", "--limit", "1", cwd=tmp_path).stdout
    assert "Ada" in history and "slow" not in short.rpartition("WHEN")[2]
    for words, said in ((["--limit", "2"], "name one"), (["flowers", "--limit", "0"], "it is 1 at least")):
        refused = command("models", *words, cwd=tmp_path)
        assert refused.returncode == 2 and said in refused.stderr
