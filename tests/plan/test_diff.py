"""Comparing plans: nothing for what means the same, something for everything else."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

import mldsl
from mldsl.diagnostics.codes import CODES
from mldsl.plan.diff import diff
from mldsl.plan.diff.words import duration, expression
from mldsl.plan.node import Node
from mldsl.plan.nodes import Plan
from mldsl.plan.walk import descendants
from mldsl.source import SourceFile
from mldsl.syntax.fmt import format_text
from tests.support.cli import ROOT
from tests.support.pages import read_page


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> list[Plan]:
    """Those of the right programs of all pages, and of the examples."""
    folder = tmp_path_factory.mktemp("pages")
    paths = []
    for code in CODES:
        (folder / code).mkdir()
        page = read_page(code)
        paths.append(Path(page.write(folder / code, page.right)))
    paths += sorted((ROOT / "examples").glob("*/*.ml"))
    return [mldsl.load(path).plan() for path in paths]


def plan_of(folder: Path, text: str, name: str = "p.ml") -> Plan:
    (folder / name).write_text(text)
    found = mldsl.load(folder / name)
    assert found.ok, [item.message for item in found.diagnostics]
    return found.plan()


@pytest.mark.parametrize("code", CODES)
def test_formatting_changes_nothing(code: str, tmp_path: Path) -> None:
    page = read_page(code)
    path = Path(page.write(tmp_path, page.right))
    before = mldsl.load(path).plan()
    text = path.read_text()
    tight = text.replace("  ", " ").replace("\n", "\n\n") if '"""' not in text else f"# more\n{text}"
    for layout in (format_text(SourceFile("p.ml", text)).text, tight):
        assert layout is not None
        path.write_text(layout)
        assert diff(before, mldsl.load(path).plan()).same


def test_programs_that_differ_are_not_the_same_and_everything_of_one_is_new(plans: list[Plan]) -> None:
    for before, after in pairwise(plans):
        assert diff(before, before).same
        if [(step.id, step.body) for step in before.steps] != [(step.id, step.body) for step in after.steps]:
            found = diff(before, after)
            assert not found.same
            ids = {step.id for step in after.steps}
            assert set(found.reruns) <= ids
            removed = {step.id for step in found.steps if step.state == "removed"}
            assert not removed & ids


def test_every_expression_of_every_program_has_words(plans: list[Plan]) -> None:
    count = 0
    for plan in plans:
        for node in descendants(plan):
            if hasattr(node, "node"):
                text = expression(node)  # type: ignore[arg-type]
                assert text and "Constant" not in text
                count += 1
    assert count > 500
    assert issubclass(Plan, Node)


SHOP = """\
pipeline shop { seed: 1 }

source sales = csv("sales.csv") {
  id:     int key
  amount: float?
  day:    date
  bought: bool
}

transform good = sales {
  VERBS
}

split data = good { train: 50%; test: 50% }

model m = predict bought from data { algorithm logistic_regression {} }

evaluate m on data.test { expect accuracy >= 0.5 }
"""

LINES = [
    "filter amount is not null and not (amount < 1.0 or amount > 9.5)",
    "filter day >= @2025-01-31",
    "filter amount between 1.5 and 2.5",
    'filter (if bought then "a" else "b") in ("a", "b")',
    "derive share = (amount + 1.0) * 2.0 - (amount - 3.0 - 1.0)",
    "derive power = -amount ** 2.0",
    "derive mean = mean(amount) over (partition by day order by id rows 3)",
    "sort by amount desc, id",
    "rename amount to price",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_shown_as_it_is_written(line: str, tmp_path: Path) -> None:
    table = SHOP[: SHOP.index("split data")]  # nothing leaks where nothing is learned
    before = plan_of(tmp_path, table.replace("VERBS", "filter id > 0"))
    after = plan_of(tmp_path, table.replace("VERBS", f"filter id > 0\n  {line}"))
    [good, *_] = diff(before, after).steps
    assert [change.after for change in good.changes if change.part == "line"] == [line]


def test_another_name_is_a_step_renamed(tmp_path: Path) -> None:
    before = plan_of(tmp_path, SHOP.replace("VERBS", "filter id > 0"))
    after = plan_of(
        tmp_path,
        SHOP.replace("VERBS", "filter id > 0")
        .replace("split data", "split parts")
        .replace("from data", "from parts")
        .replace("data.test", "parts.test"),
    )
    found = diff(before, after)
    states = {step.name: (step.state, step.before) for step in found.steps}
    assert states["parts"] == ("renamed", "data")


def test_a_column_that_moves_is_a_change(tmp_path: Path) -> None:
    text = SHOP.replace("VERBS", "filter id > 0")
    before = plan_of(tmp_path, text)
    after = plan_of(tmp_path, text.replace("  day:    date\n", "").replace("  id: ", "  day: date\n  id: "))
    found = diff(before, after)
    assert [step.name for step in found.steps] == ["sales", "good", "m"]
    assert [change.name for change in found.steps[0].changes] == ["order of its columns"]
    assert "source:sales" in found.reruns


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (5400, "1h30m"), (86400 * 9, "1w2d"), (0.2, "200ms"), (1.5e-5, "15us"), (-60, "-1m")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_target_of_later_rows_is_told_in_the_words_of_the_language(tmp_path: Path) -> None:
    """Columns that the compiler adds for itself are nobody else's; that the split leaves rows out is told."""
    text = """\
pipeline p
source orders = csv("orders.csv") { id: int key; day: date time; amount: float; dear: bool }
transform f = orders {
  derive more = (lead(amount) over (order by day) ?? 0.0) > amount
}
split d = f { train: 70%; test: 30%; time: day }
model m = predict dear from d { features: amount; algorithm gradient_boosting }
evaluate m on d.test { expect roc_auc > 0.5 }
"""
    before = plan_of(tmp_path, text)
    after = plan_of(tmp_path, text.replace("predict dear", "predict more"))
    found = {step.id: [(item.name, item.after) for item in step.changes] for step in diff(before, after).steps}
    assert found["transform:f"] == [("which rows the target is made of", "")]
    assert found["split:d"] == [("leaves out", "rows whose target is made of rows of a later part")]
    assert "\x1f" not in repr(diff(before, after)) and "reach" not in repr(diff(before, after))
