"""`mldsl serve` as a process, and requests from several threads."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.cli import environment


@dataclass
class Server:
    process: subprocess.Popen[str]
    url: str
    lines: list[dict[str, Any]]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@contextmanager
def serving(folder: Path, name: str, *words: str, **more: str) -> Iterator[Server]:
    """A server in a process of its own, with more words and more environment."""
    command = [sys.executable, "-m", "mldsl", "serve", name, "--port", "0", "--min-requests", "10", *words]
    process = subprocess.Popen(
        command, cwd=folder, env=environment(**more), stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    lines: list[dict[str, Any]] = []
    started = threading.Event()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(json.loads(line) if line.startswith("{") else {"event": line})
            if lines[-1]["event"] == "started":
                started.set()

    threading.Thread(target=read, daemon=True).start()
    try:
        assert started.wait(60), lines
        yield Server(process, next(item["url"] for item in lines if item["event"] == "started"), lines)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


class Load:
    """Requests from several threads until it ends; every answer has to be a prediction."""

    def __init__(self, rows: Iterable[dict[str, Any]], url: str) -> None:
        self.answers: Counter[int] = Counter()
        self.wrong: list[str] = []
        self._rows = list(rows)
        self._url = url
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(start,)) for start in range(4)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, start: int) -> None:
        with httpx.Client(base_url=self._url, timeout=60) as client:
            at = start
            while not self._over.is_set():
                try:
                    reply = client.post("/predict", json=self._rows[at % len(self._rows)])
                    if reply.status_code != 200:
                        self.wrong.append(reply.text)
                    else:
                        self.answers[reply.json()["version"]] += 1
                except httpx.HTTPError as error:
                    self.wrong.append(repr(error))
                at += 4


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
