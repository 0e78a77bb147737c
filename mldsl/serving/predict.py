"""The routes that predict: `/predict` with raw rows, and the Open Inference Protocol's `infer`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import field
from time import perf_counter
from typing import TypeAlias
from uuid import uuid4

import orjson

from mldsl.records import record
from mldsl.serving.endpoint import Endpoint, Live
from mldsl.serving.http import (
    BINARY,
    HEADER_LENGTH,
    App,
    GoneError,
    Headers,
    Receive,
    Reply,
    Scope,
    Send,
    check_type,
    header_length,
    read_body,
    refusal,
    send_reply,
)
from mldsl.serving.loaded import Loaded
from mldsl.serving.log import where
from mldsl.serving.protocol import check_outputs, load_json, read_inference, write_inference
from mldsl.serving.reader import Reader
from mldsl.serving.refused import RefusedError, bad

# What a client may call its request: it goes into logs and headers.
_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_ID_HEADER = b"x-request-id"
# Bytes from which on a request is read beside the event loop.
_LARGE = 100_000


@record
class Asked:
    """One request: its name, when it came, who may answer (`only` one version, if it says so), and its headers."""

    id: str
    started: float
    live: Live
    only: Loaded | None
    headers: Headers

    @property
    def first(self) -> Loaded:
        """The version whose columns a request has."""
        return self.only or self.live.champion


@record
class Done:
    """What came of a request: the answer, the version that gave it, and what the log may say of it."""

    reply: Reply
    version: str
    about: dict[str, object] = field(default_factory=dict)


_Handler: TypeAlias = Callable[[Asked, bytes], Awaitable[Done]]


@record
class _Route:
    """A way to a prediction; `version` is the one that the path names."""

    name: str
    handler: _Handler
    version: str | None = None


class Predictions:
    """The ASGI application in front of the others: it answers what predicts, and hands on the rest."""

    def __init__(self, endpoint: Endpoint, rest: App, *, access: bool = True) -> None:
        self._endpoint = endpoint
        self._rest = rest
        self._access = access
        self._routes = {
            "/predict": _Route("predict", self._predict),
            f"/v2/models/{endpoint.name}/infer": _Route("infer", self._infer),
        }
        self._versions = f"/v2/models/{endpoint.name}/versions/"
        self._prefix = uuid4().hex[:12]
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = perf_counter()
        route = self._route(scope["path"]) if scope["type"] == "http" else None
        if route is None:
            await self._rest(scope, receive, send)
            return
        headers: Headers = dict(scope["headers"])
        id_ = self._id(headers)
        try:
            done = await self._done(route, scope["method"], id_, started, headers, receive)
        except GoneError:
            return
        await send_reply(done.reply, ((_ID_HEADER, id_.encode("latin-1")),), send)
        self._note(route.name, id_, done, perf_counter() - started)

    def _route(self, path: str) -> _Route | None:
        found = self._routes.get(path)
        if found is None and path.startswith(self._versions) and path.endswith("/infer"):
            return _Route("infer", self._infer, path[len(self._versions) : -len("/infer")])
        return found

    async def _done(
        self, route: _Route, method: str, id_: str, started: float, headers: Headers, receive: Receive
    ) -> Done:
        """What comes of a request, whatever it is."""
        try:
            if method != "POST":
                message = f"{method} is not what this is for: send a POST request"
                return Done(refusal(RefusedError(405, message), ((b"allow", b"POST"),)), "")
            check_type(headers)
            body = await read_body(headers, receive)
            only = self._endpoint.loaded(route.version) if route.version is not None else None
            return await route.handler(Asked(id_, started, self._endpoint.live, only, headers), body)
        except RefusedError as refused:
            return Done(refusal(refused), refused.version, self._about(refused))
        except GoneError:
            raise
        except Exception as error:  # a bug of ours
            self._endpoint.log.say("error", "internal error", {"request": id_, **where(error)})
            return Done(refusal(RefusedError(500, "the server failed to answer this request")), "")

    # --- the two routes ---

    async def _predict(self, asked: Asked, body: bytes) -> Done:
        reader = asked.first.reader
        rows, single = await self._endpoint.apart(len(body) > _LARGE, lambda: rows_of(load_json(body), reader))
        answer = await self._endpoint.answer(rows, asked.live, asked.only, asked.started, asked.id)
        document: dict[str, object] = {"model": self._endpoint.name, "version": answer.version.number}
        if single:
            document["prediction"] = answer.predictions[0]
        else:
            document["predictions"] = answer.predictions
        return Done(Reply(200, orjson.dumps(document)), answer.version.label)

    async def _infer(self, asked: Asked, body: bytes) -> Done:
        length, reader = header_length(asked.headers, body), asked.first.reader
        inference = await self._endpoint.apart(len(body) > _LARGE, lambda: read_inference(body, length, reader))
        check_outputs(inference, asked.first.outputs)
        if not inference.rows:
            raise _no_rows()
        answer = await self._endpoint.answer(inference.rows, asked.live, asked.only, asked.started, asked.id)
        version = answer.version
        data, head = write_inference(
            inference, self._endpoint.name, version.number, version.outputs, answer.predictions
        )
        if head is None:
            return Done(Reply(200, data), version.label)
        return Done(Reply(200, data, BINARY, ((HEADER_LENGTH, b"%d" % head),)), version.label)

    # --- around them ---

    def _id(self, headers: Headers) -> str:
        """The request's name: what it is called by whoever sent it, else a new one."""
        given = headers.get(_ID_HEADER)
        if given is not None and _ID.fullmatch(given):
            return given.decode("ascii")
        return f"{self._prefix}-{next(self._numbers)}"

    def _about(self, refused: RefusedError) -> dict[str, object]:
        """What the log may say of a refusal: a name that no column has is the client's own, and may be anything."""
        known = refused.field in self._endpoint.live.champion.reader.known
        places = {"field": refused.field if known else None, "row": refused.row}
        return {name: place for name, place in places.items() if place is not None}

    def _note(self, route: str, id_: str, done: Done, seconds: float) -> None:
        status = done.reply.status
        self._endpoint.metrics.answered(done.version, route, status, seconds)
        if self._access or status >= 500:
            about: dict[str, object] = {"request": id_, "route": route, "status": status}
            about |= {"version": done.version or None, "ms": round(seconds * 1000, 3)} | done.about
            self._endpoint.log.say("info" if status < 500 else "error", "request", about)


def rows_of(document: object, reader: Reader) -> tuple[Sequence[object], bool]:
    """The raw rows of a document, and whether it is one row by itself.

    It is a row, a list of rows, or `{"rows": [...]}` (unless the source has a column `rows`). Raises RefusedError for
    anything else.
    """
    if isinstance(document, dict):
        if "rows" not in document or "rows" in reader.known or "rows" in reader.others:
            return [document], True
        if len(document) > 1:
            other = next(name for name in document if name != "rows")
            raise bad(f"`{other}` stands beside `rows`: send one row, or `rows` alone", field=other)
        document = document["rows"]
    if not isinstance(document, list):
        raise bad("a row (an object with its columns), a list of rows or `rows` with such a list is wanted")
    if not document:
        raise _no_rows()
    return document, False


def _no_rows() -> RefusedError:
    return bad("the request has no rows")
