"""HTTP on the way to a prediction: one request's body and headers in, one answer out, with nothing in between.

A web framework's machinery takes longer than most models do, so that predictions go past it. What they share with
everything else is ASGI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import orjson

from mldsl.records import record
from mldsl.serving.refused import RefusedError

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers: TypeAlias = dict[bytes, bytes]

MOST_BYTES = 10_000_000
"""A request with a larger body is refused."""

JSON = b"application/json"
BINARY = b"application/octet-stream"
HEADER_LENGTH = b"inference-header-content-length"


class GoneError(Exception):
    """Whoever asked has gone before the request was whole."""


@record
class Reply:
    """An answer; `headers` are further ones."""

    status: int
    body: bytes
    type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


def refusal(refused: RefusedError, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Reply:
    """The answer to a request that is not answered."""
    return Reply(refused.status, orjson.dumps(refused.document()), headers=headers)


async def read_body(headers: Headers, receive: Receive) -> bytes:
    """The body of a request. Raises RefusedError where it is too large, GoneError where it does not come."""
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > MOST_BYTES:
        raise _too_large()
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body = bytes(message.get("body", b""))
    else:
        body = await _rest(message, receive)
    if len(body) > MOST_BYTES:
        raise _too_large()
    return body


async def _rest(message: Message, receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        if message["type"] != "http.request":
            raise GoneError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            raise _too_large()
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


def check_type(headers: Headers) -> None:
    """Raises RefusedError for a body that is said to be something else than JSON, or to be compressed."""
    encoding = headers.get(b"content-encoding", b"identity")
    if encoding != b"identity":
        shown = encoding.decode("latin-1")
        raise RefusedError(415, f"a request is not to be compressed, and this one's content-encoding is `{shown}`")
    given = headers.get(b"content-type", JSON)
    if given == JSON:
        return
    media, _, rest = given.lower().partition(b";")
    media, rest = media.strip(), rest.replace(b" ", b"").replace(b'"', b"")
    json_like = media == JSON or media.endswith(b"+json") or (media == BINARY and HEADER_LENGTH in headers)
    if not json_like or (rest.startswith(b"charset=") and rest not in (b"charset=utf-8", b"charset=utf8")):
        shown = given.decode("latin-1")
        raise RefusedError(415, f"the content-type is `{shown}`, and `application/json` is wanted")


def header_length(headers: Headers, body: bytes) -> int | None:
    """How many bytes of the body are JSON, where binary tensors follow them. Raises RefusedError where it is wrong."""
    given = headers.get(HEADER_LENGTH)
    if given is None:
        return None
    if not given.isdigit() or int(given) > len(body):
        raise RefusedError(400, "`inference-header-content-length` is not a length within the request")
    return int(given)


async def send_reply(reply: Reply, more: tuple[tuple[bytes, bytes], ...], send: Send) -> None:
    """Send an answer, with more headers."""
    headers = [(b"content-type", reply.type), (b"content-length", b"%d" % len(reply.body)), *reply.headers, *more]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _too_large() -> RefusedError:
    return RefusedError(413, f"the request has more than {MOST_BYTES // 1_000_000} MB: send the rows in several")
