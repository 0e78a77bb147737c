"""The Open Inference Protocol, version 2: its documents, from requests to rows and from predictions to answers.

A column of the source is an input, one element a row (a vector: as many as it has numbers). Null is null in a JSON
tensor, and NaN in one of floats. Tensors may come and go in binary form, as Triton's clients send and ask for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import orjson

from mldsl.catalog.types import Type
from mldsl.records import record
from mldsl.serving.reader import Field, Reader, Row
from mldsl.serving.refused import bad
from mldsl.serving.tensors import datatype, pack, taken, unpack

PLATFORM = "mldsl"
_BOOLS: dict[float, bool] = {0: False, 1: True}


@record
class Output:
    """A column of the predictions, called as `predict with` calls it, and what it holds."""

    name: str
    type: Type


@record
class Inference:
    """A request of the protocol: raw rows, and what is wanted of the answer.

    `wanted` are the outputs asked for, all where it is None; those in `binary` go in binary form, or all where
    `all_binary`. `id` is the request's own name.
    """

    rows: list[Row]
    id: str | None = None
    wanted: tuple[str, ...] | None = None
    binary: frozenset[str] = frozenset()
    all_binary: bool = False


def read_inference(body: bytes, header_length: int | None, reader: Reader) -> Inference:
    """The request in a body, whose JSON part has `header_length` bytes if binary tensors follow it.

    Raises RefusedError for what is no request of the protocol.
    """
    document = load_json(body if header_length is None else body[:header_length])
    rest = memoryview(b"" if header_length is None else body)[header_length or 0 :]
    if not isinstance(document, dict) or not isinstance(document.get("inputs"), list):
        raise bad("the request has no `inputs`, a list of tensors", field="inputs")
    id_ = document.get("id")
    if id_ is not None and not isinstance(id_, str):
        raise bad("`id` is a string", field="id")
    columns = _columns(document["inputs"], rest, reader)
    wanted, binary = _asked(document.get("outputs"))
    return Inference(_rows(columns), id_, wanted, binary, bool(_parameters(document).get("binary_data_output")))


def load_json(body: bytes) -> Any:  # noqa: ANN401
    """The document in a body. Raises RefusedError where it is none."""
    if not body:
        raise bad("the request is empty, and a JSON document is wanted")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad(f"the request is not JSON: {error}") from None


# --- inputs ----------------------------------------------------------------------------------------------------------


def _columns(inputs: Sequence[object], rest: memoryview, reader: Reader) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for tensor in inputs:
        name = tensor.get("name") if isinstance(tensor, dict) else None
        if not isinstance(tensor, dict) or not isinstance(name, str):
            raise bad("each of `inputs` is an object with `name`, `shape`, `datatype` and `data`", field="inputs")
        if name in found:
            raise bad(f"`{name}` is there twice", field=name)
        size = _parameters(tensor).get("binary_data_size")
        data: memoryview | None = None
        if size is not None:
            if not isinstance(size, int) or not 0 <= size <= len(rest):
                raise bad(f"`{name}` has fewer bytes than its `binary_data_size` says", field=name)
            data, rest = rest[:size], rest[size:]
        if name in reader.others:
            continue
        if name not in reader.known:
            raise bad(f"there is no input `{name}`{reader.near(name)}", field=name)
        found[name] = _elements(tensor, data, reader.known[name])
    if len(rest):
        raise bad(f"{len(rest)} bytes follow the last tensor")
    for field in reader.fields:
        if field.name not in found:
            raise bad(f"`{field.name}` is missing in `inputs`", field=field.name)
    return found


def _elements(tensor: Mapping[str, Any], data: memoryview | None, field: Field) -> list[object]:
    """A tensor's elements, one a row."""
    name, kind, shape = field.name, tensor.get("datatype"), tensor.get("shape")
    if kind not in taken(field.type):
        accepted = ", ".join(dict.fromkeys(taken(field.type)))
        raise bad(f"`{name}` has the datatype {kind}, and {accepted} is wanted", field=name)
    width = field.type.size if field.type.kind == "vector" else 1
    rows = _row_count(shape, width, name)
    if data is not None:
        flat = unpack(data, name, str(kind), rows * width)
    else:
        flat = _flat(tensor.get("data"), name)
        if len(flat) != rows * width:
            raise bad(f"`{name}` has {len(flat)} elements, and its shape {shape} says {rows * width}", field=name)
    if kind == "BOOL":  # there are clients whose elements of a tensor are texts or floats
        return [_BOOLS.get(item, item) if isinstance(item, (int, float)) else item for item in flat]
    if field.type.kind != "vector":
        return flat
    return [flat[at : at + width] for at in range(0, len(flat), width)]


def _row_count(shape: object, width: int, name: str) -> int:
    whole = isinstance(shape, list) and all(item.__class__ is int and item >= 0 for item in shape)
    if not whole or not isinstance(shape, list) or not shape or prod(shape[1:]) != width:
        wanted = f"[rows, {width}]" if width != 1 else "[rows] or [rows, 1]"
        raise bad(f"`{name}` has the shape {shape}, and {wanted} is wanted", field=name)
    return int(shape[0])


def _flat(data: object, name: str) -> list[object]:
    if not isinstance(data, list):
        raise bad(f"`{name}` has no `data`, a list of its elements", field=name)
    while data and any(item.__class__ is list for item in data):
        if not all(item.__class__ is list for item in data):
            raise bad(f"the `data` of `{name}` mixes lists and elements", field=name)
        data = [element for item in data for element in item]
    return data


def _rows(columns: Mapping[str, Sequence[object]]) -> list[Row]:
    counts = {name: len(elements) for name, elements in columns.items()}
    first = next(iter(counts))
    odd = next((name for name, count in counts.items() if count != counts[first]), None)
    if odd is not None:
        raise bad(f"`{odd}` has {counts[odd]} rows, and `{first}` {counts[first]}", field=odd)
    names = tuple(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _asked(outputs: object) -> tuple[tuple[str, ...] | None, frozenset[str]]:
    if outputs is None or outputs == []:
        return None, frozenset()
    items: list[Any] = outputs if isinstance(outputs, list) else [outputs]
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    if not all(isinstance(name, str) for name in names):
        raise bad("each of `outputs` is an object with a `name`", field="outputs")
    binary = (item["name"] for item in items if _parameters(item).get("binary_data"))
    return tuple(map(str, names)), frozenset(binary)


def _parameters(item: Mapping[str, Any]) -> Mapping[str, Any]:
    found = item.get("parameters")
    return found if isinstance(found, dict) else {}


# --- answers ---------------------------------------------------------------------------------------------------------


def check_outputs(asked: Inference, outputs: Sequence[Output]) -> None:
    """Raises RefusedError where an output is asked for that the model does not have."""
    known = {output.name for output in outputs}
    for name in asked.wanted or ():
        if name not in known:
            listed = ", ".join(f"`{item}`" for item in known)
            raise bad(f"there is no output `{name}`; there are {listed}", field=name)


def write_inference(
    asked: Inference, model: str, version: int, outputs: Sequence[Output], predictions: Sequence[Mapping[str, object]]
) -> tuple[bytes, int | None]:
    """The answer's body, and how many bytes of it are JSON if binary tensors follow."""
    tensors: list[dict[str, object]] = []
    parts: list[bytes] = []
    for output in outputs:
        if asked.wanted is not None and output.name not in asked.wanted:
            continue
        values = [row[output.name] for row in predictions]
        kind = datatype(output.type)
        tensor: dict[str, object] = {"name": output.name, "datatype": kind, "shape": [len(values)]}
        packed = pack(values, kind) if asked.all_binary or output.name in asked.binary else None
        if packed is None:
            tensor["data"] = values
        else:
            tensor["parameters"] = {"binary_data_size": len(packed)}
            parts.append(packed)
        tensors.append(tensor)
    document: dict[str, object] = {"model_name": model, "model_version": str(version)}
    if asked.id is not None:
        document["id"] = asked.id
    head = orjson.dumps(document | {"outputs": tensors})
    return (b"".join((head, *parts)), len(head)) if parts else (head, None)


def metadata(
    model: str, versions: Sequence[int], fields: Sequence[Field], outputs: Sequence[Output]
) -> dict[str, object]:
    """What the protocol says of a model."""
    return {
        "name": model,
        "versions": [str(number) for number in versions],
        "platform": PLATFORM,
        "inputs": [_tensor(field.name, field.type) for field in fields],
        "outputs": [_tensor(output.name, output.type) for output in outputs],
    }


def _tensor(name: str, type_: Type) -> dict[str, object]:
    shape = [-1, type_.size] if type_.kind == "vector" else [-1]
    about: dict[str, object] = {"type": str(type_.with_null(False)), "nullable": type_.nullable}
    return {"name": name, "datatype": datatype(type_), "shape": shape, "parameters": about}
