"""An endpoint: which version answers a request, and what happens when it cannot."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, perf_counter
from typing import TypeVar

import orjson
import xxhash

from mldsl.records import record
from mldsl.runtime.errors import StepFailed, UserCodeFailed
from mldsl.serving.loaded import Loaded
from mldsl.serving.log import Log, where
from mldsl.serving.metrics import Gauges, Metrics
from mldsl.serving.prediction_log import Entry, PredictionLog
from mldsl.serving.reader import Reader, Row
from mldsl.serving.refused import RefusedError

# What takes longer than this many seconds is scored beside the event loop, so that other requests are not kept waiting.
_INLINE = 0.005
# More rows than that take as long to be looked through.
_MANY = 500
_SPREAD = float(2**64)


T = TypeVar("T")


@record
class Live:
    """Who answers at the moment. `share` is the candidate's, `reader` its own with the champion's columns allowed."""

    champion: Loaded
    candidate: Loaded | None = None
    share: float = 0.0
    reader: Reader | None = None


@record
class Answer:
    """The predictions for a request and the version that made them."""

    version: Loaded
    predictions: Sequence[Mapping[str, object]]


class Endpoint:
    """What all requests share. `live` is replaced as a whole: a request keeps to the one that it has seen first."""

    def __init__(self, name: str, live: Live, log: Log, predictions: PredictionLog | None = None) -> None:
        self.name = name
        self.live = live
        self.log = log
        self.predictions = predictions
        self.metrics = Metrics()
        self.ready = True
        self._pool = ThreadPoolExecutor(max(os.cpu_count() or 1, 2), thread_name_prefix="score")

    def loaded(self, number: str) -> Loaded:
        """The version of that number. Raises RefusedError where it is not served."""
        versions = self.versions()
        for item in versions:
            if item.label == number:
                return item
        listed = " and ".join(f"version {item.number}" for item in versions)
        raise RefusedError(404, f"version {number} of `{self.name}` is not served here, {listed} is")

    def versions(self) -> list[Loaded]:
        """The champion, and the candidate if there is one."""
        live = self.live
        return [live.champion] if live.candidate is None else [live.champion, live.candidate]

    async def answer(
        self, raw: Sequence[object], live: Live, only: Loaded | None, started: float, request: str
    ) -> Answer:
        """The predictions for raw rows, by the version that the request falls to, or by `only`.

        Where the candidate fails the champion answers: whoever asks must not suffer from a version that is being tried
        out, and it counts against the candidate as if they had. Raises RefusedError for a request that is wrong (400),
        that the transforms cannot be applied to (422), or that the version fails to answer (500).
        """
        champion = only or live.champion
        rows = await self.apart(len(raw) > _MANY, lambda: champion.reader.rows(raw))
        beside = champion.reader.beside(raw)
        if only is None and live.candidate is not None:
            seed = live.candidate.number
            if share_of(champion.reader, rows[0], beside[0], seed) < live.share:
                found = await self._by_candidate(live.candidate, live.reader, raw, beside, started, request)
                if found is not None:
                    return found
        try:
            predictions = await self._score(champion, rows)
        except UserCodeFailed as error:
            self._failed(champion, error, started, request)
            raise _unanswered(champion) from error
        except StepFailed as error:
            message = f"the request cannot be worked on: {error.message}"
            raise RefusedError(422, message, version=champion.label) from error
        except Exception as error:
            self._failed(champion, error, started, request)
            raise _unanswered(champion) from error
        self._done(champion, rows, beside, predictions, started, request)
        return Answer(champion, predictions)

    async def _by_candidate(
        self,
        candidate: Loaded,
        reader: Reader | None,
        raw: Sequence[object],
        beside: Sequence[Row],
        started: float,
        request: str,
    ) -> Answer | None:
        own = reader or candidate.reader
        try:
            rows = await self.apart(len(raw) > _MANY, lambda: own.rows(raw))
        except RefusedError:
            return None  # what suits the champion is not wrong
        try:
            predictions = await self._score(candidate, rows)
        except Exception as error:
            self._failed(candidate, error, started, request)
            self.metrics.fallbacks += 1
            return None
        self._done(candidate, rows, beside, predictions, started, request)
        return Answer(candidate, predictions)

    async def _score(self, version: Loaded, rows: Sequence[Row]) -> list[dict[str, object]]:
        return await self.apart(len(rows) * version.pace >= _INLINE, lambda: version.score(rows))

    async def apart(self, long: bool, work: Callable[[], T]) -> T:
        """What comes of some work, which is done in a thread if it takes `long`."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work) if long else work()

    def _failed(self, version: Loaded, error: Exception, started: float, request: str) -> None:
        version.window.add(monotonic(), perf_counter() - started, failed=True)
        self.metrics.failed(version.label)
        self.log.say("error", "scoring failed", {"version": version.number, "request": request, **where(error)})

    def _done(
        self,
        version: Loaded,
        rows: Sequence[Row],
        beside: Sequence[Row],
        predictions: Sequence[Mapping[str, object]],
        started: float,
        request: str,
    ) -> None:
        total, count = version.total(predictions)
        version.window.add(monotonic(), perf_counter() - started, False, total, count)
        self.metrics.predicted(version.label, len(predictions), total)
        if self.predictions is not None:
            self.predictions.add(Entry(version, request, rows, beside, predictions))

    def metrics_text(self) -> str:
        """For Prometheus."""
        live, log = self.live, self.predictions
        now = monotonic()
        means = {f"{item.label}": item.window.measured(now).mean for item in self.versions()}
        gauges: Gauges = {
            "mldsl_champion_version": ("The version in production.", {(): float(live.champion.number)}),
            "mldsl_prediction_mean": (
                "Mean of the latest predictions, of which the rollback decides.",
                {(("version", label),): mean for label, mean in means.items() if mean is not None},
            ),
        }
        if live.candidate is not None:
            about = "The version that is tried out."
            gauges["mldsl_candidate_version"] = (about, {(): float(live.candidate.number)})
            gauges["mldsl_candidate_share"] = ("The candidate's share of the requests.", {(): live.share})
        counters: Gauges = {}
        if log is not None:
            counters = {
                "mldsl_logged_predictions_total": ("Predictions in the log.", {(): float(log.written)}),
                "mldsl_unlogged_predictions_total": ("Predictions lost to the log.", {(): float(log.dropped)}),
            }
        return self.metrics.text(gauges, counters)

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _unanswered(version: Loaded) -> RefusedError:
    return RefusedError(500, "the model failed to answer this request", version=version.label)


def share_of(reader: Reader, row: Row, beside: Row, seed: int) -> float:
    """Where a row lies between 0 and 1: always at the same place during one rollout, by its key if it has one.

    The place differs from one rollout to the next (`seed`), so that it is not always the same customers who try things.
    """
    keys = [field.column for field in (*reader.fields, *reader.extras) if "key" in field.roles]
    known = row | beside
    found = [known[name] for name in keys if name in known]
    text = orjson.dumps(found or [*row.values()], default=str)
    return xxhash.xxh3_64_intdigest(text, seed=seed) / _SPREAD
