"""What the latest requests of one version were like, which is what a rollback is decided by.

Looked at are the newest 1,000 requests of the last 15 minutes: many enough for a 99th percentile, few enough that a
version that goes wrong after an hour shows within a hundred requests.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from math import ceil

from mldsl.records import record

MOST = 1_000
LONGEST = 15 * 60.0


@record
class Measured:
    """What is measured of a version over `requests` requests; `mean` is None where no prediction is a number.

    `error_rate` is the share of requests that the version failed to answer (what a client did wrong does not count),
    `p50` and `p99` are seconds from a request's arrival to its answer.
    """

    requests: int
    error_rate: float | None = None
    p50: float | None = None
    p99: float | None = None
    mean: float | None = None

    def values(self) -> dict[str, object]:
        """By the names of the language, latencies as durations."""
        return {
            "error_rate": self.error_rate,
            "latency_p50": None if self.p50 is None else timedelta(seconds=self.p50),
            "latency_p99": None if self.p99 is None else timedelta(seconds=self.p99),
            "prediction_mean": self.mean,
        }

    def document(self) -> dict[str, object]:
        """For the history: latencies in seconds."""
        return {
            "requests": self.requests,
            "error_rate": self.error_rate,
            "latency_p50": self.p50,
            "latency_p99": self.p99,
            "prediction_mean": self.mean,
        }


class Window:
    """The latest requests: when, how long it took, whether it failed, the predictions' sum and how many they are."""

    def __init__(self) -> None:
        self._requests: deque[tuple[float, float, bool, float, int]] = deque(maxlen=MOST)
        self.count = 0

    def add(self, now: float, seconds: float, failed: bool, total: float = 0.0, rows: int = 0) -> None:
        """Note a request; `now` is a monotonic clock's."""
        self._requests.append((now, seconds, failed, total, rows))
        self.count += 1

    def measured(self, now: float) -> Measured:
        """What they were like."""
        while self._requests and self._requests[0][0] < now - LONGEST:
            self._requests.popleft()
        count = len(self._requests)
        if not count:
            return Measured(0)
        seconds = sorted(item[1] for item in self._requests)
        rows = sum(item[4] for item in self._requests)
        return Measured(
            count,
            sum(item[2] for item in self._requests) / count,
            quantile(seconds, 0.5),
            quantile(seconds, 0.99),
            sum(item[3] for item in self._requests) / rows if rows else None,
        )


def quantile(ordered: list[float], share: float) -> float:
    """The smallest of the values that at least this share of them does not exceed ("nearest rank")."""
    return ordered[max(ceil(share * len(ordered)) - 1, 0)]
