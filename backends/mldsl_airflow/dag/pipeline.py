"""The DAG itself: when it runs, what it is told, what all of its tasks have in common."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mldsl.plan.nodes import PlanSettings, ScheduleSpec
from mldsl_airflow.dag.params import params
from mldsl_airflow.facts import Facts
from mldsl_airflow.python import Call, Expression, Mapped, call, listed, statement


def opening(facts: Facts) -> str:
    """The `with` that opens the DAG."""
    return statement(Call("DAG", named=tuple(_arguments(facts))), before="with ", after=" as dag:")


def names_for_schedule(facts: Facts) -> list[str]:
    """What the schedule has to import from the SDK."""
    schedule = facts.plan.settings.schedule
    if schedule is None:
        return []
    return ["CronTriggerTimetable" if schedule.cron else "DeltaTriggerTimetable"]


def _arguments(facts: Facts) -> Iterator[tuple[str, Expression]]:
    plan, settings = facts.plan, facts.plan.settings
    yield "dag_id", facts.name
    if settings.description:
        yield "description", settings.description
    if plan.doc:
        yield "doc_md", plan.doc
    yield "schedule", _schedule(settings.schedule)
    yield "catchup", False
    if settings.tags:
        yield "tags", listed(settings.tags)
    yield "default_args", Mapped(tuple(_default_args(facts)))
    if plan.params:
        yield "params", params(plan.params)


def _schedule(schedule: ScheduleSpec | None) -> Expression:
    match schedule:
        case None:
            return None
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
