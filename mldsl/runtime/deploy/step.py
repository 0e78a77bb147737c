"""Carries out a deployment's step: judges the requirements, registers a version, and puts it where it is to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mldsl.plan.nodes import DeployBody, Step
from mldsl.runtime.deploy.approvals import missing_approvals
from mldsl.runtime.deploy.draft import completed, draft, is_same
from mldsl.runtime.deploy.holds import file_print
from mldsl.runtime.deploy.requirements import Judgement, judge_requirements
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.registry import Event, Registry, Version, open_registry, whoami
from mldsl.runtime.work import StepResult, Work

Json = dict[str, Any]


def run(work: Work) -> StepResult:
    """Deploy the model of a step. Output: `report` (JSON), of a batch deployment also `table`, the scored rows.

    The report has `name` (in the registry), `model`, `version` (null where none was made), `state` (`champion`,
    `candidate`, or why nothing went live: `held` by a requirement, `waiting` for an approval, `taken out` before),
    `champion` (the version in production now), `requirements` (as an evaluation's expectations), `waiting_for` (teams),
    and of a batch `written`. Not passed where nothing went live.
    """
    body = work.step.body
    assert isinstance(body, DeployBody)
    if body.model_from == "champion":
        from mldsl.runtime.batch.champion import run as with_champion

        return with_champion(work)
    deployment = _Deployment(work, body, work.plan.step(work.step.inputs[body.model].step))
    result = deployment.carry_out()
    work.write_json("report", deployment.report)
    return result


@dataclass(slots=True)
class _Deployment:
    """One deployment on its way. `report` fills up; `findings` are warnings about the data, beside it."""

    work: Work
    body: DeployBody
    model_step: Step
    report: Json = field(default_factory=dict)
    findings: Json = field(default_factory=dict)

    def carry_out(self) -> StepResult:
        made = draft(self.work, self.model_step, self.work.inputs[self.body.model])
        registry = open_registry(self.work.store, made.name)
        registry.check_owner(made.pipeline, made.deployment)
        known = next((version for version in reversed(registry.versions()) if is_same(version, made)), None)
        self.report |= {"name": made.name, "model": self.body.model}
        self.report["version"] = None if known is None else known.number
        result = self._settled(registry, known) if known is not None else None
        if result is None:
            result = self._brought(registry, known, made)
        self.report["champion"] = registry.state().champion
        if result.passed and self.body.target == "batch":
            self._write(registry)
        return replace(result, details={**self.report, **self.findings, **self._print(), **result.details})

    def _print(self) -> Json:
        """By which a file that was written is known again. No part of the report: it has the time."""
        written = self.report.get("written")
        found = None if written is None else file_print(self.work.folder, str(written["where"]))
        return {} if found is None else {"print": found}

    def _settled(self, registry: Registry, known: Version) -> StepResult | None:
        """What there is to say of a version that is there already; None where it is still to go live."""
        state, number, name = registry.state(), known.number, registry.name
        if number in (state.champion, state.candidate):
            self.report["requirements"] = known.evaluation.get("requirements", [])
            return self._live("champion" if number == state.champion else "candidate")
        last = next((event for event in reversed(registry.events()) if _moves(event, number)), None)
        if last is None or last.kind not in ("taken_out", "rolled_back"):
            return None
        self.report["state"] = "taken out"
        why = f" ({last.reason})" if last.reason else ""
        message = f"version {number} of `{name}` is this very model, and was taken out by {last.by}{why}"
        return _unmet(message, f"`mldsl promote {name} {number}` puts it into production all the same")

    def _brought(self, registry: Registry, known: Version | None, made: Version) -> StepResult:
        """Judge the model; where all is well, a version of it goes live."""
        model = self.work.model(self.body.model)
        judgement = judge_requirements(self.work, self.body, registry, model)
        self.report["requirements"], self.findings = judgement.requirements, judgement.findings
        if not judgement.passed:
            self.report["state"] = "held"
            return _unmet(f"`{self.work.step.name}` is held: {judgement.message}")
        version = known or registry.register(self._whole(made, model, judgement))
        self.report["version"] = version.number
        waiting = missing_approvals(registry, version, self.body)
        return self._waiting(registry, version, waiting) if waiting else self._go_live(registry, version)

    def _whole(self, made: Version, model: FittedModel, judgement: Judgement) -> Version:
        whole = replace(made, **completed(self.work, self.model_step, model), **judgement.fields)
        if self.body.target != "endpoint":
            return whole
        from mldsl.runtime.scoring import prepare_in

        row_path = prepare_in(self.work, whole)
        if not row_path["prepared"]:
            self.work.log(f"requests are answered by the reference path: {row_path['reason']}")
        return replace(whole, row_path=row_path)

    def _waiting(self, registry: Registry, version: Version, teams: Sequence[str]) -> StepResult:
        self.report |= {"state": "waiting", "waiting_for": list(teams)}
        listed = ", ".join(f"`{team}`" for team in teams)
        message = f"version {version.number} of `{registry.name}` waits for the approval of {listed}"
        return _unmet(message, f"`mldsl approve {self.work.run or 'RUN'}` gives it")

    def _go_live(self, registry: Registry, version: Version) -> StepResult:
        """A rollout needs somebody to take over from; without one, or without a rollout, it goes live at once."""
        state = registry.state()
        if self.body.rollout and state.champion is not None:
            registry.start_rollout(version.number, by=whoami(), seen=state)
            return self._live("candidate")
        registry.promote(version.number, by=whoami(), reason="its requirements are met", seen=state)
        return self._live("champion")

    def _live(self, state: str) -> StepResult:
        self.report["state"] = state
        return StepResult()

    def _write(self, registry: Registry) -> None:
        """The rows of the batch's table with the predictions, where the program says; and what monitors look at."""
        from mldsl.runtime.batch import score_batch, write_batch

        scored = score_batch(self.work, self.body.subject, self.work.model(self.body.model))
        self.report["written"] = write_batch(self.work, self.body, scored)
        details = {"table": self.work.outputs["table"].document(), **self.report["written"]}
        registry.note("batch", version=self.report["champion"], by=whoami(), details=details)


def _moves(event: Event, number: int) -> bool:
    """Whether an event brought a version into production or took it out."""
    if event.kind == "rolled_back":
        return number in (event.version, event.details.get("from"))
    return event.kind in ("promoted", "rollout", "taken_out") and event.version == number


def _unmet(message: str, help_: str | None = None) -> StepResult:
    details: Json = {"message": message if help_ is None else f"{message}; {help_}"}
    return StepResult(passed=False, details=details)
