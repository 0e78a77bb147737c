"""A version of the model as it is served: its scorer, what its requests carry, and how it has done so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from time import perf_counter
from typing import Protocol, TypeAlias

from mldsl.records import record
from mldsl.serving.protocol import Output
from mldsl.serving.reader import Field, Reader, Row
from mldsl.serving.window import Window

Condition: TypeAlias = Callable[[Mapping[str, object]], object]
"""From what is measured, by the names of the language, to true, false or null."""

# A version's own share of a new measurement of its pace.
_WEIGHT = 0.2


class Scorer(Protocol):
    """What `mldsl.runtime.scoring` makes of a version."""

    @property
    def fields(self) -> Sequence[Field]:
        """What a request has to carry."""

    def score(self, rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
        """The predictions for rows by the program's names."""


@record
class Release:
    """How a version goes live: the stages of its rollout, as share and seconds, and when it is taken out again.

    `text` is the condition as it stands in the program.
    """

    stages: tuple[tuple[float, float | None], ...] = ()
    rollback: Condition | None = None
    text: str = ""


@record
class Parts:
    """What is read of a version in the registry: all that serving it takes.

    `others` are the names of the source's columns that are not among the scorer's fields; `doc` is what the program
    says of the deployment, `row_doc` what it says of the source.
    """

    number: int
    scorer: Scorer
    outputs: tuple[Output, ...]
    others: frozenset[str] = frozenset()
    release: Release = field(default_factory=Release)
    doc: str | None = None
    row_doc: str | None = None


class Loaded:
    """A version that is ready to answer. What is measured of it is of this server."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.number = parts.number
        self.label = str(parts.number)
        self.reader = Reader(parts.scorer.fields, parts.others)
        self.outputs = parts.outputs
        self.window = Window()
        self.measured_output = _measured(self.outputs)
        # Seconds for a row, which decides whether the others would be kept waiting.
        self.pace = 0.0

    def score(self, rows: Sequence[Row]) -> list[dict[str, object]]:
        """The predictions."""
        started = perf_counter()
        try:
            return self.parts.scorer.score(rows)
        finally:
            self.pace += _WEIGHT * ((perf_counter() - started) / len(rows) - self.pace)

    def total(self, predictions: Sequence[Mapping[str, object]]) -> tuple[float, int]:
        """The sum of the predictions that are numbers, and how many they are."""
        name = self.measured_output
        if name is None:
            return 0.0, 0
        total, rows = 0.0, 0
        for row in predictions:
            value = row[name]
            if value is not None:
                total += value  # type: ignore[operator]
                rows += 1
        return total, rows


def _measured(outputs: Sequence[Output]) -> str | None:
    """The output that `prediction_mean` is of: the positive class's probability, the number, the anomaly's score.

    Of several classes and of clusters there is none.
    """
    floats = [item.name for item in outputs if item.type.kind == "float"]
    if len(floats) == 1:
        return floats[0]
    bools = [item.name for item in outputs if item.type.kind == "bool"]
    return bools[0] if len(bools) == 1 and not floats else None
