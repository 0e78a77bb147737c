"""Threads: sums of floats depend on how many threads share them, so what is fitted uses a fixed number.

Several steps may run in threads of one process. OpenMP's number of threads belongs to the thread that sets it; that of
BLAS is everybody's, so it is 1 from the moment when the first step asks until the last one has finished.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib import import_module
from threading import Lock, local
from typing import TypeVar

import threadpoolctl
from threadpoolctl import threadpool_limits

from mldsl.runtime.models.notices import hush

Given = TypeVar("Given")
Found = TypeVar("Found")


class _SharedLimit:
    """One BLAS thread for as long as anyone is in here."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._limit = ExitStack()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the limit."""
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                _take_control()
                self._limit.enter_context(threadpool_limits(limits=1, user_api="blas"))
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    _take_control()
                    self._limit.close()


def _take_control() -> None:
    """Newer threadpoolctl lets only the thread that first set BLAS's limit change it, and that may not be this one."""
    clear = getattr(getattr(threadpoolctl, "OpenBLASController", None), "clear_controlling_thread", None)
    if clear is not None:
        clear(force=True)


_BLAS = _SharedLimit()


class _Here(local):
    """How many threads OpenMP may use for this thread, where that has been set; one at most for one of several."""

    count: int | None = None
    alone: bool = False


_HERE = _Here()


@contextmanager
def native_threads(count: int) -> Iterator[None]:
    """One thread for BLAS, and so many for what this thread does with OpenMP: one where `workers` started it.

    (More threads of OpenMP than cores wait for each other, and are many times slower than one.)
    It takes some milliseconds to set, and nothing where it is already so.
    """
    count = 1 if _HERE.alone else count
    before = _HERE.count
    if before == count:
        yield
        return
    _load_libraries()
    with _BLAS.hold(), threadpool_limits(limits=count, user_api="openmp"):
        _HERE.count = count
        try:
            yield
        finally:
            _HERE.count = before


def _load_libraries() -> None:
    """Loads SciPy's BLAS and scikit-learn's OpenMP: what is loaded later is not limited.

    Threads of OpenMP that wait are to sleep, unless the user has said otherwise: they would spin, and on cores that
    others want too that takes three times the CPU time of the work itself. It is read when OpenMP is loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    for name in ("scipy.linalg", "sklearn.utils._openmp_helpers"):
        import_module(name)


@contextmanager
def workers(jobs: int) -> Iterator[Callable[[Callable[[Given], Found], Sequence[Given]], list[Found]]]:
    """A `map` that works on `jobs` items at a time, each in one thread with no further ones, and warns of nothing.

    The results stand in the order of the items, whatever order they were made in.
    """
    with native_threads(1):
        if jobs == 1:
            yield lambda function, items: [function(item) for item in items]
            return
        with ThreadPoolExecutor(jobs, initializer=_alone) as pool:
            yield lambda function, items: list(pool.map(function, items))


def _alone() -> None:
    threadpool_limits(limits=1, user_api="openmp")
    _HERE.count, _HERE.alone = 1, True
    hush()
