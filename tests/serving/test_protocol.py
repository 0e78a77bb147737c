"""The Open Inference Protocol, version 2: by hand, and with two clients that others wrote."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from open_inference.openapi import InferenceRequest, RequestInput, RequestOutput, TensorData
from open_inference.openapi.client import OpenInferenceClient
from open_inference.openapi.core import ApiError
from open_inference.openapi.errors import BadRequestError

from mldsl.catalog.types import FLOAT, STRING, Type
from mldsl.serving.endpoint import Endpoint
from tests.serving.fakes import Field, Output, Scorer, endpoint, get, listening, post, version

COLUMNS: dict[str, tuple[str, list[Any]]] = {
    "Monthly Charges": ("FP64", [12.5, 80.0]),
    "tenure": ("INT64", [3, None]),
    "plan": ("BYTES", ["pro", "basic"]),
    "vip": ("BOOL", [True, False]),
    "since": ("BYTES", ["2024-02-29", "2024-03-01"]),
    "seen": ("BYTES", [None, "2024-03-01T12:00:00Z"]),
    "note": ("BYTES", ["a", None]),
}


def tensors(**changed: Any) -> list[dict[str, Any]]:
    return [
        {"name": name, "datatype": kind, "shape": [len(data)], "data": data} | changed.get(name, {})
        for name, (kind, data) in COLUMNS.items()
    ]


def infer(served: Endpoint, document: Any, path: str = "/v2/models/churn/infer") -> Any:
    return post(served, path, json=document)


def test_predictions() -> None:
    reply = infer(endpoint(version(4)), {"id": "r1", "inputs": tensors()})
    assert reply.status_code == 200
    assert reply.json() == {
        "model_name": "churn",
        "model_version": "4",
        "id": "r1",
        "outputs": [
            {"name": "churned_predicted", "datatype": "BOOL", "shape": [2], "data": [False, True]},
            {"name": "churned_probability", "datatype": "FP64", "shape": [2], "data": [0.125, 0.8]},
        ],
    }


def test_the_rows_are_those_of_the_plain_route() -> None:
    scorer = Scorer()
    served = endpoint(version(1, scorer))
    infer(served, {"inputs": tensors()})
    rows = [{name: data[at] for name, (_, data) in COLUMNS.items()} for at in (0, 1)]
    post(served, "/predict", json=rows)
    assert scorer.seen[:2] == scorer.seen[2:]


def test_metadata() -> None:
    served = endpoint(version(4), version(5), 0.5)
    found = get(served, "/v2/models/churn").json()
    assert (found["name"], found["versions"], found["platform"]) == ("churn", ["4", "5"], "mldsl")
    assert [(item["name"], item["datatype"], item["shape"]) for item in found["inputs"]] == [
        (name, kind, [-1]) for name, (kind, _) in COLUMNS.items()
    ]
    assert found["inputs"][1]["parameters"] == {"type": "int", "nullable": True}
    assert found["inputs"][2]["parameters"] == {"type": 'enum("basic", "pro")', "nullable": False}
    assert [(item["name"], item["datatype"]) for item in found["outputs"]] == [
        ("churned_predicted", "BOOL"),
        ("churned_probability", "FP64"),
    ]
    assert get(served, "/v2/models/churn/versions/5").json()["versions"] == ["5"]


def test_health() -> None:
    served = endpoint(version(4))
    assert get(served, "/v2").json()["name"] == "mldsl"
    paths = ("health/live", "health/ready", "models/churn/ready", "models/churn/versions/4/ready")
    assert [get(served, f"/v2/{path}").status_code for path in paths] == [200] * 4
    served.ready = False
    assert [get(served, f"/v2/{path}").status_code for path in paths] == [200, 503, 503, 503]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v2/models/chrun", "there is no model `chrun` here: this is the endpoint `churn`"),
        ("/v2/models/chrun/ready", "there is no model `chrun` here: this is the endpoint `churn`"),
        ("/v2/models/churn/versions/9", "version 9 of `churn` is not served here, version 4 is"),
        ("/v2/models/churn/versions/x/ready", "version x of `churn` is not served here, version 4 is"),
    ],
)
def test_what_is_not_there(path: str, said: str) -> None:
    reply = get(endpoint(version(4)), path)
    assert (reply.status_code, reply.json()) == (404, {"error": said})


def test_a_version_of_its_own() -> None:
    served = endpoint(version(4), version(5, Scorer(probability=0.9)), 0.0)
    reply = infer(served, {"inputs": tensors()}, "/v2/models/churn/versions/5/infer")
    assert reply.json()["model_version"] == "5"
    assert infer(served, {"inputs": tensors()}, "/v2/models/churn/versions/6/infer").status_code == 404


@pytest.mark.parametrize("shape", [[2], [2, 1]])
def test_shapes(shape: list[int]) -> None:
    data = [[1.0], [2.0]] if len(shape) == 2 else [1.0, 2.0]
    changed = tensors(**{"Monthly Charges": {"shape": shape, "data": data}})
    assert infer(endpoint(version()), {"inputs": changed}).status_code == 200


def test_a_vector_has_as_many_elements_as_it_is_long() -> None:
    scorer = Scorer(fields=(Field("v", "charges", Type("vector", size=3)),), outputs=(Output("y", FLOAT),))
    scorer.score = lambda rows: [{"y": sum(row["charges"])} for row in rows]  # type: ignore[method-assign]
    served = endpoint(version(1, scorer))
    assert get(served, "/v2/models/churn").json()["inputs"][0]["shape"] == [-1, 3]
    tensor = {"name": "v", "datatype": "FP32", "shape": [2, 3], "data": [[1, 2, 3], [4, 5, 6]]}
    assert infer(served, {"inputs": [tensor]}).json()["outputs"][0]["data"] == [6.0, 15.0]
    assert infer(served, {"inputs": [tensor | {"data": [1, 2, 3, 4, 5, 6]}]}).status_code == 200
    wrong = infer(served, {"inputs": [tensor | {"shape": [3, 2]}]}).json()["error"]
    assert wrong == "`v` has the shape [3, 2], and [rows, 3] is wanted"


@pytest.mark.parametrize(
    ("document", "field", "said"),
    [
        ([], "inputs", "the request has no `inputs`, a list of tensors"),
        ({"inputs": {}}, "inputs", "the request has no `inputs`, a list of tensors"),
        ({"inputs": [3]}, "inputs", "each of `inputs` is an object with `name`, `shape`, `datatype` and `data`"),
        ({"inputs": tensors(), "id": 3}, "id", "`id` is a string"),
        ({"inputs": tensors()[1:]}, "Monthly Charges", "`Monthly Charges` is missing in `inputs`"),
        ({"inputs": [*tensors(), tensors()[0]]}, "Monthly Charges", "`Monthly Charges` is there twice"),
        ({"inputs": tensors(plan={"name": "plam"})}, "plam", "there is no input `plam`; did you mean `plan`?"),
        ({"inputs": tensors(tenure={"datatype": "FP64"})}, "tenure", "`tenure` has the datatype FP64, and INT64, INT8"),
        ({"inputs": tensors(tenure={"datatype": None})}, "tenure", "`tenure` has the datatype None, and INT64, INT8"),
        ({"inputs": tensors(tenure={"shape": [3]})}, "tenure", "`tenure` has 2 elements, and its shape [3] says 3"),
        ({"inputs": tensors(tenure={"shape": [2, 2]})}, "tenure", "`tenure` has the shape [2, 2], and [rows] or"),
        ({"inputs": tensors(tenure={"shape": "2"})}, "tenure", "`tenure` has the shape 2, and [rows] or [rows, 1]"),
        ({"inputs": tensors(tenure={"shape": [-1]})}, "tenure", "`tenure` has the shape [-1], and [rows] or"),
        ({"inputs": tensors(tenure={"data": 3})}, "tenure", "`tenure` has no `data`, a list of its elements"),
        ({"inputs": tensors(tenure={"data": [3, [1]]})}, "tenure", "the `data` of `tenure` mixes lists and elements"),
        (
            {"inputs": tensors(tenure={"shape": [1], "data": [3]})},
            "tenure",
            "`tenure` has 1 rows, and `Monthly Charges` 2",
        ),
        ({"inputs": tensors(plan={"data": ["pro", "gold"]})}, "plan", '`plan` in row 1 is "gold", none of'),
        ({"inputs": tensors(), "outputs": [3]}, "outputs", "each of `outputs` is an object with a `name`"),
        ({"inputs": tensors(), "outputs": [{"name": "x"}]}, "x", "there is no output `x`; there are"),
    ],
)
def test_a_wrong_request(document: Any, field: str, said: str) -> None:
    reply = infer(endpoint(version()), document)
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(said)
    assert reply.json()["field"] == field


def test_no_rows() -> None:
    empty = [item | {"shape": [0], "data": []} for item in tensors()]
    assert infer(endpoint(version()), {"inputs": empty}).json() == {"error": "the request has no rows"}


# --- clients that others wrote ---------------------------------------------------------------------------------------


@pytest.fixture
def url() -> Iterator[str]:
    with listening(endpoint(version(4))) as found:
        yield found


def test_the_protocols_own_client(url: str) -> None:
    client = OpenInferenceClient(base_url=url)
    client.check_server_liveness()
    client.check_server_readiness()
    client.check_model_version_readiness("churn", "4")
    assert client.read_server_metadata().name == "mldsl"
    about = client.read_model_metadata("churn")
    assert about.inputs is not None
    # Its own type of tensors has no null.
    data = {"tenure": [3, 4], "seen": ["2024-03-01", "2024-03-01T12:00:00Z"], "note": ["a", "b"]}
    inputs = [
        RequestInput(
            name=item.name,
            shape=[2],
            datatype=item.datatype,
            data=TensorData.parse_obj(data.get(item.name, COLUMNS[item.name][1])),
        )
        for item in about.inputs
    ]
    reply = client.model_infer("churn", request=InferenceRequest(id="a", inputs=inputs))
    assert (reply.id, reply.model_name, reply.model_version) == ("a", "churn", "4")
    assert [output.data.__root__ for output in reply.outputs] == [[False, True], [0.125, 0.8]]
    asked = InferenceRequest(inputs=inputs, outputs=[RequestOutput(name="churned_probability")])
    assert [output.name for output in client.model_version_infer("churn", "4", request=asked).outputs] == [
        "churned_probability"
    ]
    with pytest.raises(BadRequestError):
        client.model_infer("churn", request=InferenceRequest(inputs=inputs[1:]))
    with pytest.raises(ApiError, match="404"):
        client.read_model_metadata("chrun")


@pytest.mark.parametrize("binary", [True, False])
def test_tritons_client(url: str, binary: bool) -> None:
    """Which sends and asks for binary tensors unless it is told not to."""
    triton = pytest.importorskip("tritonclient.http")
    import numpy as np

    client = triton.InferenceServerClient(url.removeprefix("http://"))
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("churn")
    assert client.is_model_ready("churn", "4")
    assert client.get_model_metadata("churn")["versions"] == ["4"]
    kinds = {"FP64": np.float64, "INT64": np.int64, "BOOL": np.bool_, "BYTES": np.object_}
    given = COLUMNS | {"tenure": ("INT64", [3, 4]), "seen": ("BYTES", ["2024-03-01"] * 2), "note": ("BYTES", ["ä", ""])}
    inputs = []
    for name, (kind, data) in given.items():
        tensor = triton.InferInput(name, [2], kind)
        values = [item.encode() for item in data] if kind == "BYTES" else data
        tensor.set_data_from_numpy(np.array(values, dtype=kinds[kind]), binary_data=binary)
        inputs.append(tensor)
    outputs = None if binary else [triton.InferRequestedOutput("churned_probability", binary_data=False)]
    reply = client.infer("churn", inputs, outputs=outputs, request_id="b")
    assert reply.as_numpy("churned_probability").tolist() == [0.125, 0.8]
    if binary:
        assert reply.as_numpy("churned_predicted").tolist() == [False, True]
    assert reply.get_response()["id"] == "b"
    with pytest.raises(Exception, match="is missing in `inputs`"):
        client.infer("churn", inputs[1:])


# --- tensors in binary form ------------------------------------------------------------------------------------------


def binary(parts: list[tuple[str, str, bytes]], rows: int = 1, **more: Any) -> dict[str, Any]:
    inputs = [
        {"name": name, "datatype": kind, "shape": [rows], "parameters": {"binary_data_size": len(data)}}
        for name, kind, data in parts
    ]
    head = json.dumps({"inputs": inputs} | more).encode()
    headers = {"inference-header-content-length": str(len(head)), "content-type": "application/octet-stream"}
    return {"content": head + b"".join(data for _, _, data in parts), "headers": headers}


TWO = (Field("x", "charges", FLOAT.with_null()), Field("s", "s", STRING))
PATH = "/v2/models/churn/infer"


def served_two(seen: list[Any]) -> Endpoint:
    scorer = Scorer(fields=TWO, outputs=(Output("y", FLOAT), Output("t", STRING)))

    def score(rows: Any) -> list[dict[str, object]]:
        seen.extend(rows)
        return [{"y": row["charges"], "t": row["s"]} for row in rows]

    scorer.score = score  # type: ignore[method-assign]
    return endpoint(version(1, scorer))


def test_binary_tensors_there_and_back() -> None:
    seen: list[Any] = []
    texts = struct.pack("<I", 2) + "ä".encode() + struct.pack("<I", 0)
    floats = struct.pack("<2f", 0.5, float("nan"))
    sent = binary([("x", "FP32", floats), ("s", "BYTES", texts)], 2, parameters={"binary_data_output": True})
    reply = post(served_two(seen), PATH, **sent)
    assert seen == [{"charges": 0.5, "s": "ä"}, {"charges": None, "s": ""}]
    head = int(reply.headers["inference-header-content-length"])
    assert [item["parameters"] for item in json.loads(reply.content[:head])["outputs"]] == [
        {"binary_data_size": 16},
        {"binary_data_size": 10},
    ]
    first, second = struct.unpack("<2d", reply.content[head : head + 16])
    assert (first, second != second) == (0.5, True)
    assert reply.content[head + 16 :] == texts


@pytest.mark.parametrize(
    ("kind", "code", "value"),
    [
        ("FP64", "d", 1.5), ("FP32", "f", 1.5), ("FP16", "e", 1.5), ("INT8", "b", -3), ("INT16", "h", -3),
        ("INT32", "i", -3), ("INT64", "q", -3), ("UINT8", "B", 3), ("UINT16", "H", 3), ("UINT32", "I", 3),
        ("UINT64", "Q", 3),
    ],
)  # fmt: skip
def test_numbers_of_every_kind(kind: str, code: str, value: float) -> None:
    seen: list[Any] = []
    text = struct.pack("<I", 1) + b"a"
    reply = post(served_two(seen), PATH, **binary([("x", kind, struct.pack(f"<{code}", value)), ("s", "BYTES", text)]))
    assert reply.status_code == 200
    assert seen == [{"charges": float(value), "s": "a"}]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([("x", "FP64", b"1234567"), ("s", "BYTES", b"")], "`x` has 7 bytes, which are not 1 elements of FP64"),
        ([("x", "FP64", b"\0" * 8), ("s", "BYTES", b"\1\0\0\0")], "`s` has 4 bytes, which are not 1 texts with"),
        ([("x", "FP64", b"\0" * 8), ("s", "BYTES", b"\1\0\0\0\xff")], "`s` in row 0 is not UTF-8"),
        ([("x", "FP64", b"\0" * 8), ("s", "BYTES", b"\1\0\0\0a\0")], "`s` has 6 bytes, which are not 1 texts with"),
    ],
)
def test_wrong_bytes(parts: Any, said: str) -> None:
    reply = post(served_two([]), PATH, **binary(parts))
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(said)


def test_wrong_lengths() -> None:
    sent = binary([("x", "FP64", b"\0" * 8), ("s", "BYTES", b"\0\0\0\0")])
    more = post(served_two([]), PATH, content=sent["content"] + b"xyz", headers=sent["headers"])
    assert more.json()["error"] == "3 bytes follow the last tensor"
    fewer = post(served_two([]), PATH, content=sent["content"][:-4], headers=sent["headers"])
    assert fewer.json()["error"] == "`s` has fewer bytes than its `binary_data_size` says"
    headers = sent["headers"] | {"inference-header-content-length": "9999"}
    beyond = post(served_two([]), PATH, content=sent["content"], headers=headers)
    assert beyond.json()["error"] == "`inference-header-content-length` is not a length within the request"
