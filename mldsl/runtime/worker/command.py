"""What the worker's command lines have in common: what they say, and how they end, also when they are told to."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from mldsl.errors import MldslError


def carried_out(work: Callable[[], None]) -> int:
    """Do the work; the exit status. An error of ours is told in a line, with its way out in another."""
    # So that what is put away at the end of a task is put away.
    signal.signal(signal.SIGTERM, _end)
    try:
        work()
    except MldslError as error:
        log(f"error: {error.message}")
        if error.help is not None:
            log(f"help: {error.help}")
        return error.exit_status
    return 0


def log(line: str) -> None:
    """Tell a line on standard error, at once."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
