"""What tasks have in common whatever the target: what they are about, and over how many a search is spread."""

from __future__ import annotations

from mldsl.backend.model import CompileOption
from mldsl.errors import UsageError
from mldsl.plan.grouping import GRANULARITIES, Unit
from mldsl.plan.nodes import EvaluateBody, ModelBody, MonitorBody, Step

GRANULARITY = CompileOption(
    "granularity",
    "what becomes a task: each step, all about a table or a model, the whole pipeline",
    default="step",
    choices=dict.fromkeys(GRANULARITIES),
)

# Tuning that nobody asked to spread otherwise goes over so many tasks: each begins with seconds of imports.
_SHARES = 4


def is_tuned(step: Step) -> bool:
    """Whether the step fits a model whose settings are tried."""
    return isinstance(step.body, ModelBody) and step.body.tune is not None


def retrains(body: MonitorBody) -> bool:
    """Whether a breach may start the pipeline."""
    return any(action.name == "retrain" for action in body.actions)


def read_shares(text: str | None, most: int) -> int | None:
    """What `--shares` was given; None where it was not. Raises UsageError for no number from 1 to `most`."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise UsageError(f"`--shares {text}` is not a number from 1 to {most}")
    return int(text)


def trial_shares(unit: Unit, asked: int | None, most: int) -> int:
    """Over how many tasks the trials of the unit's model are spread; 0 where one task does them with all the rest.

    `asked` is what the user wants, None for what the program says; `most` is how many the target can do.
    """
    tune = unit.main.body.tune if unit.main is not None and isinstance(unit.main.body, ModelBody) else None
    if tune is None:
        return 0
    count = min(asked or tune.parallel or _SHARES, tune.trials, most)
    return count if count > 1 else 0


def about(unit: Unit) -> str:
    """The name that the unit is about, as the program has it: of a table, a split, a model."""
    match unit.main:
        case None:
            return unit.id
        case Step(body=EvaluateBody(model=model)):
            return model
        case Step(kind="check", name=table):
            return table.partition(".")[0]
        case step:
            return step.name


def within(unit: Unit) -> str:
    """The unit's name among tasks about the same: the declaration's word, and what else tells it from its kind."""
    match unit.main:
        case None:
            return "pipeline"
        case Step(body=EvaluateBody(table=table)):
            return f"evaluate_{table}"
        case Step(kind="check", name=table) if "." in table:
            return f"check_{table.partition('.')[2]}"
        case step:
            return step.kind
