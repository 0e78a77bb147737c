"""What the OpenAPI document says of the predicting routes: the columns that the served version takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from mldsl.catalog.types import Type
from mldsl.serving.loaded import Loaded
from mldsl.serving.reader import Field

Json: TypeAlias = dict[str, Any]

_TYPES: dict[str, Json] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"type": "number", "format": "double"},
    "string": {"type": "string"},
    "text": {"type": "string"},
    "enum": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "duration": {"type": "string", "examples": ["1h30m"]},
    "vector": {"type": "array", "items": {"type": "number"}},
}
_WORDS = {
    "date": "ISO 8601",
    "datetime": "ISO 8601; without an offset it is UTC",
    "duration": "as in a program: `90d`, `1h30m`, `500ms`",
}


def schema_of(type_: Type, doc: str | None = None) -> Json:
    """The JSON schema of a column."""
    found = dict(_TYPES[type_.kind])
    if type_.kind == "enum":
        found["enum"] = [*type_.values, *([None] if type_.nullable else [])]
    if type_.kind == "vector":
        found |= {"minItems": type_.size, "maxItems": type_.size}
    if type_.nullable:
        found["type"] = [found["type"], "null"]
    about = ". ".join(text for text in (doc, _WORDS.get(type_.kind)) if text)
    return found | ({"description": about} if about else {})


def complete(document: Json, name: str, version: Loaded) -> Json:
    """An OpenAPI document with the predicting routes, and the schemas of rows and predictions."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {
        "Row": _row(version),
        "Prediction": _prediction(version),
        "Error": _ERROR,
        "InferenceRequest": _INFERENCE_REQUEST,
        "InferenceResponse": _INFERENCE_RESPONSE,
    }
    document["paths"] |= {
        "/predict": {"post": _predict(name)},
        f"/v2/models/{_literal(name)}/infer": {"post": _infer("infer", [])},
        f"/v2/models/{_literal(name)}/versions/{{version}}/infer": {"post": _infer("infer_version", [_VERSION])},
    }
    return document


def _row(version: Loaded) -> Json:
    """Columns that are of use without being needed may be left out, or null; those that nothing needs are any value."""
    properties = {item.name: schema_of(item.type, _doc(item)) for item in version.reader.fields}
    properties |= {item.name: schema_of(item.type.with_null(), _doc(item)) for item in version.reader.extras}
    properties |= {other: {"description": "Not looked at."} for other in sorted(version.reader.others)}
    return {
        "type": "object",
        "title": "Row",
        "description": version.parts.row_doc or "A row of the source, as it is in the raw data.",
        "properties": properties,
        "required": [item.name for item in version.reader.fields],
        "additionalProperties": False,
    }


def _doc(field: Field) -> str | None:
    said = [f"`{field.column}` in the program"] if field.column != field.name else []
    if field.roles:
        said.append(f"Roles: {', '.join(field.roles)}")
    return ". ".join(said) or None


def _prediction(version: Loaded) -> Json:
    properties = {output.name: schema_of(output.type.with_null()) for output in version.outputs}
    return {"type": "object", "title": "Prediction", "properties": properties, "required": [*properties]}


def _predict(name: str) -> Json:
    rows = {"type": "array", "items": _ref("Row"), "minItems": 1}
    wrapped = {"type": "object", "properties": {"rows": rows}, "required": ["rows"], "additionalProperties": False}
    answer: Json = {
        "type": "object",
        "properties": {
            "model": {"type": "string", "const": name},
            "version": {"type": "integer"},
            "prediction": _ref("Prediction"),
            "predictions": {"type": "array", "items": _ref("Prediction")},
        },
        "required": ["model", "version"],
        "oneOf": [{"required": ["prediction"]}, {"required": ["predictions"]}],
    }
    return {
        "operationId": "predict",
        "summary": "Predict for raw rows",
        "description": "One row (an object), a list of rows, or `rows` with a list of them.",
        "tags": ["predictions"],
        "requestBody": {"required": True, "content": _json({"anyOf": [_ref("Row"), rows, wrapped]})},
        "responses": {"200": {"description": "The predictions", "content": _json(answer)}, **_REFUSALS},
    }


def _infer(id_: str, parameters: Sequence[Json]) -> Json:
    return {
        "operationId": id_,
        "summary": "Predict by the Open Inference Protocol, version 2",
        "tags": ["open inference protocol"],
        "parameters": [*parameters],
        "requestBody": {"required": True, "content": _json(_ref("InferenceRequest"))},
        "responses": {
            "200": {"description": "The predictions", "content": _json(_ref("InferenceResponse"))},
            **_REFUSALS,
        },
    }


def _literal(name: str) -> str:
    """A name in a path, where braces would mean a parameter."""
    from urllib.parse import quote

    return quote(name, safe="")


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _refusal(about: str) -> Json:
    return {"description": about, "content": _json(_ref("Error"))}


_REFUSALS = {
    "400": _refusal("The request is wrong: what, and where"),
    "404": _refusal("There is no such model or version here"),
    "413": _refusal("The request is too large"),
    "415": _refusal("The request is not JSON"),
    "422": _refusal("The transforms cannot be applied to the request's values"),
    "500": _refusal("The model failed to answer"),
}
_VERSION: Json = {"name": "version", "in": "path", "required": True, "schema": {"type": "string"}}
_ERROR: Json = {
    "type": "object",
    "properties": {
        "error": {"type": "string"},
        "field": {"type": "string", "description": "The column that is wrong"},
        "row": {"type": "integer", "description": "The row that is wrong, from 0"},
    },
    "required": ["error"],
}
_TENSOR: Json = {
    "name": {"type": "string"},
    "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
    "datatype": {"type": "string"},
    "parameters": {"type": "object"},
    "data": {"type": "array"},
}
_INFERENCE_REQUEST: Json = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "parameters": {"type": "object"},
        "inputs": {
            "type": "array",
            "items": {"type": "object", "properties": _TENSOR, "required": ["name", "shape", "datatype"]},
        },
        "outputs": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "parameters": {"type": "object"}},
                "required": ["name"],
            },
        },
    },
    "required": ["inputs"],
}
_INFERENCE_RESPONSE: Json = {
    "type": "object",
    "properties": {
        "model_name": {"type": "string"},
        "model_version": {"type": "string"},
        "id": {"type": "string"},
        "outputs": {
            "type": "array",
            "items": {"type": "object", "properties": _TENSOR, "required": ["name", "shape", "datatype"]},
        },
    },
    "required": ["model_name", "outputs"],
}
