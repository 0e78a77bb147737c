"""The DAG itself: when it runs, what it is told, what all of its tasks have in common."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mldsl.plan.nodes import PlanSettings, ScheduleSpec
from mldsl_airflow.dag.params import params
from mldsl_airflow.facts import Facts
from mldsl_airflow.python import Call, Expression, Mapped, Name, call, listed, statement


def opening(facts: Facts) -> str:
    """The `with` that opens the DAG."""
    return statement(Call("DAG", named=tuple(_arguments(facts))), before="with ", after=" as dag:")


def names_for_schedule(facts: Facts) -> list[str]:
    """What the schedule has to import from the SDK."""
    match facts.plan.settings.schedule:
        case None:
            return [["Asset"], ["Asset", "AssetAny"]][len(facts.assets) > 1] if facts.assets else []
        case ScheduleSpec(cron=None):
            return ["DeltaTriggerTimetable"]
        case _:
            return ["CronTriggerTimetable"]


def _arguments(facts: Facts) -> Iterator[tuple[str, Expression]]:
    plan, settings = facts.plan, facts.plan.settings
    yield "dag_id", facts.name
    if settings.description:
        yield "description", settings.description
    if plan.doc:
        yield "doc_md", plan.doc
    yield "schedule", _schedule(settings.schedule, facts.assets)
    yield "catchup", False
    if settings.tags:
        yield "tags", listed(settings.tags)
    yield "default_args", Mapped(tuple(_default_args(facts)))
    if settings.notify is not None:
        yield "on_failure_callback", Name("notify")
    if plan.params:
        yield "params", params(plan.params)


def _schedule(schedule: ScheduleSpec | None, assets: tuple[str, ...]) -> Expression:
    match schedule:
        case None if len(assets) > 1:
            return Call("AssetAny", tuple(call("Asset", uri) for uri in assets))
        case None:
            return call("Asset", assets[0]) if assets else None
        case ScheduleSpec(cron=str(cron), timezone=zone):
            return call("CronTriggerTimetable", cron, timezone=zone)
        case _:
            return call("DeltaTriggerTimetable", duration(schedule.every or 0))


def _default_args(facts: Facts) -> Iterator[tuple[str, Expression]]:
    settings: PlanSettings = facts.plan.settings
    if settings.owner:
        yield "owner", settings.owner
    yield "retries", settings.retries
    if settings.retries:
        yield "retry_delay", duration(settings.retry_delay or 0)
    if settings.timeout is not None:
        yield "execution_timeout", duration(settings.timeout)
    if facts.options.pool != "default_pool":
        yield "pool", facts.options.pool


def duration(seconds: float) -> Call:
    """A `timedelta`, in the largest units that say it."""
    whole = timedelta(seconds=seconds)
    minutes, rest = divmod(whole.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    units = {
        "days": whole.days,
        "hours": hours,
        "minutes": minutes,
        "seconds": rest,
        "microseconds": whole.microseconds,
    }
    named = tuple((unit, count) for unit, count in units.items() if count)
    return Call("timedelta", named=named) if named else Call("timedelta", (0,))
