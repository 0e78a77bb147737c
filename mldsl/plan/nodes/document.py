"""Steps, and the plan that holds them."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any

from mldsl.catalog.types import Type
from mldsl.plan.node import Node, Tagged
from mldsl.plan.nodes.models import EvaluateBody, ModelBody
from mldsl.plan.nodes.production import DeployBody, MonitorBody
from mldsl.plan.nodes.tables import CheckBody, SourceBody, SplitBody, TransformBody
from mldsl.plan.nodes.values import Kind, Resources, ScheduleSpec, Secret
from mldsl.records import named_record

PLAN_VERSION = 1


Body = Annotated[
    SourceBody | CheckBody | TransformBody | SplitBody | ModelBody | EvaluateBody | DeployBody | MonitorBody,
    Tagged("kind"),
]


@named_record
class Input(Node):
    """Where an input comes from: an output of another step."""

    step: str
    output: str


@named_record
class Step(Node):
    """One unit of work.

    `id` is unique (`transform:features`); `inputs` maps the names used in the body (`customers`, `data.train`,
    `churn_model`) to outputs of earlier steps; `after` are steps that must have succeeded without giving data (checks);
    `location` is `file:line:column` of the declaration; the table of an `inlined` step need not be written, since what
    reads it computes it within its own query (see `mldsl.plan.inlining`). Outputs by kind: source `table`; check
    `report` and, with a quarantine, `table` and `quarantined`; transform `table`; split one table a part; model `model`
    and `summary`; evaluate `metrics`; deploy and monitor `report` (and a batch `table`).
    """

    id: str
    kind: Kind
    name: str
    doc: str | None = None
    location: str
    inputs: dict[str, Input] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    resources: Resources = Resources()
    inlined: bool = False
    body: Body


@named_record
class PlanParam(Node):
    """A parameter of the run; `default` as in `Constant.value`; `required` when it has none."""

    name: str
    type: Type
    default: Any = None
    required: bool = False
    doc: str | None = None


@named_record
class PlanSettings(Node):
    """The pipeline's options; durations in seconds."""

    owner: str | None = None
    description: str | None = None
    schedule: ScheduleSpec | None = None
    seed: int = 0
    retries: int = 0
    retry_delay: float | None = None
    timeout: float | None = None
    tags: tuple[str, ...] = ()
    artifacts: str | Secret = ".mldsl"
    engine: str = "polars"
    engine_url: str | None = None
    tracking: str | Secret | None = None
    notify: str | Secret | None = None


@named_record
class Plan(Node):
    """The contract between the compiler and everything that runs. Steps stand in an order in which they can run.

    Relative paths in it are relative to the program's folder, which whoever runs the plan gives. `scheduled` is the
    deployment or the monitor whose own schedule it runs (see `mldsl.plan.scheduled`), None for the whole pipeline.
    """

    __slots__ = ("_by_id",)

    version: int = PLAN_VERSION
    name: str
    doc: str | None = None
    profile: str | None = None
    scheduled: str | None = None
    settings: PlanSettings = PlanSettings()
    params: tuple[PlanParam, ...] = ()
    steps: tuple[Step, ...]

    @property
    def label(self) -> str:
        """What people are told that it is."""
        return self.name if self.scheduled is None else f"{self.name}/{self.scheduled}"

    def step(self, id_: str) -> Step:
        """The step of that id; KeyError if there is none."""
        by_id: dict[str, Step] | None = getattr(self, "_by_id", None)
        if by_id is None:
            by_id = {step.id: step for step in self.steps}
            object.__setattr__(self, "_by_id", by_id)
        return by_id[id_]
