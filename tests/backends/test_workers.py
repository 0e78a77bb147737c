"""The threads of a run: all that can run at once does, no more than allowed, and what fails ends all."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from mldsl_local.workers import Stopped, Task, Workers


class Queue:
    """Work that becomes ready while other work is done."""

    def __init__(self, *ready: Callable[[], None]) -> None:
        self.ready = list(ready)
        self.lock = threading.Lock()

    def add(self, *more: Callable[[], None]) -> None:
        with self.lock:
            self.ready += more

    def take(self) -> Task | None:
        with self.lock:
            return Task(self.ready.pop(0), bool(self.ready)) if self.ready else None


def test_what_is_ready_together_runs_together():
    for _ in range(200):
        together = threading.Barrier(2, timeout=20)
        queue = Queue()
        queue.add(lambda queue=queue, wait=together.wait: queue.add(wait, wait))
        Workers().run(2, queue.take)  # a worker that waited alone would raise BrokenBarrierError
        assert not queue.ready


def test_a_worker_that_is_about_to_end_goes_on_where_there_is_more():
    together = threading.Barrier(2, timeout=20)
    idle = threading.Event()
    queue = Queue()

    def add() -> None:
        idle.wait(20)  # the other has found nothing, and has not ended yet
        queue.add(together.wait, together.wait)

    def take() -> Task | None:
        task = queue.take()
        if task is None:
            idle.set()
            threading.Event().wait(0.2)
        return task

    queue.add(add, lambda: None)
    Workers().run(2, take)
    assert not queue.ready


def test_no_more_run_at_once_than_are_allowed():
    running, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.002)
        with lock:
            running -= 1

    Workers().run(2, Queue(*[work] * 20).take)
    assert most == 2


def test_what_a_task_raises_is_raised_and_nothing_begins_any_more():
    done: list[int] = []

    def fail() -> None:
        raise ValueError("no")

    queue = Queue(fail, lambda: done.append(1))
    workers = Workers()
    with pytest.raises(ValueError, match="no"):
        workers.run(1, queue.take)
    workers.interrupt()
    assert not done


def test_an_interrupt_stops_what_is_running():
    stopped = threading.Event()
    workers = Workers()

    def work() -> None:
        workers.stop.wait(20)
        raise Stopped

    def end() -> None:
        workers.interrupt()
        stopped.set()

    threading.Timer(0.05, end).start()
    with pytest.raises(Stopped):
        workers.run(1, Queue(work).take)
    assert stopped.wait(20)
