"""What the local backend can do, and what a plan asks for beyond it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mldsl.backend import Capabilities
from mldsl.plan.nodes import Plan, PlanSettings, Step

CAPABILITIES = Capabilities(
    summary="runs a pipeline on this machine",
    steps=frozenset({"source", "check", "transform", "split", "model", "evaluate"}),
    settings=frozenset({"retries", "retry_delay"}),
    engines=frozenset({"polars"}),
)

_LEFT_OUT = {
    "deploy": "this version of mldsl leaves deployments out",
    "monitor": "this version of mldsl leaves monitors out",
}
# Options that would change what a run here does; a schedule and the like are for whoever starts it.
_SETTINGS = {
    "timeout": "`timeout` is not enforced by a local run",
    "tracking": "`tracking` is left out: this version of mldsl does not track runs elsewhere",
    "notify": "`notify` is left out: this version of mldsl notifies nobody",
}


def left_out(step: Step) -> str | None:
    """Why a step of that kind is not carried out here; None if it is."""
    return None if step.kind in CAPABILITIES.steps else _LEFT_OUT[step.kind]


def notes(plan: Plan, steps: Iterable[Step]) -> tuple[str, ...]:
    """What the plan asks for, and this run leaves out, one sentence each."""
    return (*_of_settings(plan.settings), *_of_steps(steps))


def _of_settings(settings: PlanSettings) -> Iterator[str]:
    for name, sentence in _SETTINGS.items():
        if name not in CAPABILITIES.settings and getattr(settings, name) is not None:
            yield sentence
    if settings.engine not in CAPABILITIES.engines:
        yield f"`engine: {settings.engine}` is left out: this version of mldsl computes tables with polars"


def _of_steps(steps: Iterable[Step]) -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for step in steps:
        sentence = left_out(step)
        if sentence is not None:
            names.setdefault(sentence, []).append(f"`{step.name}`")
    for sentence, listed in names.items():
        yield f"{', '.join(listed)}: {sentence}"
