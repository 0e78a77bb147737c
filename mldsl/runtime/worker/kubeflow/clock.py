"""When a run is: what it was told, or else now, once for all of its tasks."""

from __future__ import annotations

from datetime import date

from mldsl.plan.nodes import Plan
from mldsl.plan.params import run_params
from mldsl.plan.ports import TIMES
from mldsl.runtime.worker.kubeflow.executor import ExecutorInput, write_answer


def tell_time(plan: Plan, given: ExecutorInput) -> str:
    """Give `run_date` and `run_time` as ISO 8601 to the tasks that ask for them; what was given, for the log.

    Raises UsageError for a date or a time that is none.
    """
    told = {name: given.parameters[name] for name in TIMES if given.parameters.get(name)}
    timed = Plan(name=plan.name, steps=())  # the program's own parameters are others' business
    found = run_params(timed, told)
    values = {name: value.isoformat() for name in TIMES if isinstance(value := found[name], date)}
    write_answer(given, values, {})
    return ", ".join(f"{name} is {value}" for name, value in values.items())
