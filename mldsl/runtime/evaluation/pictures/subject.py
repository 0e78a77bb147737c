"""What a picture is about: the facts of an evaluation in the words that headings and axes use."""

from __future__ import annotations

from dataclasses import dataclass

from mldsl.runtime.evaluation.pictures.canvas import Heading, count, short
from mldsl.runtime.evaluation.slices import Json

_WORDS = 34  # columns that a name from the data gets within a sentence


@dataclass(frozen=True, slots=True)
class Subject:
    """An evaluation's document, looked at by who draws."""

    found: Json

    @property
    def rows(self) -> int:
        """How many rows were judged."""
        return int(self.found["rows"])

    @property
    def target(self) -> str:
        """The column that is predicted, short enough for a sentence."""
        return short(self.found["target"] or "target", _WORDS)

    @property
    def positive(self) -> str:
        """The rows that a binary model looks for: `churned = true`."""
        return f"{self.target} = {self._class(1)}"

    @property
    def negative(self) -> str:
        """The other rows."""
        return f"{self.target} = {self._class(0)}"

    @property
    def score(self) -> str:
        """What a binary model's score is called."""
        return f"predicted probability of {self.positive}" if self.found["task"] == "binary" else "anomaly score"

    @property
    def threshold(self) -> float | None:
        """From which score on a row is called positive."""
        found: float | None = self.found["threshold"]
        return found

    def baseline(self, metric: str) -> float | None:
        """The metric of the trivial baseline."""
        found: float | None = (self.found["baseline"] or {}).get(metric)
        return found

    def heading(self, what: str, more: str = "", note: str = "") -> Heading:
        """`churn_model on data.test`, and below it what is shown of how many rows."""
        title = f"{self.found['model']} on {self.found['table']}"
        return Heading(title, f"{what} · {count(self.rows)}{', ' if more else ''}{more}", note)

    def _class(self, number: int) -> str:
        """The name of a class; the column that anomalies are judged against says true or false."""
        if self.found["task"] == "anomaly":
            return ("false", "true")[number]
        return short(str(self.found["classes"][number]), _WORDS)
