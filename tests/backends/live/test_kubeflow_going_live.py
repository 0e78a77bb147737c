"""Deployments and monitors on Kubeflow's local runner, from the written documents, held against local runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from tests.support.live import going_live
from tests.support.live.going_live import DATE, LATER, NAME, Lived, proved
from tests.support.live.kubeflow import KubeflowRuns, Run, mounted

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Life:
    """The runs of the three documents, what was said as somebody approved, and what there is in the end."""

    trained: Run
    scored: Run
    watched: Run
    approvals: tuple[str, str]
    kubeflow: Lived
    local: Lived


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    folder: Path = tmp_path_factory.mktemp("alive")
    runs = KubeflowRuns(folder, {})
    place = folder / NAME
    program = going_live.laid_out(place)
    runs.compile(program, mounted(program, NAME), "--granularity", "declaration")
    with ThreadPoolExecutor(2) as pool:
        local = pool.submit(going_live.locally, folder / "local")
        training = pool.submit(runs.run, NAME, {"run_date": DATE})
        first = going_live.approve_when_asked(place, 1, training.done)
        trained = training.result()
        going_live.time_goes_on(place)
        scored = runs.run(NAME, {"run_date": LATER}, "scheduled/alive-nightly/pipeline.yaml")
        watching = pool.submit(runs.run, NAME, {"run_date": LATER}, "scheduled/alive-watch/pipeline.yaml")
        second = going_live.approve_when_asked(place, 2, watching.done)
        yield Life(trained, scored, watching.result(), (first, second), Lived.of(place), local.result())


def test_a_deployment_waits_for_its_approval_and_goes_live(life: Life) -> None:
    assert life.trained.status == 0, life.trained.said
    said = life.trained.said
    assert "version 1 of `penguins` waits for the approval of `risk`" in said
    (how,) = re.findall(r"`(mldsl approve \S+ --team=risk --store=\S+)` gives it", said)
    version = life.kubeflow.endpoint.version(1)
    assert version.run and how.split()[2] == version.run
    assert life.approvals[0] == "version 1 of penguins has the approval: who waits for it goes on\n"
    assert said.index("is approved of") < said.index("Executing task 'live'")
    approval = next(event for event in life.kubeflow.endpoint.events() if event.kind == "approved")
    assert (approval.by, approval.details["team"]) == ("Ada", "risk")


def test_versions_and_history_are_those_of_a_local_life(life: Life) -> None:
    assert life.kubeflow.versions() == life.local.versions()
    assert [len(found) for found in life.kubeflow.versions()] == [2, 2]
    for name in ("endpoint", "batch"):
        mine, theirs = (getattr(lived, name) for lived in (life.kubeflow, life.local))
        assert mine.state() == theirs.state()
        assert mine.state().champion == 2
        assert proved(mine) == proved(theirs)
        assert [version for version, _ in proved(mine)] == [1, 2]


def test_a_version_has_what_serving_needs(life: Life) -> None:
    mine, theirs = (lived.endpoint.version(2) for lived in (life.kubeflow, life.local))
    assert mine.row_path == theirs.row_path and mine.row_path is not None and mine.row_path["prepared"]
    assert (mine.tables, mine.trained_on, mine.data) == (theirs.tables, theirs.trained_on, theirs.data)


def test_a_schedule_of_its_own_scores_with_the_champion_and_trains_nothing(life: Life) -> None:
    assert life.scored.status == 0, life.scored.said
    assert sorted(life.scored.executed()) == ["arrived", "nightly", "run-time"]
    for day in (DATE, LATER):
        assert_frame_equal(life.kubeflow.scores(day), life.local.scores(day), check_exact=True)
    assert len(life.kubeflow.scores(LATER)) == 344


def test_a_breach_trains_again_behind_the_same_gates_and_fails_the_run(life: Life) -> None:
    assert life.watched.status != 0
    assert life.kubeflow.found() == life.local.found()
    ((first,),) = life.kubeflow.found()
    assert first[1] == "failed" and first[2] > 0.5
    executed = life.watched.executed()
    assert executed[0] == "watch" and executed[-1] == "watch-retrained" and "watch-unmet" not in executed
    inner = {name.removeprefix("retrain--") for name in executed if name.startswith("retrain--")}
    assert inner == set(life.trained.executed())
    assert "version 2 of `penguins` waits for the approval of `risk`" in life.watched.said
    assert "error: version 1 of `nightly`: `drift(all) <= 0.5` does not hold" in life.watched.said


def test_people_see_what_was_judged(life: Life) -> None:
    page = life.watched.artifact("watch", "report").read_text()
    assert "drift(all) &lt;= 0.5" in page and "failed" in page
    page = life.trained.artifact("live", "report").read_text()
    assert "version 1 of <code>penguins</code>: champion" in page
    answer = json.loads(life.watched.artifact("watch", "executor_output.json").read_text())
    assert answer["parameterValues"]["retrain"] is True
