"""Requirements of deployments, from the program's side: runs of programs on real data, one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_breast_cancer

import mldsl
from mldsl.runtime.store import open_store

PROGRAM = """
pipeline p {{ seed: 3 }}
source rows = csv("{source}") {{
  id: int key
  {columns}
  target: bool
}}
check rows {{ expect rows() > 0 }}
split data = rows {{ train: 60%; test: 40%; seed: {seed}; budget: {budget} }}
model m = predict target from data {{ algorithm {algorithm} }}
evaluate m on data.test {{ expect accuracy >= {least} }}
deploy d = m to registry("cancer") {{
  {requires}
}}
"""
GOOD = "logistic_regression { C: 1.0 }"
BETTER = "logistic_regression { C: 0.1 }"
BAD = "decision_tree { max_depth: 1 }"


class Folder:
    """Runs variants of one program in one folder, and so on one store."""

    def __init__(self, place: Path) -> None:
        self.place = place
        data = load_breast_cancer(as_frame=True).frame.iloc[:, [0, 1, 2, 3, 30]]
        data.columns = ["radius", "texture", "perimeter", "area", "target"]
        data.insert(0, "id", range(len(data)))
        data["target"] = data["target"].astype(bool)
        data.to_csv(place / "rows.csv", index=False)

    def run(self, requires: str, algorithm: str = GOOD, **given: Any) -> tuple[int, dict[str, Any]]:
        """The exit status, and what the deployment's step says."""
        columns = given.pop("columns", ("radius", "texture", "perimeter", "area"))
        values = {"source": "rows.csv", "seed": 1, "budget": 9, "least": "50%", **given}
        text = PROGRAM.format(
            requires=requires,
            algorithm=algorithm,
            columns="\n  ".join(f"{name}: float" for name in columns),
            **values,
        )
        path = self.place / "p.ml"
        path.write_text(text, encoding="utf-8")
        result = mldsl.load(path).run()
        step = result.step("d")
        return result.exit_status, {"state": step.state, **step.details}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def outcomes(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["text"], item["outcome"]) for item in found["requirements"]]


def test_a_requirement_on_metrics_is_met_or_holds_the_deployment(folder: Folder) -> None:
    status, found = folder.run("require evaluation\n  require accuracy >= 99.9%")
    assert status == 3
    assert outcomes(found) == [("evaluation", "passed"), ("accuracy >= 99.9%", "failed")]
    assert (found["version"], found["champion"]) == (None, None)
    status, found = folder.run("require accuracy >= 80% with confidence 95%")
    assert (status, found["version"], found["champion"]) == (0, 1, 1)
    (only,) = found["requirements"]
    assert (only["method"], only["outcome"]) == ("clopper_pearson", "passed")
    assert only["interval"][0] > 0.8


def test_an_inconclusive_requirement_holds_the_deployment(folder: Folder) -> None:
    _, sure = folder.run("require accuracy >= 50%")
    value = round(sure["requirements"][0]["value"] - 0.005, 4)
    status, found = folder.run(f"require accuracy >= {value} with confidence 95%", BETTER)
    assert status == 3
    assert found["requirements"][0]["outcome"] == "inconclusive"
    assert "is inconclusive" in found["message"]
    assert found["champion"] == 1


def test_with_no_champion_conditions_on_it_hold_and_nothing_else(folder: Folder) -> None:
    status, found = folder.run("require accuracy >= 99.9% and roc_auc > champion.roc_auc")
    assert (status, found["requirements"][0]["outcome"]) == (3, "failed")
    status, found = folder.run("require roc_auc > champion.roc_auc + 0.5 with confidence 99%")
    assert (status, found["champion"]) == (0, 1)
    assert found["requirements"][0]["reason"] == "nothing is in production yet"


def test_a_worse_model_does_not_replace_the_champion_and_a_better_one_does(folder: Folder) -> None:
    better = "require accuracy > champion.accuracy with confidence 95%"
    assert folder.run(better, BAD)[1]["champion"] == 1
    status, found = folder.run(better, "knn { n_neighbors: 1 }")
    assert (status, found["champion"]) == (3, 1), "nearly as good is not better for sure"
    assert found["requirements"][0]["method"] == "mcnemar"
    status, found = folder.run("require roc_auc > champion.roc_auc with confidence 95%", GOOD)
    (only,) = found["requirements"]
    assert (status, found["champion"], only["method"]) == (0, 2, "delong")
    assert only["interval"][0] > 0


def test_the_difference_is_that_of_the_two_models_on_the_same_rows(folder: Folder) -> None:
    _, first = folder.run("require accuracy >= 50%", BAD)
    _, second = folder.run("require accuracy >= 50%", GOOD, budget=8)
    _, found = folder.run("require accuracy >= champion.accuracy + 0.01", BAD)
    low, high = (item["requirements"][0]["value"] for item in (first, second))
    assert found["requirements"][0]["value"] == pytest.approx(low - high)
    assert found["requirements"][0]["threshold"] == pytest.approx(0.01)


def test_a_champion_that_has_seen_the_rows_does_not_count(folder: Folder) -> None:
    assert folder.run("require accuracy >= 50%", BAD)[1]["champion"] == 1
    status, found = folder.run("require accuracy > champion.accuracy", GOOD, seed=2)
    assert (status, found["champion"]) == (3, 1)
    (only,) = found["requirements"]
    assert only["outcome"] == "inconclusive"
    assert "version 1, in production, was trained on" in only["reason"]
    assert "does not count" in only["reason"]
    assert folder.run("require accuracy >= 50%", GOOD, seed=2)[1]["champion"] == 2, "what else is asked is judged"


def test_a_champion_that_needs_other_columns_does_not_count(folder: Folder) -> None:
    assert folder.run("require accuracy >= 50%", BAD)[1]["champion"] == 1
    status, found = folder.run("require accuracy > champion.accuracy", GOOD, columns=("radius", "texture"))
    assert (status, found["champion"]) == (3, 1)
    (only,) = found["requirements"]
    assert only["outcome"] == "inconclusive"
    assert only["reason"].startswith("version 1, in production, cannot be measured on these rows: they have no `")


def test_an_evaluation_that_is_not_met_keeps_what_requires_it_and_nothing_else(folder: Folder) -> None:
    status, found = folder.run("require evaluation", least="99.9%")
    assert (status, found["state"]) == (3, "skipped")
    status, found = folder.run("require accuracy >= 50%", least="99.9%")
    assert (status, found["champion"]) == (3, 1)


def test_rows_that_nobody_can_tell_apart_any_more_make_no_comparison(folder: Folder) -> None:
    """The champion's table had another key: whether it has seen a row cannot be told."""
    program = folder.place / "rows.csv"
    assert folder.run("require accuracy >= 50%", BAD)[1]["champion"] == 1
    program.write_text(program.read_text().replace("id,", "number,", 1))
    text = PROGRAM.replace("  id: int key", "  number: int key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "PROGRAM", text)
        status, found = folder.run("require accuracy > champion.accuracy", GOOD)
    assert status == 3
    assert "cannot be told without `id`" in found["requirements"][0]["reason"]


# --- the budget of a test part, over runs ----------------------------------------------------------------------------


def warned(place: Path) -> list[str]:
    result = mldsl.load(place / "p.ml").run()
    found = result.step("m on data.test").details.get("findings", [])
    return [item["message"] for item in found if item["code"] == "ML309"]


def test_the_budget_of_a_test_part_is_held_over_runs(folder: Folder) -> None:
    asked = "require accuracy >= 50%"
    folder.run(asked, GOOD, budget=2)
    assert warned(folder.place) == []
    folder.run(asked, GOOD, budget=2, least="60%")
    assert warned(folder.place) == [], "the same model again does not count"
    folder.run(asked, BAD, budget=2)
    assert warned(folder.place) == []
    folder.run(asked, BETTER, budget=2)
    (message,) = warned(folder.place)
    assert "`data.test` have judged 3 different models by now, and their budget is 2 models" in message
    folder.run(asked, BETTER, budget=3)
    assert warned(folder.place) == []
    folder.run(asked, BETTER, budget=1, seed=5)
    assert warned(folder.place) == [], "other rows have judged nothing yet"


def test_who_was_judged_is_kept_by_the_content_of_the_rows(folder: Folder) -> None:
    folder.run("require accuracy >= 50%", GOOD)
    folder.run("require accuracy >= 50%", BAD)
    store = open_store(".mldsl", folder.place)
    (part,) = store.files.names("judged")
    assert len(store.files.names(f"judged/{part}")) == 2
    assert (folder.place / ".mldsl" / "objects" / f"{part}.parquet").is_file()
