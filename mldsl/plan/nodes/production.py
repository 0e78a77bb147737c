"""The bodies of deployments and monitors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mldsl.plan.expressions import Expression, Node
from mldsl.plan.nodes.values import Argument, Expectation, ScheduleSpec, Secret


class Requirement(Node):
    """A gate of a deployment."""

    text: str
    condition: Expression
    confidence: float | None = None


class DeployBody(Node):
    """`rollout` pairs of share and seconds; `table` is the batch table's input name."""

    kind: Literal["deploy"] = "deploy"
    model: str
    target: Literal["endpoint", "batch", "registry"]
    subject: str
    requires: tuple[Requirement, ...] = ()
    rollout: tuple[tuple[float, float | None], ...] = ()
    rollback: Expression | None = None
    replicas: tuple[int, int] | None = None
    schedule: ScheduleSpec | None = None
    write_connector: str | None = None
    write_arguments: dict[str, Argument] = Field(default_factory=dict)
    columns: tuple[str, ...] = ()


class Action(Node):
    """What a breach causes."""

    name: Literal["retrain", "rollback", "notify"]
    target: str | Secret | None = None


class MonitorBody(Node):
    """`every` in seconds."""

    kind: Literal["monitor"] = "monitor"
    deployment: str
    every: float
    labels: str | None = None
    expectations: tuple[Expectation, ...] = ()
    actions: tuple[Action, ...] = ()
