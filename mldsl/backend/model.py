"""What a backend is: what it can do, what it is asked, what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from mldsl.errors import MldslError
from mldsl.records import record

if TYPE_CHECKING:
    from mldsl.plan.nodes import Plan, Step


@record
class CompileOption:
    """An option that `mldsl compile` has for a backend, `--NAME`.

    `metavar` is what its value stands for. `choices`, where there are any, maps what may be given to the metavar of a
    second word that must follow it, None where nothing follows: `--operator external-python PATH`. A `flag` is given or
    not, and has no value: an empty text.
    """

    name: str
    summary: str
    metavar: str = ""
    default: str | None = None
    choices: Mapping[str, str | None] = field(default_factory=dict)
    flag: bool = False


@record
class Capabilities:
    """What a target can do; what a program asks for beyond it is said plainly, never dropped in silence.

    `steps` are the kinds of steps that it carries out, `settings` the options of the `pipeline` declaration that it
    honours (beside those that every target does), `engines` what can compute its tables. `resources` is what a block of
    that name may ask for, each with the options that it takes (`--operator kubernetes`), if any. `summary` is a line
    for people, `options` are its own of `mldsl compile`.
    """

    summary: str
    steps: frozenset[str]
    settings: frozenset[str] = frozenset()
    resources: Mapping[str, str] = field(default_factory=dict)
    engines: frozenset[str] = frozenset({"polars"})
    options: tuple[CompileOption, ...] = ()

    def carries_out(self, step: Step) -> bool:
        """Whether a step becomes part of what the target does."""
        return step.kind in self.steps


def _nobody(note: str) -> None:
    """Tell nobody."""


@record
class CompileOptions:
    """What `compile` is told: the program, and the backend's own options by name.

    `folder` is the program's folder, `program` its file's name. `tell` is given a sentence for people now and then.
    `certificate` makes the JSON document of what was proved of the program.
    """

    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)
    program: str | None = None
    tell: Callable[[str], None] = _nobody
    certificate: Callable[[], bytes] | None = None


@record
class Place:
    """What in a program a refusal is about: an option of the pipeline, a parameter, or a step and something in it.

    `name` is the option's, the parameter's or the step's id; `part` what in a step is meant: an option of its `block`,
    an argument of its call, a file that it names. Whoever has the program finds the line (see `mldsl.refusals`).
    """

    kind: Literal["setting", "param", "step"]
    name: str
    part: str | None = None
    block: str | None = None


@record
class Refusal:
    """Something that the target cannot do: a diagnostic without its line."""

    code: Literal["ML601", "ML602", "ML604"]
    place: Place
    message: str
    help: str | None = None


class Refused(MldslError):  # noqa: N818 - what came of it, not an error of ours
    """The target cannot do what the program asks for; `refusals` has everything that was found."""

    exit_status = 1

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(refusals[0].message, refusals[0].help)
        self.refusals = tuple(refusals)


@record
class PlannedTask:
    """A task of the target: its name there, the ids of the steps that it carries out, the names of what it waits for.

    `copies` is how many of it run side by side, each with a share of the work.
    """

    name: str
    steps: tuple[str, ...]
    needs: tuple[str, ...] = ()
    copies: int = 1


class Backend(Protocol):
    """Makes files for a target out of a plan."""

    name: str
    capabilities: Capabilities

    def compile(self, plan: Plan, options: CompileOptions) -> Mapping[str, bytes]:
        """The files by their path (relative, with `/`). The same plan gives the same bytes.

        Raises Refused for what the target cannot do, UsageError for options that do not fit.
        """


@runtime_checkable
class GroupingBackend(Protocol):
    """A backend whose target carries steps out in tasks of its own."""

    def tasks(self, plan: Plan, options: CompileOptions) -> Sequence[PlannedTask]:
        """The tasks that `compile` would write, in an order in which they can run. Raises as `compile` does."""
