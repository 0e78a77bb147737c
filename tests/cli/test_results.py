"""What is told of a step: the lines below its name."""

from __future__ import annotations

from typing import Any

import pytest

from mldsl.cli.results import step_lines
from mldsl.diagnostics.render.text import Style
from mldsl.runs.result import StepError, StepReport


def lines(kind: str, **expectation: Any) -> list[str]:
    """The lines of a step with one expectation, without the step's own."""
    details = {"rows": 1, "expectations": [{"text": "x > 0", **expectation}]}
    report = StepReport(id=f"{kind}:t", kind=kind, name="t", state="done", details=details)
    return [" ".join(line.split()) for line in step_lines(report, 1, Style(color=False))][1:]


def slice_(value: object, outcome: str, number: float, rows: int = 100) -> dict[str, Any]:
    reason = "fewer than 30 rows" if outcome == "not judged" else None
    return {"slice": value, "outcome": outcome, "value": number, "rows": rows, "reason": reason}


def test_small_slices_are_told_though_not_judged():
    slices = [slice_("a", "passed", 0.9), slice_(True, "failed", 0.5), slice_(None, "not judged", 0.25, rows=3)]
    assert lines("evaluate", outcome="failed", each="c", value=0.5, slices=slices) == [
        "failed x > 0 for each c: true 0.5, a 0.9 passed; not judged (fewer than 30 rows): null 0.25"
    ]


def test_where_no_slice_is_large_enough_that_is_the_reason():
    slices = [slice_("a", "not judged", 0.9, rows=3)]
    told = {"value": None, "reason": "no slice of `c` has 30 rows"}
    assert lines("evaluate", outcome="inconclusive", each="c", slices=slices, **told) == [
        "inconclusive x > 0 for each c: no value, no slice of `c` has 30 rows; not judged (fewer than 30 rows): a 0.9"
    ]


def test_of_many_slices_some_are_told_the_worst_first():
    slices = [slice_(f"s{number}", "failed" if number == 40 else "passed", number) for number in range(50)]
    (told,) = lines("evaluate", outcome="failed", each="c", value=40.0, slices=slices)
    assert told.startswith("failed x > 0 for each c: s40 40, s0 0 passed,")
    assert told.endswith("s6 6 passed and 42 more")


@pytest.mark.parametrize(
    ("failing", "rows", "expected"),
    [(1, 1, "1 of 1 row does not (row 1: x null)"), (2, 5, "2 of 5 rows do not (row 1: x null, …)")],
)
def test_rows_are_counted_in_words_that_fit(failing: int, rows: int, expected: str):
    samples = [{"row": 1, "values": {"x": None}}]
    assert lines("check", outcome="failed", failing=failing, rows=rows, samples=samples) == [
        f"failed x > 0: {expected}"
    ]


def test_what_the_data_shows_is_told_with_its_code_and_the_way_out():
    finding = {"code": "ML314", "severity": "warning", "message": "`x` alone predicts `y`", "help": "leave it out"}
    error = StepError("error", "`t` has rows in two parts", "keep them together", "ML305")
    warned = StepReport(id="model:t", kind="model", name="t", state="done", details={"findings": [finding]})
    failed = StepReport(id="split:t", kind="split", name="t", state="failed", error=error)
    told = [" ".join(line.split()) for report in (warned, failed) for line in step_lines(report, 1, Style(color=False))]
    assert told[1:3] == ["warning[ML314]: `x` alone predicts `y`", "help: leave it out"]
    assert told[4:] == ["error[ML305]: `t` has rows in two parts", "help: keep them together"]
