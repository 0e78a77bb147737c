"""The bodies of deployments and monitors."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from mldsl.plan.expressions import Expression
from mldsl.plan.node import Node
from mldsl.plan.nodes.models import EvaluateBody
from mldsl.plan.nodes.values import Argument, Expectation, ScheduleSpec, Secret
from mldsl.records import named_record


@named_record
class Requirement(Node):
    """A gate of a deployment."""

    text: str
    condition: Expression
    confidence: float | None = None


@named_record
class DeployBody(Node):
    """`rollout` pairs of share and seconds; `subject` is also the batch table's input name.

    `judged` says on which rows, an input, the requirements are judged: those of the model's evaluation. It has no
    expectations and no reports of its own. None where the program has no such rows.

    `model` is the input's name, or, where the registry's champion scores the table, what the program calls it.
    """

    kind: Literal["deploy"] = "deploy"
    model: str
    model_from: Literal["step", "champion"] = "step"
    target: Literal["endpoint", "batch", "registry"]
    subject: str
    requires: tuple[Requirement, ...] = ()
    judged: EvaluateBody | None = None
    rollout: tuple[tuple[float, float | None], ...] = ()
    rollback: Expression | None = None
    replicas: tuple[int, int] | None = None
    schedule: ScheduleSpec | None = None
    write_connector: str | None = None
    write_arguments: dict[str, Argument] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


@named_record
class Action(Node):
    """What a breach causes."""

    name: Literal["retrain", "rollback", "notify"]
    target: str | Secret | None = None


@named_record
class MonitorBody(Node):
    """`every` in seconds; `registry` is that of the deployment, where its step is not in the plan."""

    kind: Literal["monitor"] = "monitor"
    deployment: str
    registry: str | None = None
    every: float
    labels: str | None = None
    expectations: tuple[Expectation, ...] = ()
    actions: tuple[Action, ...] = ()
