"""Which backends there are: plug-ins of the entry-point group `mldsl.backends`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from mldsl.backend.model import GroupingBackend
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.backend.model import Backend

GROUP = "mldsl.backends"

# Those that come with mldsl itself; found without asking what is installed, and in a checkout that is not.
_OWN: Mapping[str, str] = {
    "airflow": "mldsl_airflow:AirflowBackend",
    "kubeflow": "mldsl_kubeflow:KubeflowBackend",
    "local": "mldsl_local:LocalBackend",
}


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


def grouping_backend(name: str) -> GroupingBackend:
    """A backend whose target has tasks of its own; UsageError for any other."""
    made = backend(name)
    if not isinstance(made, GroupingBackend):
        others = [other for other in _OWN if isinstance(backend(other), GroupingBackend)]
        listed = ", ".join(f"`{other}`" for other in others)
        raise UsageError(
            f"`{name}` carries each step out by itself, there are no tasks to show", f"these have: {listed}"
        )
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
        folder = Path(__file__).parent.parent.parent / "backends"
        if error.name != module or not (folder / module).is_dir():
            raise
        sys.path.append(str(folder))
        return import_module(module)


def _unknown(name: str) -> UsageError:
    names = backend_names()
    listed = f"the backends here: {', '.join(f'`{item}`' for item in names)}"
    near = did_you_mean(name, names)
    return UsageError(f"there is no backend `{name}`", f"{near} {listed}" if near else listed)
