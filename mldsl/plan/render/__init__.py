"""The graph of a plan in the formats of `mldsl graph`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from mldsl.diagnostics.suggest import did_you_mean
from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.plan.nodes import Plan

# Each a module with `render(plan) -> str`, imported when it is asked for.
_MODULES: Mapping[str, str] = {
    "text": "mldsl.plan.render.text",
    "mermaid": "mldsl.plan.render.mermaid",
    "dot": "mldsl.plan.render.dot",
    "svg": "mldsl.plan.render.svg",
    "json": "mldsl.plan.render.json",
}

FORMATS: tuple[str, ...] = tuple(_MODULES)


def render(plan: Plan, format: str = "text") -> str:
    """The graph as text that ends in a line feed; UsageError for a format that is not one of FORMATS."""
    if format not in _MODULES:
        listed = f"the formats are {', '.join(FORMATS)}"
        raise UsageError(f"there is no format `{format}`", did_you_mean(format, FORMATS) or listed)
    drawn: str = import_module(_MODULES[format]).render(plan)
    return drawn
