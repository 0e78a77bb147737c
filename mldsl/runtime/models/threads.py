"""Threads: sums of floats depend on how many threads share them, so what is fitted uses a fixed number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from threadpoolctl import threadpool_limits

Given = TypeVar("Given")
Found = TypeVar("Found")


@contextmanager
def native_threads(count: int) -> Iterator[None]:
    """Lets BLAS and OpenMP use so many threads in here."""
    with threadpool_limits(limits=count):
        yield


@contextmanager
def workers(jobs: int) -> Iterator[Callable[[Callable[[Given], Found], Sequence[Given]], list[Found]]]:
    """A `map` that works on `jobs` items at a time, each in one thread with no further ones.

    The results stand in the order of the items, whatever order they were made in.
    """
    if jobs == 1:
        with native_threads(1):
            yield lambda function, items: [function(item) for item in items]
        return
    with native_threads(1), ThreadPoolExecutor(jobs, initializer=threadpool_limits, initargs=(1,)) as pool:
        yield lambda function, items: list(pool.map(function, items))
