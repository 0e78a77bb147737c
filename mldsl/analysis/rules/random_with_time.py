"""ML306: a random split of a table whose rows have a time."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.rules.leak import Leak
from mldsl.diagnostics.model import Diagnostic, Label


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each split, at its name; a split by group is random as well."""
    for split in evidence.splits():
        times = split.schema.with_role("time")
        if split.time is not None or split.random or not times:
            continue
        name = times[0].name
        labels = (Label(times[0].origin, "when a row became known"),) if times[0].origin is not None else ()
        message = f"`{split.name}` is a random split, but its rows have a time, `{name}`"
        help_ = f"split into past and future: `time: {name}`; where a random split is meant, `random: true`"
        yield Leak(Diagnostic("ML306", message, split.span, "", labels, help_))
