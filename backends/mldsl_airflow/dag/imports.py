"""What the DAG file imports: nothing beyond Airflow's SDK, the standard provider and Python's own library."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl_airflow.dag.pipeline import names_for_schedule
from mldsl_airflow.facts import Facts


def imports(facts: Facts) -> str:
    """The block of imports, sorted as isort would."""
    return "\n".join(
        [
            "from __future__ import annotations",
            "",
            "import logging",
            "from collections.abc import Generator, Sequence",
            "from contextlib import contextmanager",
            f"from datetime import {', '.join(_of_datetime(facts))}",
            "from pathlib import Path",
            "from typing import Any",
            "",
            "from airflow.providers.standard.operators.python import PythonOperator",
            f"from airflow.sdk import {', '.join(sorted(_of_sdk(facts), key=_isort))}",
            "from airflow.sdk.exceptions import AirflowFailException",
            "",
        ]
    )


def _of_datetime(facts: Facts) -> Iterator[str]:
    settings = facts.plan.settings
    every = settings.schedule is not None and settings.schedule.every is not None
    if settings.retries or settings.timeout is not None or every:
        yield "timedelta"
    yield "timezone"


def _of_sdk(facts: Facts) -> Iterator[str]:
    yield "DAG"
    yield from names_for_schedule(facts)
    if facts.plan.params:
        yield "Param"
    if any(task.group for task in facts.tasks):
        yield "TaskGroup"


def _isort(name: str) -> tuple[bool, str]:
    """Constants come before classes."""
    return (not name.isupper(), name)
