"""Where and how the steps of one run are carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from mldsl.plan.nodes import Plan, Step
from mldsl.records import record
from mldsl.runs import Redactor
from mldsl.runtime.processes import needs_process
from mldsl.runtime.store import Store


@record
class Setting:
    """What a run is about.

    `rows` makes it a dry run; `redactor` knows the values of the plan's secrets; `written` are the ids of the steps
    whose tables are wanted although the plan has them inlined.
    """

    plan: Plan
    store: Store
    folder: Path
    params: Mapping[str, object]
    jobs: int
    force: bool
    rows: int | None
    redactor: Redactor = field(default_factory=Redactor)
    written: frozenset[str] = frozenset()

    @property
    def is_dry(self) -> bool:
        """Whether this is a dry run: every step runs, whatever the few rows say about the expectations."""
        return self.rows is not None

    def apart(self, step: Step) -> bool:
        """Whether the step is carried out in a process of its own."""
        return needs_process(self.plan, step)
