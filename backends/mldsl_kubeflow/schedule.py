"""When a pipeline runs again and again: what Kubeflow's client is told of it."""

from __future__ import annotations

import json
import re

from mldsl.plan.nodes import ScheduleSpec
from mldsl_kubeflow.facts import Facts

# What Kubeflow's scheduler replaces by the moment that a run is for, in the layout that Go writes times in.
_SCHEDULED = "[[ScheduledTime.2006-01-02T15:04:05]]"
_DAYS = 7  # of a week; in Kubeflow Sunday is 0 alone
_RANGE = re.compile(r"(?P<low>\d)-(?P<high>\d)(?:/(?P<step>\d+))?")


def recurring_run(facts: Facts) -> str | None:
    """The arguments of `kfp.Client.create_recurring_run`, as JSON; None without a schedule."""
    schedule = facts.plan.settings.schedule
    if schedule is None:
        return None
    found = {
        "job_name": facts.plan.label,
        **_trigger(schedule),
        "max_concurrency": 1,
        "no_catchup": True,
        "params": {"run_time": _SCHEDULED},
    }
    if facts.plan.settings.description:
        found["description"] = facts.plan.settings.description
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def cron(expression: str) -> str:
    """A cron expression with a field for seconds before the others, and Sundays as Kubeflow's parser takes them."""
    *fields, weekdays = expression.lower().split()
    return " ".join(["0", *fields, ",".join(_weekdays(item) for item in weekdays.split(","))])


def _trigger(schedule: ScheduleSpec) -> dict[str, object]:
    if schedule.cron is not None:
        return {"cron_expression": cron(schedule.cron)}
    return {"interval_second": max(1, round(schedule.every or 0))}


def _weekdays(item: str) -> str:
    """One part of the last field; a range up to Sunday is written out, day by day."""
    if item == str(_DAYS):
        return "0"
    found = _RANGE.fullmatch(item)
    if found is None or found["high"] != str(_DAYS):
        return item
    days = range(int(found["low"]), _DAYS + 1, int(found["step"] or 1))
    return ",".join(str(day % _DAYS) for day in days)
