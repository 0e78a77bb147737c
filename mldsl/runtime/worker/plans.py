"""The plan that a task is told to carry out: read from its file, unless a newer mldsl compiled it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mldsl import __version__
from mldsl.errors import PlanError
from mldsl.plan.document import load
from mldsl.plan.nodes import Plan

MANIFEST = "manifest.json"
"""The file beside a compiled plan; its `mldsl` is the version that compiled it."""


def read_plan(path: Path) -> Plan:
    """The plan in a file.

    Raises PlanError where it cannot be read, is damaged, or was compiled by an mldsl newer than this one.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanError(f"cannot read the plan `{path}`: {error.strerror}", "compile the program again") from error
    except UnicodeDecodeError as error:
        raise PlanError(f"`{path}` is not a plan: not UTF-8", "compile the program again") from error
    compiled_by = _compiled_by(path.parent / MANIFEST)
    if compiled_by is not None and _numbers(compiled_by) > _numbers(__version__):
        raise PlanError(
            f"the plan `{path}` was compiled by mldsl {compiled_by}, and this worker has mldsl {__version__}",
            f"install mldsl {compiled_by} on the workers, or compile the program with theirs",
        )
    return load(text)


def _compiled_by(manifest: Path) -> str | None:
    try:
        found = json.loads(manifest.read_text(encoding="utf-8"))["mldsl"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _numbers(version: str) -> tuple[int, ...]:
    """`1.10.2` as (1, 10, 2): what follows the numbers (`rc1`, `.dev3`) says nothing about what a plan may hold."""
    plain = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in plain[0].split(".")) if plain else ()
