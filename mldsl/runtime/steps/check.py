"""A check: every expectation in one pass over the data, reported together; quarantined rows are set aside."""

from __future__ import annotations

from typing import Any

from mldsl.plan.nodes import CheckBody, Plan, Step
from mldsl.runtime.checks.judge import Judged, judge
from mldsl.runtime.checks.report import entry, message
from mldsl.runtime.work import StepResult, Work


def run(work: Work) -> StepResult:
    """Write the output `report`, and with a quarantine `table` and `quarantined`."""
    body = work.step.body
    assert isinstance(body, CheckBody)
    hidden = sensitive_columns(work.plan, work.step, body.table)
    columns = [name for name in work.table(body.table).collect_schema().names() if name not in hidden]
    judged = judge(work, body, columns)
    entries = [entry(verdict) for verdict in judged.verdicts]
    failed = [verdict for verdict in judged.verdicts if verdict.outcome == "failed"]
    details: dict[str, Any] = {"table": body.table, "rows": judged.rows, "expectations": entries}
    if failed:
        details["message"] = "; ".join(message(body.table, verdict) for verdict in failed)
    warned = [message(body.table, item) for item in judged.verdicts if item.outcome in ("warned", "quarantined")]
    if body.quarantines:
        _set_aside(work, judged)
    work.write_json("report", details)
    return StepResult(not failed, details, tuple(warned))


def _set_aside(work: Work, judged: Judged) -> None:
    """The failing rows of the expectations that set rows aside, and the table without them."""
    indices = [index for index, verdict in enumerate(judged.verdicts) if verdict.outcome == "quarantined"]
    kept, aside = judged.answers.parted(indices)
    work.write_rows("table", kept)
    work.write_rows("quarantined", aside)


def sensitive_columns(plan: Plan, step: Step, table: str) -> frozenset[str]:
    """The columns of an input that carry the role `sensitive`: their values stay out of messages."""
    source = plan.step(step.inputs[table].step)
    columns = getattr(source.body, "columns", None)
    if columns is not None:
        return frozenset(column.name for column in columns if "sensitive" in column.roles)
    inner = getattr(source.body, "table", None)  # a split or a check gives the rows of the table that it reads
    return sensitive_columns(plan, source, inner) if inner in source.inputs else frozenset()
