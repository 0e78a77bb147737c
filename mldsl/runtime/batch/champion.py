"""A batch deployment on its own schedule: its table, scored by the registry's champion; nothing is trained."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import Any

from mldsl.plan.document import load as load_plan
from mldsl.plan.nodes import DeployBody, ModelBody
from mldsl.plan.scheduled import registry_name
from mldsl.runtime.batch.score import score_batch
from mldsl.runtime.batch.write import write_batch
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.storage import FittedModel, load
from mldsl.runtime.registry import Registry, Version, open_registry, whoami
from mldsl.runtime.work import StepResult, Work


def run(work: Work) -> StepResult:
    """Score the deployment's table, and write what is wanted of it. Output: `table`, and `report` as of any deployment.

    Not passed where there is no champion yet.
    """
    body = work.step.body
    assert isinstance(body, DeployBody)
    registry = open_registry(work.store, registry_name(work.step))
    registry.check_owner(work.plan.name, work.step.name)
    champion = registry.champion()
    report: dict[str, Any] = {"name": registry.name, "version": None, "champion": None}
    if champion is None:
        message = f"`{registry.name}` has no champion yet that could score `{body.subject}`"
        help_ = "run the pipeline: it trains a model, and what meets the requirements goes live"
        report |= {"state": "held", "message": f"{message}; {help_}"}
        work.write_json("report", report)
        return StepResult(passed=False, details=report)
    scored = score_batch(work, body.subject, champion_model(registry, champion, work.scratch / "code"))
    written = write_batch(work, body, scored)
    details = {"table": work.outputs["table"].document(), **written}
    registry.note("batch", version=champion.number, by=whoami(), details=details)
    number = champion.number
    report |= {"version": number, "champion": number, "state": "champion", "written": written}
    work.write_json("report", report)
    return StepResult(details=report)


def champion_model(registry: Registry, version: Version, room: Path) -> FittedModel:
    """The model of a version, its files held against their hashes; the user's classes are put into `room`.

    Raises RegistryError where a file was altered or is gone, StepFailed where the model cannot be read.
    """
    plan = load_plan(registry.read(version, version.plan).decode("utf-8", "surrogatepass"))
    body = plan.step(version.model_step).body
    folder = _program_folder(version, room)
    for path, stored in version.code.items():
        place = Path(os.path.normpath(folder / path))
        if not place.is_relative_to(room):
            raise StepFailed(f"`{path}` of version {version.number} is no place for a program's file")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(registry.read(version, stored))
    return load(registry.read(version, version.model), body if isinstance(body, ModelBody) else None, folder)


def _program_folder(version: Version, room: Path) -> Path:
    """Where the program's folder is in the room: a path may lead out of that one, and never out of the room."""
    above = max((Path(path).parts.count("..") for path in version.code), default=0)
    return Path(room, *["program"] * (above + 1))
