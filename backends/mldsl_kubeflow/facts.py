"""What the writers of the document look at: the plan, the options, the tasks, and what was found out about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mldsl.backend.places import LocalPlace, is_relative, local_places
from mldsl.plan.nodes import Plan, PlanParam
from mldsl.plan.ports import TIMES, parameters
from mldsl.plan.walk import secrets_of_task
from mldsl_kubeflow.capabilities import CAPABILITIES
from mldsl_kubeflow.names import label
from mldsl_kubeflow.options import KubeflowOptions
from mldsl_kubeflow.tasks import Task, tasks


@dataclass(frozen=True, slots=True)
class Facts:
    """`name` is the pipeline's name in Kubeflow and that of its folder; `params` are its parameters by their names.

    `local_places` are the paths that only those find who have the disk.
    """

    plan: Plan
    options: KubeflowOptions
    program: str
    name: str
    tasks: tuple[Task, ...]
    params: Mapping[str, PlanParam]
    local_places: tuple[LocalPlace, ...]

    @classmethod
    def of(cls, plan: Plan, options: KubeflowOptions, program: str) -> Facts:
        """Everything that is to be known before anything is written."""
        places = tuple(local_places(plan, CAPABILITIES.carries_out))
        return cls(plan, options, program, label(plan.name), tasks(plan, options), parameters(plan), places)

    @property
    def folder(self) -> str | None:
        """Where relative paths start in the containers; None where none is relative."""
        return self.options.folder if any(is_relative(item.path) for item in self.local_places) else None

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
