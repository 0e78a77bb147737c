"""What a monitor found, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mldsl.cli import console
from mldsl.cli.results import number, rows
from mldsl.diagnostics.render.cells import visible

if TYPE_CHECKING:
    from mldsl.diagnostics.render.text import Style
    from mldsl.monitors import Looked

Json = Mapping[str, Any]
_COLORS = {"passed": "good", "failed": "error", "inconclusive": "warning", "breach": "error"}
_HEAD = ("COLUMN", "DISTANCE", "THRESHOLD", "CHANCE", "MEASURE", "VERDICT")


def looked_lines(looked: Looked, style: Style) -> Iterator[str]:
    """Each expectation, the columns of its drift, and what was done."""
    report = looked.report
    if "expectations" not in report:
        return
    until = f" until {report['until']}" if report["until"] else ""
    outcome = style.paint(str(report["outcome"]), _COLORS[str(report["outcome"])])
    yield f"{visible(looked.monitor)} of version {report['version']} of {visible(report['name'])}: {outcome}"
    yield f"{rows(report['rows'])}{until}"
    for expectation in report["expectations"]:
        yield ""
        yield from _expectation(expectation, style)
    for action in report["actions"]:
        yield ""
        yield f"{action['action']} {action['state']}: {visible(action['message'])}"
    if looked.retrained is not None:
        yield f"the run {looked.retrained.run} trained again: {looked.retrained.status}"
    if looked.problem is not None:
        yield visible(looked.problem)


def _expectation(found: Json, style: Style) -> Iterator[str]:
    outcome = style.paint(found["outcome"], _COLORS[found["outcome"]])
    reason = f", {found['reason']}" if found["reason"] else ""
    yield f"{outcome}  {visible(found['text'])}: {number(found['value'])}{visible(reason)}"
    if "labels" in found:
        told = f"  {number(found['labels'])} labels for {number(found['predictions'])} predictions"
        yield told + (f", {number(found['trained_on'])} of them for training rows" if "trained_on" in found else "")
    if found["columns"]:
        cells = [_cells(item, found["threshold"]) for item in sorted(found["columns"], key=_furthest)]
        yield from (f"  {line}" for line in console.table(_HEAD, cells, right=[1, 2, 3]).splitlines())


def _furthest(item: Json) -> tuple[bool, float]:
    return not item["beyond_chance"], -float(item["distance"])


def _cells(item: Json, threshold: float | None) -> tuple[str, ...]:
    """A column's distance beside the threshold and what chance gives; both must be exceeded."""
    part = " (missing)" if item["part"] == "missing" else ""
    above = threshold is not None and item["distance"] > threshold
    verdict = "drift" if above and item["beyond_chance"] else "chance" if above else "fine"
    return (
        f"{item['column']}{part}",
        f"{item['distance']:.3f}",
        number(threshold) if threshold is not None else "",
        f"{item['chance']:.3f}",
        item["measure"],
        verdict,
    )
