"""What came of a step and of a run, as lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mldsl.diagnostics.render.cells import visible, width

if TYPE_CHECKING:
    from mldsl.diagnostics.render.text import Style
    from mldsl.runs import RunResult, StepReport

KIND_WIDTH = len("transform")
_INDENT = " " * (2 + KIND_WIDTH + 2)
_COLORS = {"failed": "error", "skipped": "warning", "warned": "warning", "quarantined": "warning"}
_OUTCOMES = len("inconclusive")
# Of a column with many values so many slices are told, the worst first.
_SLICES = 8
_VAST = 1e12  # from here on floats are written with an exponent


def number(value: float | str | None) -> str:
    """Four digits that mean something, of large numbers all; thousands apart; dates and texts as they are."""
    if value is None:
        return "no value"
    if isinstance(value, str | bool):
        return str(value).lower() if isinstance(value, bool) else value
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if 10_000 <= abs(value) < _VAST else f"{value:.4g}"


def rows(count: int) -> str:
    """A number of rows."""
    return f"{number(count)} {'row' if count == 1 else 'rows'}"


def seconds(value: float) -> str:
    """A time for people."""
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.1f} min"


def step_lines(report: StepReport, name_width: int, style: Style, *, whole: bool = False) -> Iterator[str]:
    """One line for the step, and below it what it is worth to know; `whole` adds every metric of an evaluation."""
    name = visible(report.name)
    state = style.paint(f"{report.state:<7}", _COLORS.get(report.state, "good"))
    took = seconds(report.seconds) if report.state in ("done", "failed") else ""
    head = f"  {report.kind:<{KIND_WIDTH}}  {name}{' ' * (name_width - width(name))}  {state}  {took:>8}"
    yield f"{head}  {visible(_gist(report))}".rstrip()
    if whole:
        yield from _metrics(report.details)
    for expectation in report.details.get("expectations", ()):
        yield from _expectation(expectation, report.kind, style, {} if whole else report.details.get("baseline") or {})
    if report.kind != "check":  # whose warnings are its expectations
        yield from (f"{_INDENT}{style.paint('warning', 'warning')}: {visible(warning)}" for warning in report.warnings)
    for finding in report.details.get("findings", ()):
        yield from _said("warning", finding["code"], finding["message"], finding.get("help"), style)
    if report.error is not None:
        yield from _said("error", report.error.code, report.error.message, report.error.help, style)
    if report.log is not None:
        yield f"{_INDENT}what it printed is in `{visible(report.log)}`"


def _said(severity: str, code: str | None, message: str, help_: str | None, style: Style) -> Iterator[str]:
    """A sentence about a step, with its diagnostic's code where it has one, and the way out."""
    yield f"{_INDENT}{style.paint(severity + (f'[{code}]' if code else ''), severity)}: {visible(message)}"
    if help_:
        yield f"{_INDENT}{style.paint('help', 'help')}: {visible(help_)}"


def result_lines(result: RunResult, style: Style) -> Iterator[str]:
    """How the run ended, and what it left out."""
    for note in result.notes:
        yield f"note: {visible(note)}"
    for path in result.written:
        yield f"wrote {visible(path)}"
    for step in result.steps:
        yield from _pictures(step, result.folder)
    counts = Counter(step.state for step in result.steps)
    steps = ", ".join(f"{counts[state]} {state}" for state in ("done", "cached", "skipped", "failed") if counts[state])
    color = "good" if result.status == "done" else "error"
    what = "dry run" if result.dry_run else f"run {result.run}"
    yield f"{what} of {result.pipeline} {style.paint(_ending(result), color)} in {seconds(result.seconds)}: {steps}"


def _pictures(report: StepReport, folder: str) -> Iterator[str]:
    """Where the pictures of an evaluation are."""
    names = [Path(place) for place in report.files.values() if place.endswith(".svg")]
    if names:
        place = Path(folder, names[0].parent)
        near = place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place
        yield f"drew {', '.join(visible(path.name) for path in names)} in {visible(str(near))}"


def _ending(result: RunResult) -> str:
    if result.exit_status == 3:
        return "did not meet its expectations"
    return result.status


def _gist(report: StepReport) -> str:
    """The one thing to know of a step that went well, or why it did not run."""
    if report.reason:
        return report.reason
    details = report.details
    if report.kind == "model" and "algorithm" in details:
        return _model(details)
    if report.kind == "deploy" and "state" in details:
        return _deployment(details)
    if report.kind == "evaluate" and "rows" in details:
        return rows(details["rows"])
    if "within" in details:
        return _inlined(report.kind, details)
    if report.kind == "check":
        outcomes = Counter(item["outcome"] for item in details.get("expectations", ()))
        return ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
    counts = {name: output["rows"] for name, output in report.outputs.items() if output.get("rows") is not None}
    if len(counts) == 1:
        return rows(next(iter(counts.values())))
    return ", ".join(f"{name} {number(count)}" for name, count in counts.items())


def _inlined(kind: str, details: Mapping[str, Any]) -> str:
    """Where the table of a step is computed that did not write it."""
    if kind == "source":
        return f"{rows(details['rows'])}, read in place"
    return f"computed within {_listed([id_.split(':', 1)[1] for id_ in details['within']])}"


def _model(details: Mapping[str, Any]) -> str:
    scores = details.get("scores") or {}
    name = str(details["algorithm"])
    score = scores.get(name)
    return name if score is None else f"{name}, {details['metric']} {number(score)} in cross-validation"


def _deployment(details: Mapping[str, Any]) -> str:
    """Which version it is, and what it is now; of a batch how much was written, and where."""
    name, version = details["name"], details.get("version")
    words = {
        "champion": f"version {version} of {name} is in production",
        "candidate": f"version {version} of {name} is its candidate",
    }
    gist, written = words.get(details["state"], ""), details.get("written")
    return gist if not written else f"{gist}; wrote {rows(written['rows'])} to {written['where']}"


def _metrics(details: Mapping[str, Any]) -> Iterator[str]:
    """Every metric beside that of the trivial baseline."""
    baseline = details.get("baseline") or {}
    for name, value in details.get("metrics", {}).items():
        beside = f" (baseline {number(baseline[name])})" if baseline.get(name) is not None else ""
        yield f"{_INDENT}{name} {number(value)}{beside}"


def _expectation(
    found: Mapping[str, Any], kind: str, style: Style, baseline: Mapping[str, float | None]
) -> Iterator[str]:
    """A line for what was expected; of a check only for what was not met. A metric stands beside the baseline's."""
    outcome = found["outcome"]
    if kind == "check" and outcome == "passed":
        return
    painted = style.paint(f"{outcome:<{_OUTCOMES}}", _COLORS.get(outcome, "good" if outcome == "passed" else "error"))
    known = None if "slices" in found else baseline.get(str(found["text"]).partition(" ")[0])
    beside = "" if known is None else f" (baseline {number(known)})"
    yield f"{_INDENT}{painted}  {visible(_expected(found))}: {visible(_measured(found))}{beside}"


def _expected(found: Mapping[str, Any]) -> str:
    """The expectation as it was written."""
    confidence = f" with confidence {number(100 * found['confidence'])}%" if found.get("confidence") else ""
    each = f" for each {found['each']}" if found.get("each") else ""
    return f"{found['text']}{confidence}{each}"


def _measured(found: Mapping[str, Any]) -> str:
    """What was found."""
    if "slices" in found:
        return _slices(found)
    if "value" in found:
        return _value(found)
    if "samples" not in found:
        return "it does not hold" if found["outcome"] != "passed" else "it holds"
    failing = f"{number(found['failing'])} of {rows(found['rows'])} {'does' if found['failing'] == 1 else 'do'} not"
    more = ", …" if found["failing"] > 1 else ""
    return f"{failing} ({_sample(found['samples'][0])}{more})" if found["samples"] else failing


def _slices(found: Mapping[str, Any]) -> str:
    """The slices that were judged, those that decided first, and the ones that were too small for it."""
    judged = [item for item in found["slices"] if item["outcome"] != "not judged"]
    judged.sort(key=lambda item: item["outcome"] != found["outcome"])
    told = _listed([_slice(item, found["outcome"]) for item in judged]) if judged else _value(found)
    small = [item for item in found["slices"] if item["outcome"] == "not judged"]
    if small:
        values = _listed([f"{_cell(item['slice'])} {number(item['value'])}" for item in small])
        told += f"; not judged ({small[0]['reason']}): {values}"
    return told


def _slice(found: Mapping[str, Any], outcome: str) -> str:
    """A slice's value, and its outcome where it is not that of all."""
    differs = f" {found['outcome']}" if found["outcome"] != outcome else ""
    return f"{_cell(found['slice'])} {_value(found)}{differs}"


def _listed(items: Sequence[str]) -> str:
    more = f" and {number(len(items) - _SLICES)} more" if len(items) > _SLICES else ""
    return ", ".join(items[:_SLICES]) + more


def _cell(value: object) -> str:
    """A value of the data, as a program has it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _value(found: Mapping[str, Any]) -> str:
    text = number(found["value"])
    if found.get("interval"):
        text += f" ({' to '.join(number(bound) for bound in found['interval'])})"
    if found.get("reason"):
        text += f", {found['reason']}"
    if found["outcome"] == "inconclusive" and found.get("rows_needed"):
        text += f", about {number(found['rows_needed'])} rows would decide it"
    return text


def _sample(sample: Mapping[str, Any]) -> str:
    """A row that does not hold, as `row 870: tenure 3, total 121.25`."""
    values = ", ".join(f"{name} {_cell(value)}" for name, value in sample.get("values", {}).items())
    return f"row {sample['row']}: {values}" if values else f"row {sample['row']}"
