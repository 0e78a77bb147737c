"""Judges a deployment's requirements: on the rows of the model's evaluation, and beside the model in production.

`champion.METRIC` is the champion measured on the same rows. With no champion yet, what is said of it holds. Where there
is one that cannot be compared fairly (it has seen some of the rows, or they lack what it needs), what is said of it is
inconclusive: nothing goes live by a comparison that was not made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from mldsl.plan.expressions import Expression, Named
from mldsl.plan.nodes import Columns, DeployBody, EvaluateBody, Requirement
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.budget import judged_before
from mldsl.runtime.evaluation.case import judge_rows, needed, read_rows
from mldsl.runtime.evaluation.conditions import Subject, differing_columns, mentions_champion, mentions_named
from mldsl.runtime.evaluation.evaluate import all_metrics
from mldsl.runtime.evaluation.expectations import number, told
from mldsl.runtime.evaluation.slices import Json, slices
from mldsl.runtime.evaluation.verdicts import Settled, Verdict, judge_but
from mldsl.runtime.findings import Finding
from mldsl.runtime.gates.champion import Beside, Champion, beside
from mldsl.runtime.gates.seen import columns_of
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.notices import quiet
from mldsl.runtime.models.threads import native_threads
from mldsl.runtime.seeds import derive_seed
from mldsl.runtime.work import Work

_NO_CHAMPION = Verdict("passed", reason="nothing is in production yet")


@dataclass(frozen=True, slots=True, eq=False)
class Gates:
    """What was found.

    `requirements` has for each its `text`, `outcome`, `value`, `threshold`, `interval`, `confidence`, `method`,
    `rows_needed` and `reason`, as an evaluation's expectations have them. `evaluation` is what a version keeps of it:
    `table`, `rows`, `metrics`, `undefined`, and under `champion` (None without one) its `name`, `metrics` and the
    `reason` why it does not count.
    """

    requirements: tuple[Json, ...]
    evaluation: Json
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every requirement is met."""
        return all(item["outcome"] == "passed" for item in self.requirements)


def judge_requirements(work: Work, body: DeployBody, model: FittedModel, champion: Champion | None) -> Gates:
    """Judge what can be judged of `body.requires`: all but approvals, which the caller asks for.

    Raises StepFailed where the model cannot be judged on the rows, and StoreError.
    """
    asked = [item for item in body.requires if not _is_approval(item.condition)]
    if body.judged is None:
        return Gates(tuple(_without_rows(asked, champion)), {})
    table = work.table(body.judged.table)
    kinds = columns_of(work.plan, work.step.inputs[body.judged.table])
    sliced = sorted({column for item in asked for column in differing_columns(item.condition)})
    wanted = [*needed(body.judged, model), *sliced]
    there = set(table.collect_schema().names())
    more = [] if champion is None else [name for name in champion.model.encoder.columns if name in there]
    frame = read_rows(work, body.judged, [*wanted, *more])
    with native_threads(1), quiet():
        judged = _Judged(work, body.judged, model, champion, frame, table, kinds)
        found = judged.judge(asked, sliced)
    findings = tuple(judged_before(work, body.judged))
    return Gates(*found, () if _is_evaluated(work, body.judged) else findings)


def _is_evaluated(work: Work, judged: EvaluateBody) -> bool:
    """Whether an evaluation of the program has told already what there is to say of the rows."""
    bodies = (step.body for step in work.plan.steps)
    return any(
        isinstance(item, EvaluateBody) and (item.model, item.table) == (judged.model, judged.table) for item in bodies
    )


def asks_for_champion(body: DeployBody) -> bool:
    """Whether a requirement speaks of the model in production."""
    return any(mentions_champion(item.condition) for item in body.requires)


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """The model, the champion, and the rows."""

    work: Work
    body: EvaluateBody
    model: FittedModel
    champion: Champion | None
    frame: pl.DataFrame
    table: pl.LazyFrame
    kinds: Columns

    def judge(self, asked: Iterable[Requirement], sliced: Iterable[str]) -> tuple[tuple[Json, ...], Json]:
        """The requirements, and what is kept of the evaluation."""
        case = judge_rows(self.body, self.model, self.frame).judged
        other = self._beside()
        parts = {column: slices(self.frame[column]) for column in sliced}
        subject = Subject(case, parts, self.work.params, None if other is None else other.judged)
        units = None if self.body.unit is None else number(self.frame[self.body.unit])
        resampler = Resampler(case.rows, derive_seed(self.work.seed, "bootstrap"), units)
        settled = _settled(other)
        found = tuple(
            {"text": item.text, **told(judge_but(item.condition, subject, resampler, item.confidence, settled),
                                       item.confidence)}
            for item in asked
        )  # fmt: skip
        kept = {"table": self.body.table, "rows": case.rows, **all_metrics(case), "champion": self._of(other)}
        return found, kept

    def _beside(self) -> Beside | None:
        if self.champion is None:
            return None
        return beside(self.champion, self.body, self.model, self.frame, self.table, self.kinds)

    def _of(self, other: Beside | None) -> Json:
        if other is None or self.champion is None:
            return None
        metrics = {} if other.judged is None else all_metrics(other.judged)["metrics"]
        return {"name": self.champion.name, "metrics": metrics, "reason": other.reason}


def _without_rows(asked: Iterable[Requirement], champion: Champion | None) -> Iterator[Json]:
    """Where the program has no rows to judge on: what needs none is settled, the rest cannot be."""
    none = Beside(None, "there are no rows on which both could be measured") if champion is not None else None
    for item in asked:
        verdict = _settled(none)(item.condition)
        if verdict is None:
            raise StepFailed(
                f"`{item.text}` cannot be judged: the program has no rows to judge the model on",
                "add an `evaluate` of the model, or a `test` part to its split",
            )
        yield {"text": item.text, **told(verdict, item.confidence)}


def _settled(other: Beside | None) -> Settled:
    """What is known without measuring: of evaluations, of approvals, and of a champion that does not count.

    The step waits for the evaluations and does not run unless they are met.
    """

    def settled(condition: Expression) -> Verdict | None:
        match condition:
            case Named(name="evaluation"):
                return Verdict("passed")
            case Named(argument=team):
                return Verdict("inconclusive", reason=f'write `require approval("{team}")` on a line of its own')
        if not mentions_champion(condition) or _is_combined(condition) or (other is not None and other.counts):
            return None
        return _NO_CHAMPION if other is None else Verdict("inconclusive", reason=other.reason)

    return settled


def _is_combined(condition: Expression) -> bool:
    """Whether it is to be judged part by part. (What is said of a missing champion holds, a `not` of it as well.)"""
    function = getattr(condition, "function", None)
    return function in ("and", "or") or (function == "not" and mentions_named(condition))


def _is_approval(condition: Expression) -> bool:
    return isinstance(condition, Named) and condition.name == "approval"
