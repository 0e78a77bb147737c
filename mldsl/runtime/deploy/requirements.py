"""Whether a deployment's requirements are met, beside those that wait for somebody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mldsl.plan.expressions import Named
from mldsl.plan.nodes import DeployBody
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.registry import Registry
from mldsl.runtime.work import Work

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found: each requirement as an evaluation's expectation, and what a version keeps of it."""

    requirements: list[Json]
    fields: Json = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every requirement is met."""
        return all(item["outcome"] == "passed" for item in self.requirements)

    @property
    def message(self) -> str:
        """What is not met, in one sentence."""
        unmet = [item for item in self.requirements if item["outcome"] != "passed"]
        said = (f"`{item['text']}` {_word(item['outcome'])}" for item in unmet)
        return ", ".join(said)


def judge_requirements(work: Work, body: DeployBody, registry: Registry, model: FittedModel) -> Judgement:
    """Judge what can be judged; approvals are looked at when there is a version to approve of."""
    metrics = [item for item in body.requires if not isinstance(item.condition, Named)]
    assert not metrics, "gates"
    met = [{"text": item.text, "outcome": "passed"} for item in body.requires if _is_evaluation(item.condition)]
    return Judgement(met)


def _is_evaluation(condition: object) -> bool:
    """The step waits for the evaluations: it would not run if one were not met."""
    return isinstance(condition, Named) and condition.name == "evaluation"


def _word(outcome: str) -> str:
    return "failed" if outcome == "failed" else "is inconclusive"
