"""Why a worker process died, in words, with the line of the user's file where that can be known."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from mldsl.plan.nodes import Step
from mldsl.records import record
from mldsl.runtime.execute import Failure
from mldsl.runtime.words import duration

# What Python's faulthandler writes, innermost first.
_FRAME = re.compile(r'^  File "(?P<file>[^"\n]+)", line (?P<line>\d+) in ', re.MULTILINE)
_TRACE = re.compile(r"^.*\(most recent call first\):$", re.MULTILINE)
_NO_MEMORY = re.compile(r"memory allocation of \d+ bytes failed|std::bad_alloc|out of memory", re.IGNORECASE)
_CAME_DOWN = {
    signal.SIGSEGV: "a segmentation fault",
    signal.SIGBUS: "a bus error",
    signal.SIGILL: "an illegal instruction",
    signal.SIGFPE: "an arithmetic error of the processor",
}


@record
class Died(Exception):  # noqa: N818 - it says what happened
    """A worker gave no answer.

    `status` is its exit status, minus the number of the signal that ended it, or None where it went on, but could not
    be heard any more. `limit` is the number of seconds that it was given, if it was killed for taking longer.
    """

    status: int | None
    limit: float | None = None


class TimeUp(Exception):  # noqa: N818 - it says what happened
    """A worker was ended because its search for the best trial went on although the time for that was up."""


def failure(died: Died, step: Step, printed: str, folder: Path) -> Failure:
    """What to tell of it; `printed` is the last that the process printed, Python's fault handler included."""
    what, where = f"`{step.name}`", _place(printed, folder)
    if died.limit is not None:
        message = f"{what} took longer than the pipeline's `timeout` of {duration(died.limit)} and was stopped{where}"
        return Failure("error", message, "raise `timeout` in the `pipeline` block, or make the step faster")
    if died.status is None:
        message = f"{what} closed its connection to the run before it was done"
        return Failure("error", message, "let it close only the files that it opened")
    if died.status >= 0:
        message = f"{what} ended its process with status {died.status} before it was done"
        return Failure("error", message, "let it return or raise an error instead of calling `os._exit`")
    number = signal.Signals(-died.status) if -died.status in set(signal.Signals) else None
    if number in (signal.SIGABRT, signal.SIGKILL) and _NO_MEMORY.search(printed):
        return Failure("error", f"{what} ran out of memory{where}", _LESS)
    if number == signal.SIGKILL:
        message = f"the process of {what} was killed from outside (SIGKILL), as the system does when memory runs out"
        return Failure("error", message, _LESS)
    if number in _CAME_DOWN:
        message = f"{what} broke down with {_CAME_DOWN[number]} ({number.name}) in a library's native code{where}"
        return Failure("error", message)
    name = number.name if number is not None else f"signal {-died.status}"
    return Failure("error", f"the process of {what} was ended by {name}{where}")


_LESS = "let it work on fewer rows or columns at a time, run fewer steps at once (`--jobs 1`), or give it more memory"


def _place(printed: str, folder: Path) -> str:
    """The innermost line of the user's own files in the last traceback of the fault handler."""
    traces = list(_TRACE.finditer(printed))
    if not traces:
        return ""
    own = folder.resolve()
    for frame in _FRAME.finditer(printed, traces[-1].end()):
        file = Path(frame["file"])
        if file.is_relative_to(own) and "site-packages" not in file.parts:
            return f" ({file.relative_to(own).as_posix()}, line {frame['line']})"
    return ""
