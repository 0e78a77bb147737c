"""The names by which the document's parts speak of each other, and of what tasks tell."""

from __future__ import annotations

from mldsl.plan.ports import GATE

RUN_NAME = "{{$.pipeline_job_name}}"
"""The run's name: Kubeflow's driver fills it in where a parameter of a task is nothing but this."""


def component(name: str) -> str:
    """The component of a task."""
    return f"comp-{name}"


def executor(name: str) -> str:
    """What a task's component runs."""
    return f"exec-{name}"


def channel(task: str) -> str:
    """The input by which a task is told the verdict of another."""
    return f"pipelinechannel--{task}-{GATE}"
