"""The secrets of a task: in the environment while its steps run, as everywhere, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from mldsl.errors import UsageError
from mldsl.plan.nodes import Step
from mldsl.plan.walk import secret_names


@contextmanager
def in_environment(secrets: Mapping[str, str]) -> Iterator[None]:
    """While this lasts, the environment has these values."""
    before = {name: os.environ.get(name) for name in secrets}
    os.environ.update(secrets)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def require(steps: Iterable[Step]) -> None:
    """Raises UsageError for the first secret of these steps that has no value."""
    for step in steps:
        for name in secret_names(step.body):
            if not os.environ.get(name):
                raise UsageError(
                    f"`{step.name}` needs the secret `{name}`, which is not set",
                    f"in Airflow add a connection or a variable called `{name}`; elsewhere set the environment "
                    f"variable {name} where the task runs",
                )
