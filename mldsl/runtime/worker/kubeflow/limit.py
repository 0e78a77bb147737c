"""The time that a task may take: what takes longer is ended, and says so."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from mldsl.errors import StepError


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """While this lasts, not longer than that; StepError then."""
    if seconds is None:
        yield
        return

    def over(number: int, frame: object) -> None:
        raise StepError(f"not done after {seconds:g} s, the pipeline's `timeout`")

    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
