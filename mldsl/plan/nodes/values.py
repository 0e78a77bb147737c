"""Values that several kinds of steps share: columns, arguments, secrets, conditions, schedules, resources."""

from __future__ import annotations

from typing import Literal

from mldsl.catalog.kubernetes import Effect
from mldsl.catalog.types import Type
from mldsl.plan.expressions import Expression
from mldsl.plan.node import Node
from mldsl.records import named_record

Kind = Literal["source", "check", "transform", "split", "model", "evaluate", "deploy", "monitor"]


Task = Literal["binary", "multiclass", "regression", "cluster", "anomaly"]


@named_record
class Secret(Node):
    """The name of a secret; its value is read where it is used and is kept nowhere."""

    secret: str


@named_record
class PythonCode(Node):
    """A function or class in a user's file; `path` is relative to the program's folder, with `/`."""

    path: str
    name: str


@named_record
class ColumnSpec(Node):
    """A column with its type and roles; `raw` is its name in the source's data where that differs."""

    name: str
    type: Type
    roles: tuple[str, ...] = ()
    raw: str | None = None


Columns = tuple[ColumnSpec, ...]


Argument = Secret | PythonCode | bool | int | float | str | tuple[str, ...] | None


@named_record
class Expectation(Node):
    """One condition; `text` is what the user wrote, in canonical layout."""

    text: str
    condition: Expression
    level: Literal["row", "table"] = "row"
    at_least: float | None = None
    otherwise: Literal["fail", "warn", "quarantine"] = "fail"
    confidence: float | None = None
    each: str | None = None


@named_record
class ScheduleSpec(Node):
    """Cron with an IANA time zone, or an interval in seconds."""

    cron: str | None = None
    timezone: str = "UTC"
    every: float | None = None


@named_record
class NodeLabel(Node):
    """A label that the nodes which carry the step out must have."""

    key: str
    value: str


@named_record
class Toleration(Node):
    """A taint of nodes that does not matter; without `value` any value's, without `effect` every effect's."""

    key: str
    value: str | None = None
    effect: Effect | None = None


@named_record
class Volume(Node):
    """A persistent volume claim, and the directory (absolute, normalised, with `/`) where the step finds it."""

    claim: str
    path: str
    read_only: bool = False


@named_record
class Resources(Node):
    """Cores, bytes, devices, and for pods the nodes that may be theirs and what is mounted in them.

    `accelerator` is the kind of device that `gpu` counts, by Kubernetes' name or Vertex AI's; None for the usual one of
    a target. It is there only where `gpu` is. No two volumes have one path, no two labels one key.
    """

    cpu: float | None = None
    memory: int | None = None
    gpu: int | None = None
    accelerator: str | None = None
    node_selector: tuple[NodeLabel, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    volumes: tuple[Volume, ...] = ()
