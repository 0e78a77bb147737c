"""What changed in meaning between two plans: a pure comparison, in the words of the language."""

from __future__ import annotations

from mldsl.plan.diff.compare import diff
from mldsl.plan.diff.model import Change, Difference, Effect, StepChange

__all__ = ["Change", "Difference", "Effect", "StepChange", "diff"]
