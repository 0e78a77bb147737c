"""What is counted of an endpoint, in Prometheus' text format (version 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import TypeAlias

Labels: TypeAlias = tuple[tuple[str, str], ...]
Gauges: TypeAlias = dict[str, tuple[str, dict[Labels, float]]]
"""What is said of each, and its value by labels."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Upper bounds in seconds: a prediction takes about one millisecond, a large batch seconds.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Histogram:
    """How many requests took how long."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds


class Metrics:
    """Counters since the server started; `version` is empty for a request that was refused before one was chosen."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, str, int], int] = {}
        self.seconds: dict[tuple[str, str], Histogram] = {}
        self.failures: dict[str, int] = {}
        self.fallbacks = 0
        self.predictions: dict[str, int] = {}
        self.sums: dict[str, float] = {}

    def answered(self, version: str, route: str, status: int, seconds: float) -> None:
        """A request has its answer."""
        key = (version, route, status)
        self.requests[key] = self.requests.get(key, 0) + 1
        histogram = self.seconds.get((version, route))
        if histogram is None:
            histogram = self.seconds[version, route] = Histogram()
        histogram.add(seconds)

    def failed(self, version: str) -> None:
        """A version failed to answer."""
        self.failures[version] = self.failures.get(version, 0) + 1

    def predicted(self, version: str, rows: int, total: float) -> None:
        """A version gave predictions; `total` is their sum."""
        self.predictions[version] = self.predictions.get(version, 0) + rows
        self.sums[version] = self.sums.get(version, 0.0) + total

    def text(self, gauges: Gauges, counters: Gauges) -> str:
        """All of it, and further `gauges` and `counters`."""
        lines: list[str] = []
        _family(lines, "mldsl_requests_total", "counter", "Requests by version, route and status.", self._requests())
        _family(
            lines,
            "mldsl_scoring_failures_total",
            "counter",
            "Requests that a version failed to answer.",
            ((_version(version), count) for version, count in self.failures.items()),
        )
        _family(
            lines,
            "mldsl_predictions_total",
            "counter",
            "Rows that were predicted.",
            ((_version(version), count) for version, count in self.predictions.items()),
        )
        _family(
            lines,
            "mldsl_prediction_sum_total",
            "counter",
            "Sum of the predictions: the probability of the positive class, or the number.",
            ((_version(version), total) for version, total in self.sums.items()),
        )
        fallbacks: Iterable[tuple[Labels, float]] = [((), self.fallbacks)]
        _family(
            lines,
            "mldsl_fallbacks_total",
            "counter",
            "Requests that the champion answered because the candidate failed to.",
            fallbacks,
        )
        for kind, families in (("gauge", gauges), ("counter", counters)):
            for name, (about, samples) in families.items():
                _family(lines, name, kind, about, samples.items())
        self._histograms(lines)
        return "\n".join(lines) + "\n"

    def _requests(self) -> Iterable[tuple[Labels, float]]:
        for (version, route, status), count in self.requests.items():
            yield (*_version(version), ("route", route), ("status", str(status))), count

    def _histograms(self, lines: list[str]) -> None:
        name = "mldsl_request_seconds"
        _family(lines, name, "histogram", "Seconds from a request's arrival to its answer.", ())
        for (version, route), histogram in self.seconds.items():
            labels: Labels = (*_version(version), ("route", route))
            so_far = 0
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), histogram.counts, strict=True):
                so_far += count
                lines.append(_sample(f"{name}_bucket", (*labels, ("le", bound)), so_far))
            lines.append(_sample(f"{name}_sum", labels, histogram.total))
            lines.append(_sample(f"{name}_count", labels, so_far))


def _version(version: str) -> Labels:
    return (("version", version),)


def _family(lines: list[str], name: str, kind: str, about: str, samples: Iterable[tuple[Labels, float]]) -> None:
    lines += (f"# HELP {name} {about}", f"# TYPE {name} {kind}")
    lines += (_sample(name, labels, value) for labels, value in samples)


def _sample(name: str, labels: Labels, value: float) -> str:
    inner = ",".join(f'{key}="{_escaped(item)}"' for key, item in labels)
    return f"{name}{{{inner}}} {value!r}" if inner else f"{name} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
