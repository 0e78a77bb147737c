"""Which steps go to a process of their own, and what such a process imports beforehand."""

from __future__ import annotations

from mldsl.plan.nodes import Plan, SourceBody, Step, TransformBody, VerbsForm
from mldsl.plan.walk import python_files
from mldsl.runtime.execute import STEPS


def needs_process(plan: Plan, step: Step) -> bool:
    """Whether the step holds Python's lock while it works, may do anything (a user's Python), or has a time limit.

    What runs in an engine's own threads stays in this process, unless it may have to be stopped: a query cannot be
    interrupted everywhere, but a process can always be killed.
    """
    return plan.settings.timeout is not None or bool(python_files(step)) or _fits_or_predicts(step)


def modules(step: Step) -> tuple[str, ...]:
    """What takes long to import and the step will need."""
    own = STEPS[step.kind].partition(":")[0]
    return (own, "mldsl.runtime.python_step", "pandas") if python_files(step) and step.kind != "model" else (own,)


def _fits_or_predicts(step: Step) -> bool:
    match step.body:
        case SourceBody(connector="sklearn"):  # scikit-learn takes a second to import
            return True
        case TransformBody(action=VerbsForm(verbs=verbs)):
            return any(verb.verb == "predict" for verb in verbs)
        case _:
            return step.kind in ("model", "evaluate", "deploy", "monitor")
