"""Stands in for what other parts of mldsl bring: a scorer, a registry, and a client without a network."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn

from mldsl.catalog.types import BOOL, FLOAT, INT, STRING, Type
from mldsl.serving.app import make_app
from mldsl.serving.endpoint import Endpoint, Live
from mldsl.serving.loaded import Loaded, Parts, Release
from mldsl.serving.log import Log
from mldsl.serving.protocol import Output

PLAN = Type("enum", values=("basic", "pro"))


@dataclass(frozen=True)
class Field:
    name: str
    column: str
    type: Type
    roles: tuple[str, ...] = ()
    required: bool = True


FIELDS = (
    Field("Monthly Charges", "charges", FLOAT),
    Field("tenure", "tenure", INT.with_null()),
    Field("plan", "plan", PLAN),
    Field("vip", "vip", BOOL),
    Field("since", "since", Type("date")),
    Field("seen", "seen", Type("datetime", nullable=True)),
    Field("note", "note", STRING.with_null()),
    Field("id", "id", INT, ("key",), required=False),
    Field("gender", "gender", STRING, ("sensitive",), required=False),
)
ROW: dict[str, Any] = {
    "Monthly Charges": 12.5,
    "tenure": 3,
    "plan": "pro",
    "vip": True,
    "since": "2024-02-29",
    "seen": "2024-03-01T12:00:00+02:00",
    "note": None,
}
OUTPUTS = (Output("churned_predicted", BOOL), Output("churned_probability", FLOAT))


@dataclass
class Scorer:
    """Its probability is the charges by a hundred; `fails` and `waits` say what else happens."""

    fields: Sequence[Field] = FIELDS
    outputs: Sequence[Output] = OUTPUTS
    fails: Exception | None = None
    waits: float = 0.0
    probability: float | None = None
    seen: list[Any] = field(default_factory=list)

    def score(self, rows: Sequence[Any]) -> list[dict[str, object]]:
        time.sleep(self.waits)
        if self.fails is not None:
            raise self.fails
        self.seen += rows
        found = [row["charges"] / 100 if self.probability is None else self.probability for row in rows]
        return [{"churned_predicted": item >= 0.5, "churned_probability": item} for item in found]


class Lines(io.StringIO):
    """What the server's log said."""

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


def version(number: int = 1, scorer: Scorer | None = None, release: Release | None = None) -> Loaded:
    return Loaded(parts(number, scorer or Scorer(), release or Release()))


def parts(number: int, scorer: Scorer, release: Release) -> Parts:
    return Parts(number, scorer, tuple(scorer.outputs), frozenset({"churned"}), release)


def endpoint(
    champion: Loaded, candidate: Loaded | None = None, share: float = 0.0, lines: Lines | None = None, **more: Any
) -> Endpoint:
    return Endpoint("churn", Live(champion, candidate, share), Log(lines or Lines()), **more)


def call(served: Endpoint, work: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    """What comes of talking to an endpoint."""

    async def talk() -> Any:
        transport = httpx.ASGITransport(make_app(served), raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await work(client)

    return asyncio.run(talk())


def get(served: Endpoint, path: str) -> httpx.Response:
    return call(served, lambda client: client.get(path))


def post(served: Endpoint, path: str, **given: Any) -> httpx.Response:
    return call(served, lambda client: client.post(path, **given))


def predict(served: Endpoint, document: object) -> httpx.Response:
    return post(served, "/predict", json=document)


@contextmanager
def listening(served: Endpoint) -> Iterator[str]:
    """An endpoint behind a real socket; gives its URL."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        found.listen()
        config = uvicorn.Config(make_app(served), lifespan="off", ws="none", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [found]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{found.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
