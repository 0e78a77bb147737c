"""What the local backend can do, and what a plan asks for beyond it."""

from __future__ import annotations

from mldsl.backend import Capabilities
from mldsl.plan.nodes import MonitorBody, PlanSettings, Step

CAPABILITIES = Capabilities(
    summary="runs a pipeline on this machine",
    steps=frozenset({"source", "check", "transform", "split", "model", "evaluate", "deploy", "monitor"}),
    settings=frozenset({"retries", "retry_delay", "timeout", "tracking", "notify"}),
    engines=frozenset({"polars", "duckdb"}),
)


def left_out(step: Step) -> str | None:
    """Why a step of that kind is not carried out here; None if it is."""
    if step.kind == "monitor" and not _is_alone(step):
        return f"`mldsl monitor {step.name}` looks at it"
    return None


def _is_alone(step: Step) -> bool:
    """Whether a monitor is run for its own sake, and looks at what the registry has."""
    return isinstance(step.body, MonitorBody) and step.body.deployment not in step.inputs


def notes(settings: PlanSettings) -> tuple[str, ...]:
    """Which options of the pipeline a run here leaves out, one sentence each; left out steps say so themselves."""
    if settings.engine in CAPABILITIES.engines:
        return ()
    return (f"`engine: {settings.engine}` is left out: this version of mldsl computes tables with polars",)
