"""Whatever is sent: an answer or a refusal, never a failure of the server."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mldsl.serving.app import make_app
from mldsl.serving.tensors import datatype
from tests.serving.fakes import FIELDS, ROW, Lines, endpoint, version

_LINES = Lines()
_ENDPOINT = endpoint(version(), lines=_LINES)
_APP = make_app(_ENDPOINT)

_VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["pro", "2024-02-29", "1h"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from([field.name for field in FIELDS] + ["churned", "rows"]) | st.text(max_size=5)
_CHANGED = st.dictionaries(_NAMES, _VALUES, max_size=3).map(lambda changes: ROW | changes)
_DOCUMENTS = _VALUES | _CHANGED | st.lists(_CHANGED, max_size=3) | st.builds(lambda rows: {"rows": rows}, _VALUES)
_SOUND = [
    {"name": field.name, "shape": [1], "datatype": datatype(field.type), "data": [ROW[field.name]]}
    for field in FIELDS
    if field.required
]
_PARTS = st.one_of(
    st.tuples(st.just("name"), _NAMES | _VALUES),
    st.tuples(st.just("shape"), st.lists(st.integers(-1, 3), max_size=3) | _VALUES),
    st.tuples(st.just("datatype"), st.sampled_from(["FP64", "INT64", "BYTES", "BOOL", "FP16"]) | _VALUES),
    st.tuples(st.just("data"), st.lists(_VALUES, max_size=2) | _VALUES),
    st.tuples(st.just("parameters"), st.fixed_dictionaries({"binary_data_size": _VALUES}) | _VALUES),
)
_TENSORS = st.builds(
    lambda at, part: [*_SOUND[:at], _SOUND[at] | dict([part]), *_SOUND[at + 1 :]],
    st.integers(0, len(_SOUND) - 1),
    _PARTS,
)
_INFERENCES = st.fixed_dictionaries(
    {"inputs": _TENSORS}, optional={"id": st.text(max_size=3), "outputs": _VALUES, "parameters": _VALUES}
) | st.fixed_dictionaries({"inputs": _VALUES}, optional={"id": _VALUES})


def status(path: str, body: bytes, headers: dict[str, str]) -> int:
    async def ask() -> int:
        transport = httpx.ASGITransport(_APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            reply = await client.post(path, content=body, headers={"content-type": "application/json"} | headers)
            assert (reply.status_code == 200) != ("error" in reply.json())
            return reply.status_code

    return asyncio.run(ask())


def check(path: str, body: bytes, **headers: str) -> None:
    assert status(path, body, headers) in (200, 400), _LINES.getvalue()[-2000:]


@settings(deadline=None)
@given(_DOCUMENTS)
def test_rows(document: Any) -> None:
    check("/predict", json.dumps(document).encode())


@settings(deadline=None, max_examples=300)
@given(_INFERENCES)
@example({"inputs": [_SOUND[0] | {"data": 3}, *_SOUND[1:]]})
@example({"inputs": [_SOUND[0] | {"shape": ["1"]}, *_SOUND[1:]]})
@example({"inputs": _SOUND, "outputs": 3})
def test_inferences(document: Any) -> None:
    check("/v2/models/churn/infer", json.dumps(document).encode())


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(0, 80))
def test_bytes(body: bytes, length: int) -> None:
    check("/predict", body)
    check("/v2/models/churn/infer", body, **{"inference-header-content-length": str(length)})
