"""Carries out a monitor's step: judges its expectations, writes the history, and does what a breach causes."""

from __future__ import annotations

from typing import Any, Literal

from mldsl.plan.nodes import MonitorBody
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.notices import quiet
from mldsl.runtime.models.threads import native_threads
from mldsl.runtime.monitoring.actions import Breach, act
from mldsl.runtime.monitoring.batches import batch_rows, batches
from mldsl.runtime.monitoring.gather import Deployed, Rows
from mldsl.runtime.monitoring.judge import judge_expectation
from mldsl.runtime.registry import Registry, open_registry
from mldsl.runtime.work import StepResult, Work

Json = dict[str, Any]
Outcome = Literal["passed", "breach", "inconclusive"]


def run(work: Work) -> StepResult:
    """Judge a deployment once. Output: `report` (JSON).

    It has `monitor`, `deployment`, `name` (in the registry), `version`, `outcome` (`passed`, `breach`, or
    `inconclusive` where no expectation failed and too little is known of one), `rows`, `until` (when the newest row was
    answered), `expectations` (see `judge_expectation`) and `actions` (see `act`). Not passed on a breach. Raises
    StepFailed where nothing is deployed yet, or the rows do not fit what is expected of them.
    """
    body = work.step.body
    assert isinstance(body, MonitorBody)
    registry = open_registry(work.store, body.registry or body.deployment)
    with native_threads(1), quiet():
        report = _judged(work, body, registry)
    failed = [item for item in report["expectations"] if item["outcome"] == "failed"]
    message = breach_message(report, failed)
    registry.note(
        "breach" if failed else "monitor",
        version=report["version"],
        by=f"monitor {work.step.name}",
        reason=message if failed else report["outcome"],
        details=report,
    )
    breach = Breach(work.step.name, work.plan.name, registry, report, message, work.run)
    report["actions"] = act(body, breach) if failed else []
    work.write_json("report", report)
    details = {**report, "message": message} if failed else report
    return StepResult(not failed, details, warnings(report))


def breach_message(report: Json, failed: list[Json]) -> str:
    """What is not as it was expected, in one sentence."""
    listed = "; ".join(f"`{item['text']}` does not hold: {_value(item)}" for item in failed)
    return f"version {report['version']} of `{report['name']}`: {listed}"


def warnings(report: Json) -> tuple[str, ...]:
    """What is not known, and what could not be done."""
    unknown = [
        f"`{item['text']}` is not decided: {item['reason'] or 'it has no value'}"
        for item in report["expectations"]
        if item["outcome"] == "inconclusive"
    ]
    return (*unknown, *(item["message"] for item in report["actions"] if item["state"] == "failed"))


def _judged(work: Work, body: MonitorBody, registry: Registry) -> Json:
    deployed, rows = _rows(work, body, registry)
    report: Json = {
        "monitor": work.step.name,
        "deployment": body.deployment,
        "name": registry.name,
        "target": deployed.version.target,
        "version": deployed.version.number,
        "every": body.every,
    }
    if rows is None:
        reason = f"`{body.deployment}` has predicted nothing yet"
        nothing: Json = {"outcome": "inconclusive", "value": None, "threshold": None, "reason": reason, "columns": []}
        found = [{"text": item.text, **nothing, "data": ""} for item in body.expectations]
        return report | {"rows": 0, "until": None, "outcome": "inconclusive", "expectations": found}
    evidence = deployed.evidence(rows)
    found = [judge_expectation(item, evidence) for item in body.expectations]
    return report | {
        "rows": evidence.batch.height,
        "until": evidence.until.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "outcome": _outcome([item["outcome"] for item in found]),
        "expectations": found,
    }


def _rows(work: Work, body: MonitorBody, registry: Registry) -> tuple[Deployed, Rows | None]:
    """Whose answers are judged, and which: those of the last batch, or the champion's since the monitor last looked."""
    champion = registry.champion()
    if champion is None:
        message = f"`{body.deployment}` is not deployed yet, so that there is nothing to watch"
        raise StepFailed(message, "`mldsl run` deploys it, where its requirements are met")
    if champion.target == "registry":
        message = f"`{body.deployment}` only registers the model: nobody knows here what it predicts"
        raise StepFailed(message, "watch a deployment to an endpoint or a batch")
    if champion.target == "batch":
        events = batches(registry)
        version = registry.version(events[-1].version) if events and events[-1].version else champion
        deployed = Deployed(work, body, registry, version)
        return deployed, batch_rows(deployed, events) if events else None
    from mldsl.runtime.monitoring.served import served_rows

    deployed = Deployed(work, body, registry, champion)
    return deployed, served_rows(deployed)


def _outcome(outcomes: list[str]) -> Outcome:
    if "failed" in outcomes:
        return "breach"
    return "inconclusive" if "inconclusive" in outcomes else "passed"


def _value(found: Json) -> str:
    """The value and, of a drift, the columns that are furthest off."""
    value = "it is not" if found["value"] is None else f"{found['value']:.4g}"
    off = sorted(
        (item for item in found["columns"] if item["beyond_chance"]), key=lambda item: -float(item["distance"])
    )
    listed = ", ".join(f"`{item['column']}`" for item in off[:3])
    more = f" and {len(off) - 3} more" if len(off) > 3 else ""
    return f"{value} ({listed}{more})" if off else value
