"""Judges all expectations of a check, by one query of the step's engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mldsl.plan.expressions import ColumnRef
from mldsl.plan.nodes import CheckBody, Expectation
from mldsl.plan.walk import descendants
from mldsl.runtime.engine.engine import Answer, Answers, Inputs, Question
from mldsl.runtime.engine.questions import is_unique
from mldsl.runtime.work import Work

Outcome = Literal["passed", "failed", "warned", "quarantined"]
_BADLY: dict[str, Outcome] = {"fail": "failed", "warn": "warned", "quarantine": "quarantined"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one expectation.

    Of rows: `judged` are those whose condition is not null, `failing` those where it is false, `samples` the first of
    these as (row number, the condition's columns). Of the table: `value` is what its left side comes to; `has_value`
    says that there is one.
    """

    expectation: Expectation
    outcome: Outcome
    rows: int
    judged: int | None = None
    failing: int = 0
    value: Any = None
    has_value: bool = False
    samples: tuple[tuple[int, dict[str, Any]], ...] = ()

    @property
    def share(self) -> float | None:
        """The share of the judged rows that hold."""
        return None if not self.judged else (self.judged - self.failing) / self.judged


@dataclass(frozen=True, slots=True)
class Judged:
    """All verdicts, over `rows` rows, and the engine's answers that they stand on."""

    verdicts: list[Verdict]
    rows: int
    answers: Answers[Any]


def judge(work: Work, body: CheckBody, columns: Sequence[str]) -> Judged:
    """Every expectation of the check. `columns` are those of the table whose values samples may show."""
    questions = [_question(expectation, columns) for expectation in body.expectations]
    engine = work.engine
    inputs = Inputs(work.rows_of, work.model)
    answers = engine.ask(work.rows_of(body.table), questions, inputs)
    pairs = zip(body.expectations, answers.answers, strict=True)
    return Judged([_verdict(expectation, answer, answers.rows) for expectation, answer in pairs], answers.rows, answers)


def _question(expectation: Expectation, columns: Sequence[str]) -> Question:
    of_rows = expectation.level == "row" or is_unique(expectation.condition)
    mentioned = [node.name for node in descendants(expectation.condition) if isinstance(node, ColumnRef)]
    return Question(expectation.condition, of_rows, [name for name in columns if name in mentioned])


def _verdict(expectation: Expectation, answer: Answer, rows: int) -> Verdict:
    if answer.judged is None:
        # A table has one answer: where it is null, the condition does not hold. Rows cannot be set aside for it.
        badly: Outcome = "warned" if expectation.otherwise == "warn" else "failed"
        outcome = "passed" if answer.holds else badly
        return Verdict(expectation, outcome, rows, value=answer.value, has_value=answer.has_value)
    judged, failing = answer.judged, answer.failing
    holds = failing == 0 if expectation.at_least is None else judged - failing >= expectation.at_least * judged
    outcome = "passed" if holds else _BADLY[expectation.otherwise]
    return Verdict(expectation, outcome, rows, judged, failing, samples=answer.samples)
