"""Whether what a deployment's step has done still holds: then it need not be done again. Imports no data library."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mldsl.plan.expressions import to_json
from mldsl.plan.fingerprint import meaning
from mldsl.plan.nodes import DeployBody, Step
from mldsl.plan.params import params_document
from mldsl.plan.scheduled import registry_name
from mldsl.runtime.registry import RegistryError, open_registry
from mldsl.runtime.store import Record

if TYPE_CHECKING:
    from mldsl.runtime.keys import Keys

OF_THE_RUN = ("run_date", "run_time")
"""What a version does not depend on: the day on which its run took place."""


def still_holds(keys: Keys, step: Step, found: Record) -> bool:
    """Whether the version that the record is about is live as it says, made of this program, and its batch in place.

    Somebody may have promoted another one since, or gone back; a file that was written may have been changed. What was
    written elsewhere cannot be looked at: that is written again.
    """
    body, details = step.body, found.details
    if not isinstance(body, DeployBody) or not found.passed or details.get("version") is None:
        return False
    registry = open_registry(keys.store, registry_name(step))
    state = registry.state()
    live = {"champion": state.champion, "candidate": state.candidate}
    number = int(details["version"])
    if live.get(str(details.get("state"))) != number or body.model_from == "champion":
        return False
    try:
        version = registry.version(number)
    except RegistryError:
        return False
    same = (version.meaning, version.params) == (meaning(keys.plan), params_of(keys.params))
    return same and (body.target != "batch" or _in_place(details, keys))


def params_of(params: Mapping[str, object]) -> dict[str, Any]:
    """The values of the parameters that a version keeps."""
    return {name: value for name, value in params_document(params).items() if name not in OF_THE_RUN}


def file_print(folder: Path, where: str) -> dict[str, int] | None:
    """By which a file is known again: its size in bytes, and when it was changed (nanoseconds since 1970).

    None for what is no file of this machine.
    """
    path = folder / where.removeprefix("file://")
    try:
        if not path.is_file():
            return None
        status = path.stat()
    except (OSError, ValueError):
        return None
    return {"size": status.st_size, "changed": status.st_mtime_ns}


def _in_place(details: Mapping[str, Any], keys: Keys) -> bool:
    """Whether the file on this machine that a batch wrote, for the same day, is there as it was."""
    known, written = details.get("print"), details.get("written") or {}
    same_day = written.get("run_date") == to_json(keys.params.get("run_date"))
    return known is not None and same_day and file_print(keys.folder, str(written["where"])) == known
