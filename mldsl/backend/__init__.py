"""Backends: what one is, which there are, what they are asked and what they write."""

from __future__ import annotations

from mldsl.backend.model import (
    Backend,
    Capabilities,
    CompileOption,
    CompileOptions,
    GroupingBackend,
    Place,
    PlannedTask,
    Refusal,
    Refused,
)
from mldsl.backend.options import read_options
from mldsl.backend.registry import GROUP, backend, backend_names, grouping_backend

__all__ = [
    "GROUP",
    "Backend",
    "Capabilities",
    "CompileOption",
    "CompileOptions",
    "GroupingBackend",
    "Place",
    "PlannedTask",
    "Refusal",
    "Refused",
    "backend",
    "backend_names",
    "grouping_backend",
    "read_options",
]
