"""What a backend is, and which there are: plug-ins of the entry-point group `mldsl.backends`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mldsl.diagnostics.suggest import did_you_mean
from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.plan.nodes import Plan

GROUP = "mldsl.backends"

# Those that come with mldsl itself; found without asking what is installed, and in a checkout that is not.
_OWN: Mapping[str, str] = {"local": "mldsl_local:LocalBackend"}
# Those that a later version brings.
_PLANNED = ("airflow", "kubeflow")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a target can do; what a program asks for beyond it is said plainly, never dropped in silence.

    `steps` are the kinds of steps that it carries out, `settings` the options of the `pipeline` declaration that it
    honours (beside those that every target does), `engines` what can compute its tables. `summary` is a line for
    people.
    """

    summary: str
    steps: frozenset[str]
    settings: frozenset[str] = frozenset()
    engines: frozenset[str] = frozenset({"polars"})


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """What `compile` is told: the program's folder, and the backend's own options by name."""

    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)


class Backend(Protocol):
    """Makes files for a target out of a plan."""

    name: str
    capabilities: Capabilities

    def compile(self, plan: Plan, options: CompileOptions) -> Mapping[str, bytes]:
        """The files by their path (relative, with `/`). The same plan gives the same bytes."""


def backend_names() -> tuple[str, ...]:
    """The backends that can be used here, sorted."""
    return tuple(sorted({*_OWN, *_installed()}))


def backend(name: str) -> Backend:
    """The backend of that name; UsageError, with those there are, for one that is not installed or cannot be loaded."""
    found = _OWN.get(name) or _installed().get(name)
    if found is None:
        raise _unknown(name)
    module, _, attribute = found.partition(":")
    try:
        made: Backend = getattr(_imported(module), attribute)()
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the backend `{name}` cannot be loaded: {error}") from error
    return made


def _installed() -> dict[str, str]:
    """What the installed distributions declare."""
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=GROUP)}


def _imported(module: str) -> object:
    """The module; in a checkout that is not installed, from its `backends` folder."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        folder = Path(__file__).parent.parent / "backends"
        if error.name != module or not (folder / module).is_dir():
            raise
        sys.path.append(str(folder))
        return import_module(module)


def _unknown(name: str) -> UsageError:
    names = backend_names()
    listed = f"the backends here: {', '.join(f'`{item}`' for item in names)}"
    if name in _PLANNED:
        return UsageError(f"the backend `{name}` is not installed: this version of mldsl does not have it", listed)
    near = did_you_mean(name, [*names, *_PLANNED])
    return UsageError(f"there is no backend `{name}`", f"{near} {listed}" if near else listed)
