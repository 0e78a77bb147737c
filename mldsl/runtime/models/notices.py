"""Notices: what libraries warn of while a model is fitted, once each and in plain words.

Python's warnings belong to the whole process, and several steps may run in threads of one. So they are taken over for
as long as any step wants them, and each is given to the thread that it happens in.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import TextIO

_IGNORED = (
    DeprecationWarning,
    PendingDeprecationWarning,
    FutureWarning,
    RuntimeWarning,
    ImportWarning,
    ResourceWarning,
)

# Of scikit-learn: a column that has one value is no news to those who prepare it, and does no harm.
_HARMLESS = re.compile(r"Feature \d+ is constant and will be replaced with 0")
_DISTINCT = re.compile(r"Number of distinct clusters \((\d+)\) found smaller than n_clusters \((\d+)\)")

Caught = list[tuple[type[Warning], str]]


class _Here(local):
    """Where this thread's warnings go; None: to whoever had them before."""

    caught: Caught | None = None


_HERE = _Here()


class _Takeover:
    """Python's warnings, taken over while anyone is in here."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._saved = warnings.catch_warnings()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold them."""
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._saved = warnings.catch_warnings()
                self._saved.__enter__()
                before = warnings.showwarning

                def show(
                    message: Warning | str,
                    category: type[Warning],
                    filename: str,
                    lineno: int,
                    file: TextIO | None = None,
                    line: str | None = None,
                ) -> None:
                    if _HERE.caught is None:
                        before(message, category, filename, lineno, file, line)
                    else:
                        _HERE.caught.append((category, str(message)))

                warnings.simplefilter("always")
                warnings.showwarning = show
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    self._saved.__exit__(None, None, None)


_WARNINGS = _Takeover()


def hush() -> None:
    """Drops the warnings of this thread from now on, while any are taken over."""
    _HERE.caught = []


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is warned of in here; for what is tried and thrown away."""
    with noticed("", []):
        yield


@contextmanager
def noticed(name: str, found: list[str]) -> Iterator[None]:
    """Adds what is warned of in here to `found`, in the order in which it happens; `name` is the algorithm's."""
    before = _HERE.caught
    caught: Caught = []
    with _WARNINGS.hold():
        _HERE.caught = caught
        try:
            yield
        finally:
            _HERE.caught = before
    for category, text in caught:
        if issubclass(category, _IGNORED) or _HARMLESS.match(text):
            continue
        if (message := _plain(name, category, text)) not in found:
            found.append(message)


def _plain(name: str, category: type[Warning], text: str) -> str:
    if (few := _DISTINCT.match(text)) is not None:
        return f"`{name}`: the rows are of {few[1]} different kinds, fewer than the {few[2]} clusters asked for"
    if category.__name__ == "ConvergenceWarning":
        return f"`{name}` stopped before it had converged: raise its `max_iter`, or scale the features"
    return f"`{name}`: {' '.join(text.split())}"
