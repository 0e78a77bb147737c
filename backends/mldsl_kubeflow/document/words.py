"""The names by which the document's parts speak of each other, and of what tasks tell."""

from __future__ import annotations

from mldsl.plan.ports import GATE

RUN_NAME = "{{$.pipeline_job_name}}"
"""The run's name: Kubeflow's driver fills it in where a parameter of a task is nothing but this."""


def channel(task: str, output: str = GATE) -> str:
    """The input by which a task is told what another one found: its verdict, or another of its parameters.

    The local runner of Kubeflow's SDK takes a condition's input apart: `-Output` at its end, or what is behind `--`.
    """
    return f"pipelinechannel--{task}-{GATE}" if output == GATE else f"pipelinechannel--{task}--{output}"
