"""Puts together what a version of a model consists of, from the run that made the model."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

from mldsl.plan.document import dump
from mldsl.plan.fingerprint import meaning
from mldsl.plan.nodes import DeployBody, Step
from mldsl.plan.scheduled import registry_name
from mldsl.plan.walk import python_files
from mldsl.runtime.deploy.holds import params_of
from mldsl.runtime.python_code import code_files
from mldsl.runtime.registry import Version, whoami
from mldsl.runtime.sources.files import shown
from mldsl.runtime.store import Stored
from mldsl.runtime.work import Work

if TYPE_CHECKING:
    from mldsl.runtime.models.artifact import FittedModel


def draft(work: Work, model_step: Step, stored: Stored) -> Version:
    """A version without what costs time to make: enough to tell whether it is there already."""
    body = work.step.body
    assert isinstance(body, DeployBody)
    return Version(
        0,
        registry_name(work.step),
        work.plan.name,
        work.step.name,
        body.target,
        model_step.id,
        stored,
        work.store.put(dump(work.plan).encode("utf-8", "surrogatepass"), ".json", "json"),
        meaning(work.plan),
        params_of(work.params),
        run=work.run or None,
        by=whoami(),
    )


def is_same(version: Version, other: Version) -> bool:
    """Whether two versions answer alike and stand under the same policy."""
    return (version.model, version.meaning, version.params) == (other.model, other.meaning, other.params)


def completed(work: Work, model_step: Step, model: FittedModel) -> dict[str, Any]:
    """The fields of a version that `draft` leaves out, but for what the gates found."""
    from mldsl.runtime.deploy.rows import judged_rows, training_rows

    return {
        "code": code_of(work),
        "tables": looked_into(work, model_step),
        "reference": training_rows(work, model_step, model),
        "judged": judged_rows(work, model_step, model),
        "data": dict(work.records(model_step.id).parts.get("inputs", {})),
        "environment": environment(),
    }


def looked_into(work: Work, model_step: Step) -> dict[str, Stored]:
    """The tables of which a request's rows are looked up; only an endpoint gets requests."""
    if not isinstance(work.step.body, DeployBody) or work.step.body.target != "endpoint":
        return {}
    from mldsl.plan.requests import request_path
    from mldsl.runtime.scoring import snapshots

    return snapshots(work, request_path(work.plan, model_step.id))


def code_of(work: Work) -> dict[str, Stored]:
    """The user's Python files, with the modules that they import, by their path in the program's folder."""
    names = dict.fromkeys(name for step in work.plan.steps for name in python_files(step))
    paths = {path: None for name in names for path in code_files(name, work.code)}
    place = work.code.resolve()
    return {shown(path, place): work.store.put(path.read_bytes(), path.suffix, "bytes") for path in paths}


def environment() -> dict[str, str]:
    """Every package that is installed here, with its version."""
    return {name: found.version for found in metadata.distributions() if (name := found.metadata["Name"])}
