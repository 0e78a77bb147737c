"""What `mldsl compile --target airflow` can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from mldsl.backend import CompileOption, CompileOptions
from mldsl.backend.tasks import GRANULARITY, read_shares
from mldsl.errors import UsageError
from mldsl.plan.grouping import Granularity

Operator = Literal["python", "external-python", "kubernetes"]

# Airflow makes at most so many tasks of a mapped one (`[core] max_map_length`).
MOST_SHARES = 1024

OPTIONS = (
    CompileOption(
        "operator",
        "where a task's work is done: in the worker's Python, in another one, in a pod",
        default="python",
        choices={"python": None, "external-python": "PATH", "kubernetes": "IMAGE"},
    ),
    GRANULARITY,
    CompileOption("folder", "where the workers find the program's folder; where it is now by default", "PATH"),
    CompileOption("shares", "over how many mapped tasks the trials of a `tune` are spread; 1 keeps them in one", "N"),
    CompileOption("pool", "the pool of the tasks; one that has `cpu: 4` takes 4 slots of it", "NAME", "default_pool"),
    CompileOption("namespace", "the namespace of the pods", "NAME", "default"),
    CompileOption("secret", "the Kubernetes secret that has the program's secrets by name", "NAME", "mldsl"),
)


@dataclass(frozen=True, slots=True)
class AirflowOptions:
    """The options, read: `place` is the interpreter or image that the operator names, `here` the program's folder."""

    operator: Operator
    place: str | None
    granularity: Granularity
    folder: str | None
    here: str
    shares: int | None
    pool: str
    namespace: str
    secret: str

    @property
    def elsewhere(self) -> bool:
        """Whether the work is done on machines that do not have this one's disk."""
        return self.operator == "kubernetes"


def read(options: CompileOptions) -> AirflowOptions:
    """The options as Airflow's backend takes them; UsageError for what does not fit."""
    defaults = {option.name: option.default for option in OPTIONS if option.default is not None}
    given = {**defaults, **options.options}
    operator, _, place = given["operator"].partition(" ")
    _only_with(options.options, operator)
    return AirflowOptions(
        operator=cast("Operator", operator),
        place=place or None,
        granularity=cast("Granularity", given["granularity"]),
        folder=given.get("folder"),
        here=str(Path(options.folder).absolute()),
        shares=read_shares(given.get("shares"), MOST_SHARES),
        pool=given["pool"],
        namespace=given["namespace"],
        secret=given["secret"],
    )


def _only_with(given: Mapping[str, str], operator: str) -> None:
    """What is about pods is for pods."""
    for name in ("namespace", "secret"):
        if name in given and operator != "kubernetes":
            raise UsageError(f"`--{name}` is about pods", "it goes with `--operator kubernetes IMAGE`")
