"""What the writers of a document look at: the plan, the options, the tasks, and what was found out about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mldsl.backend.names import Names
from mldsl.backend.places import LocalPlace, is_relative, local_places
from mldsl.backend.tasks import retrains
from mldsl.plan.nodes import MonitorBody, Plan, PlanParam
from mldsl.plan.ports import TIMES, parameters
from mldsl.plan.scheduled import scheduled, scheduled_names, training
from mldsl.plan.walk import secrets_of_task
from mldsl_kubeflow.capabilities import CAPABILITIES
from mldsl_kubeflow.names import label
from mldsl_kubeflow.options import KubeflowOptions
from mldsl_kubeflow.tasks import Task, tasks

# No name of a task has two `-` in a row: what is retrained within a monitor's document is told apart from its own.
_RETRAINED = "retrain--"


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to know of one document.

    `name` is the pipeline's name in Kubeflow, `home` that of the folder which it shares with the others of its program,
    and by which the image has its plan. `params` are its parameters by their names; `local_places` are the paths that
    only those find who have the disk. `retraining` is the pipeline that a monitor runs, whose components have a
    `prefix` within the monitor's document.
    """

    plan: Plan
    options: KubeflowOptions
    program: str
    name: str
    home: str
    tasks: tuple[Task, ...]
    params: Mapping[str, PlanParam]
    local_places: tuple[LocalPlace, ...]
    prefix: str = ""
    retraining: Facts | None = None

    @classmethod
    def of(cls, plan: Plan, options: KubeflowOptions, program: str) -> Facts:
        """The document of the pipeline's own schedule: of everything but its monitors."""
        name = label(plan.name)
        return cls._made(training(plan), parameters(plan), options, program, name, name)

    @classmethod
    def scheduled(cls, plan: Plan, options: KubeflowOptions, program: str) -> Iterator[Facts]:
        """The documents of what runs by itself."""
        home, names = label(plan.name), Names(frozenset(), label, "-")
        for name in scheduled_names(plan):
            own = scheduled(plan, name)
            called = names.give(f"{home}-{name}", "pipeline")
            known = {key: param for key, param in parameters(plan).items() if param in own.params}
            found = cls._made(own, known, options, program, called, home)
            yield replace(found, retraining=_retraining(own, cls.of(plan, options, program)))

    @classmethod
    def _made(
        cls, plan: Plan, params: Mapping[str, PlanParam], options: KubeflowOptions, program: str, name: str, home: str
    ) -> Facts:
        places = tuple(local_places(plan, CAPABILITIES.carries_out))
        return cls(plan, options, program, name, home, tasks(plan, options, name), params, places)

    @property
    def parts(self) -> tuple[Facts, ...]:
        """What is in the document: this, and what is trained again within it."""
        return (self,) if self.retraining is None else (self, self.retraining)

    @property
    def given(self) -> Mapping[str, PlanParam]:
        """The parameters that a run of the document can be given."""
        return {name: param for part in reversed(self.parts) for name, param in part.params.items()}

    @property
    def folder(self) -> str | None:
        """Where relative paths start in the containers; None where none is relative."""
        return self.options.folder if any(is_relative(item.path) for item in self.local_places) else None

    def component(self, name: str) -> str:
        """The component of a task."""
        return f"comp-{self.prefix}{name}"

    def executor(self, name: str) -> str:
        """What a task's component runs."""
        return f"exec-{self.prefix}{name}"

    def params_of(self, task: Task) -> list[str]:
        """The parameters of the run that a task is told: those that its steps use, and those without a default."""
        used = {name for step in task.ports.computed for name in step.params}
        return [name for name, param in self.params.items() if param.name in used or param.required]

    @property
    def has_clock(self) -> bool:
        """Whether anything depends on when the run is."""
        return any(map(self.is_timed, self.tasks))

    def is_timed(self, task: Task) -> bool:
        """Whether the task's work depends on when the run is."""
        return any(name in TIMES for step in task.ports.computed for name in step.params)

    def secrets_of(self, task: Task) -> tuple[str, ...]:
        """The names of the secrets that a task needs, sorted."""
        return secrets_of_task(self.plan, task.ports.computed)

    def timeout_of(self, task: Task) -> float | None:
        """After how many seconds a task is ended."""
        timeout = self.plan.settings.timeout
        return None if timeout is None else timeout * len(task.steps)


def _retraining(own: Plan, pipeline: Facts) -> Facts | None:
    """The pipeline within the document of a monitor that trains again."""
    body = own.steps[-1].body
    return replace(pipeline, prefix=_RETRAINED) if isinstance(body, MonitorBody) and retrains(body) else None
