"""Findings: what only the data can show, under the code of the diagnostic that it is.

A warning stands among the step's `details`, as `findings`: a list of `{code, severity, message, help?}`. An error ends
the step: it is raised as StepFailed with its code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mldsl.diagnostics.codes import CODES, Severity
from mldsl.plan.expressions import Json
from mldsl.plan.nodes import Step
from mldsl.runtime.errors import StepFailed


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about the data, and what to do about it."""

    code: str
    message: str
    help: str | None = None

    def document(self) -> Json:
        """As plain JSON."""
        found: dict[str, Json] = {
            "code": self.code,
            "severity": CODES[self.code].severity.value,
            "message": self.message,
        }
        return found if self.help is None else {**found, "help": self.help}


def report(step: Step, findings: Sequence[Finding]) -> dict[str, Json]:
    """The warnings, as what is added to a step's details. Raises StepFailed for the first error, with its place."""
    for finding in findings:
        if CODES[finding.code].severity is Severity.ERROR:
            raise StepFailed(f"{finding.message} ({step.location})", finding.help, finding.code)
    return {"findings": [finding.document() for finding in findings]} if findings else {}
