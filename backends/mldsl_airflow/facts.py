"""What the writers of a DAG file look at: the plan, the options, the tasks, and what was found out about them."""

from __future__ import annotations

from dataclasses import dataclass

from mldsl.backend.places import LocalPlace, is_relative, local_places
from mldsl.plan.nodes import Plan
from mldsl.plan.scheduled import scheduled, training
from mldsl.plan.walk import secrets_of_task
from mldsl_airflow.assets import deployed_assets, source_assets, watched_assets
from mldsl_airflow.capabilities import CAPABILITIES
from mldsl_airflow.names import part
from mldsl_airflow.options import AirflowOptions
from mldsl_airflow.servers import without_servers
from mldsl_airflow.tasks import Role, Task, tasks

IN_IMAGE = "/opt/mldsl"
"""Where the image of a pod has the folders that `mldsl compile` writes."""

# Airflow 3.3 hashes a DAG's schedule, with all its assets, several times for each task: 250 assets of 1,000 tasks took
# it longer than the 30 s after which it gives a file up.
_MOST_HASHED = 5_000


@dataclass(frozen=True, slots=True)
class Facts:
    """`name` is the DAG's id, `home` the name of the folder that it shares with the others of its pipeline.

    `plan` is what the DAG carries out, `whole` the program's: with its deployments and its monitors.
    """

    plan: Plan
    whole: Plan
    options: AirflowOptions
    program: str
    name: str
    home: str
    tasks: tuple[Task, ...]

    @classmethod
    def of(cls, whole: Plan, options: AirflowOptions, program: str) -> Facts:
        """Everything that is to be known before anything is written of a program's training."""
        plan, home = training(whole), part(whole.name)
        return cls(plan, whole, options, program, home, home, tasks(_asked(plan, options), options))

    @classmethod
    def of_scheduled(cls, whole: Plan, name: str, options: AirflowOptions, program: str) -> Facts:
        """The same of the batch deployment or the monitor of that name, on its own schedule."""
        plan = scheduled(whole, name)
        id_ = part(f"{whole.name}__{name}")
        return cls(plan, whole, options, program, id_, part(whole.name), tasks(plan, options))

    @property
    def asked(self) -> Plan:
        """The plan with the resources that tasks are asked for."""
        return _asked(self.plan, self.options)

    @property
    def plan_file(self) -> str:
        """The plan's name in the folder."""
        return "plan.json" if self.plan.scheduled is None else f"{self.name}.json"

    @property
    def folder(self) -> str | None:
        """Where the workers find the program's folder; None where nothing in the plan is relative to it."""
        relative = any(is_relative(item.path) for item in self.local_places)
        return self.options.folder or self.options.here if relative else None

    @property
    def local_places(self) -> tuple[LocalPlace, ...]:
        """The paths that only those find who have the disk."""
        return tuple(local_places(self.plan, CAPABILITIES.carries_out))

    def has(self, *roles: Role) -> bool:
        """Whether a task does one of these things."""
        return any(task.role in roles for task in self.tasks)

    @property
    def has_plain_tasks(self) -> bool:
        """Whether a task carries steps out of which none is a monitor; so a DAG without tasks is made like others."""
        return not self.has_answers or any(task.role == "steps" and not task.answers for task in self.tasks)

    @property
    def has_answers(self) -> bool:
        """Whether a task answers what its monitor found."""
        return any(task.answers for task in self.tasks)

    def outlets(self, task: Task) -> tuple[str, ...]:
        """The assets that change as a task is done."""
        return tuple(dict.fromkeys(uri for step in task.steps for uri in deployed_assets(step, self._files)))

    def inlets(self, task: Task) -> tuple[str, ...]:
        """The assets that a task on its own schedule looks at: the model in production, the batch that it wrote."""
        return tuple(dict.fromkeys(uri for step in task.steps for uri in watched_assets(self.whole, step, self._files)))

    @property
    def _files(self) -> str:
        """Where relative paths start in the names of assets."""
        return self.options.folder or self.options.here

    @property
    def assets(self) -> tuple[str, ...]:
        """What the pipeline runs after a change of: the tables that others may write, where it has no schedule.

        None where a parameter has no default, as nobody is there to give it then, and none where there are too many.
        """
        return () if self.too_many_assets else self._assets()

    @property
    def too_many_assets(self) -> bool:
        """Whether Airflow would take long to parse the DAG for all its assets."""
        return len(self._assets()) * len(self.tasks) > _MOST_HASHED

    def _assets(self) -> tuple[str, ...]:
        if self.plan.settings.schedule is not None or any(param.required for param in self.plan.params):
            return ()
        return tuple(source_assets(self.plan, self._files))

    def secrets_of(self, task: Task) -> list[str]:
        """The names of the secrets that a task needs, sorted."""
        return list(secrets_of_task(self.plan, task.steps)) if task.steps else []


def _asked(plan: Plan, options: AirflowOptions) -> Plan:
    # A pod may have to have limits, and an endpoint's are the only ones that are known.
    return plan if options.elsewhere else without_servers(plan)
