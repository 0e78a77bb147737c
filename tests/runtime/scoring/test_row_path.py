"""The row path: what the reference path says, for every row, and for rows as they may come one day."""

from __future__ import annotations

from typing import Any

import pytest

from mldsl.runtime.engine.polars.functions import SCALARS
from mldsl.runtime.scoring import prepare_in, reference_scorer, scorer
from mldsl.runtime.scoring.prepared import PreparedScorer
from mldsl.runtime.scoring.rows.functions import FUNCTIONS
from tests.support.scoring import Trained

EXACT = 1e-9


def test_every_function_of_the_language() -> None:
    assert set(FUNCTIONS) == set(SCALARS)


@pytest.mark.parametrize("model", ["plain_one", "last_one"])
def test_every_row_and_altered_ones(visited: dict[str, Trained], model: str) -> None:
    trained = visited[model]
    found = prepare_in(trained.work(), trained.version)
    assert found["prepared"], found
    assert found["largest_difference"] <= EXACT
    assert found["rows"] > 150
    assert found["left"] < 0.2 * found["rows"]
    assert found["slow"] == []
    quick = PreparedScorer(reference_scorer(trained.version, trained.store))
    raw = trained.raw().to_dicts()
    by_path = quick.path.answers(raw, None)
    by_reference = quick.reference.score(raw)
    nothing = {output.name: None for output in quick.outputs}
    assert [answer or nothing for answer in by_path] == [_near(answer) for answer in by_reference]
    assert None in by_path


def _near(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        name: pytest.approx(value, rel=0, abs=EXACT) if isinstance(value, float) else value
        for name, value in answer.items()
    }


def test_python_falls_back_and_says_so(visited: dict[str, Trained]) -> None:
    trained = visited["good_one"]
    found = prepare_in(trained.work(), trained.version)
    assert not found["prepared"]
    assert found["reason"] == "`doubled` is Python, which works on tables"


def test_the_scorer_of_a_version(visited: dict[str, Trained]) -> None:
    """By the row path where it was found sound; else by the reference path."""
    trained = visited["plain_one"]
    trained.version.row_path = {"prepared": True}
    assert isinstance(scorer(trained.version, trained.store), PreparedScorer)
    trained.version.row_path = {"prepared": False, "reason": "…"}
    assert not isinstance(scorer(trained.version, trained.store), PreparedScorer)


def test_a_difference_is_found(visited: dict[str, Trained], monkeypatch: pytest.MonkeyPatch) -> None:
    from mldsl.runtime.scoring.rows import estimators

    trained = visited["plain_one"]
    honest = estimators.Boosted.raw
    monkeypatch.setattr(estimators.Boosted, "raw", lambda self, rows: honest(self, rows) + 1e-6)
    found = prepare_in(trained.work(), trained.version)
    assert not found["prepared"]
    assert "where the reference path says" in found["reason"]


def test_what_is_left_is_answered_by_the_reference_path(visited: dict[str, Trained]) -> None:
    """A number as text, and a datetime at the end of time, are no business of the row path."""
    trained = visited["plain_one"]
    quick = PreparedScorer(reference_scorer(trained.version, trained.store))
    row = {**trained.raw().to_dicts()[0], "score": 10**400}
    with pytest.raises(Exception, match="`score` has a value that is no `float`"):
        quick.score([row])
