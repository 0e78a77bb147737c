"""Whether a deployment's requirements are met, beside those that wait for somebody."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from mldsl.plan.nodes import DeployBody
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.findings import report
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.registry import Registry
from mldsl.runtime.store import Store, Stored
from mldsl.runtime.work import Work

if TYPE_CHECKING:
    from mldsl.runtime.gates.champion import Champion

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found: each requirement as an evaluation's expectation, and what a version keeps of it.

    `findings` are warnings, as what is added to a step's details.
    """

    requirements: list[Json]
    fields: Json = field(default_factory=dict)
    findings: Json = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every requirement is met."""
        return all(item["outcome"] == "passed" for item in self.requirements)

    @property
    def message(self) -> str:
        """What is not met, in one sentence."""
        unmet = [item for item in self.requirements if item["outcome"] != "passed"]
        return ", ".join(map(_said, unmet))


def judge_requirements(work: Work, body: DeployBody, registry: Registry, model: FittedModel) -> Judgement:
    """Judge what can be judged; approvals are looked at when there is a version to approve of."""
    from mldsl.runtime import gates

    champion = _champion(registry, work.store) if gates.asks_for_champion(body) else None
    found = gates.judge_requirements(work, body, model, champion)
    requirements, told = list(found.requirements), report(work.step, found.findings)
    if not found.passed:
        return Judgement(requirements, {}, told)
    evaluation = {**found.evaluation, "requirements": requirements}
    seen = _seen(work, work.step.inputs[body.model].step)
    return Judgement(requirements, {"evaluation": evaluation, "trained_on": seen}, told)


def _champion(registry: Registry, store: Store) -> Champion | None:
    """The model in production; None where nothing is."""
    from mldsl.runtime.gates import Champion, told_by, unpack
    from mldsl.runtime.scoring.opened import checked, opened_model

    number = registry.state().champion
    if number is None:
        return None
    version = registry.version(number)
    plan, model = opened_model(version, store)
    seen = None if version.trained_on is None else unpack(checked(store, version.trained_on).read_bytes())
    return Champion(f"version {number}", model, told_by(plan, version.model_step), seen)


def _seen(work: Work, model_step: str) -> Stored | None:
    """Which rows the model has seen; None where they have values that no hash is made of."""
    from mldsl.runtime.deploy.rows import table_of
    from mldsl.runtime.gates import pack, seen_rows

    try:
        hashes = seen_rows(work.plan, model_step, partial(table_of, work))
    except StepFailed:
        return None
    return work.store.put(pack(hashes), ".npy", "bytes")


def _said(item: Json) -> str:
    """One requirement that is not met, with its value and why."""
    outcome = "failed" if item["outcome"] == "failed" else "is inconclusive"
    value = "" if item.get("value") is None else f" with {item['value']:.4g}"
    reason = f" ({item['reason']})" if item.get("reason") else ""
    return f"`{item['text']}` {outcome}{value}{reason}"
