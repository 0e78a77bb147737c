"""What the DAG file imports: Airflow's SDK, the standard provider, Python's own library; for pods their operator."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.plan.nodes import Secret
from mldsl_airflow.dag.pipeline import names_for_schedule
from mldsl_airflow.facts import Facts
from mldsl_airflow.python import WIDTH


def imports(facts: Facts) -> str:
    """The block of imports, sorted as isort would."""
    own = [*sorted(_modules(facts)), *sorted(_names(facts), key=lambda line: line.split()[1])]
    newer = list(_newer(facts))
    moved = ["", *newer] if newer else []
    return "\n".join(["from __future__ import annotations", "", *own, "", *_airflow(facts), *moved, ""])


def _modules(facts: Facts) -> Iterator[str]:
    another = facts.options.operator == "external-python"
    if another or facts.plan.settings.notify is not None:
        yield "import json"
    if not facts.options.elsewhere:
        yield "import logging"
    if another:
        yield from ("import os", "import subprocess", "import tempfile")


def _names(facts: Facts) -> Iterator[str]:
    here = facts.options.operator == "python"
    yield f"from collections.abc import {'Generator, ' if here else ''}Sequence"
    if here:
        yield "from contextlib import contextmanager"
    if names := list(_of_datetime(facts)):
        yield f"from datetime import {', '.join(names)}"
    if not facts.options.elsewhere:
        yield "from pathlib import Path"
    yield "from typing import Any"


def _of_datetime(facts: Facts) -> Iterator[str]:
    settings = facts.plan.settings
    every = settings.schedule is not None and settings.schedule.every is not None
    if settings.retries or settings.timeout is not None or every:
        yield "timedelta"
    if not facts.options.elsewhere:
        yield "timezone"


def _airflow(facts: Facts) -> Iterator[str]:
    if facts.options.elsewhere:
        yield from _line("airflow.providers.cncf.kubernetes.operators.pod", ["KubernetesPodOperator"])
    if facts.has("approval"):
        yield from _line("airflow.providers.standard.operators.hitl", ["ApprovalOperator"])
    if own := list(_of_python(facts)):
        yield from _line("airflow.providers.standard.operators.python", own)
    if facts.has("retrain"):
        yield from _line("airflow.providers.standard.operators.trigger_dagrun", ["TriggerDagRunOperator"])
    yield from _line("airflow.sdk", sorted(dict.fromkeys(_of_sdk(facts)), key=_isort))


def _of_python(facts: Facts) -> Iterator[str]:
    """The operators whose work is done in Airflow's own Python."""
    if not facts.options.elsewhere or facts.has("breach"):
        yield "PythonOperator"
    if facts.has("retraining_wanted"):
        yield "ShortCircuitOperator"


def _newer(facts: Facts) -> Iterator[str]:
    """What Airflow 3.1 does not have in its SDK yet."""
    timetables = [name for name in names_for_schedule(facts) if _is_timetable(name)]
    exceptions = list(_exceptions(facts))
    if not timetables and not exceptions:
        return
    yield "try:"
    if timetables:
        yield from _line("airflow.sdk", timetables, "    ")
    if exceptions:
        yield from _line("airflow.sdk.exceptions", exceptions, "    ")
    yield "except ImportError:  # Airflow 3.1"
    if exceptions:
        yield from _line("airflow.exceptions", exceptions, "    ")
    if timetables:
        yield from _line("airflow.timetables.trigger", timetables, "    ")


def _exceptions(facts: Facts) -> Iterator[str]:
    if facts.options.operator == "external-python":
        yield "AirflowException"
    if not facts.options.elsewhere or isinstance(facts.plan.settings.notify, Secret) or facts.has("breach"):
        yield "AirflowFailException"


def _is_timetable(name: str) -> bool:
    return name.endswith("Timetable")


def _of_sdk(facts: Facts) -> Iterator[str]:
    yield "DAG"
    yield from (name for name in names_for_schedule(facts) if not _is_timetable(name))
    if any(facts.outlets(task) or facts.inlets(task) for task in facts.tasks):
        yield "Asset"
    if facts.plan.params:
        yield "Param"
    if any(task.group for task in facts.tasks):
        yield "TaskGroup"


def _line(module: str, names: list[str], indent: str = "") -> Iterator[str]:
    """An import, on several lines where it does not fit one."""
    line = f"{indent}from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        yield line
        return
    yield from (f"{indent}from {module} import (", *(f"{indent}    {name}," for name in names), f"{indent})")


def _isort(name: str) -> tuple[bool, str]:
    """Constants come before classes."""
    return (not name.isupper(), name)
