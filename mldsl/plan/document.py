"""The plan as a JSON document: writing it, reading it back, and the schema that says what it may hold."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from mldsl.errors import PlanError
from mldsl.plan.canonical import plain
from mldsl.plan.expressions import Json
from mldsl.plan.links import check_links
from mldsl.plan.nodes import PLAN_VERSION, Plan

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

_WIDTH = 120
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True).encode
# How pydantic calls what a document has and the plan has not.
_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
SCHEMA_ID = "urn:mldsl:plan:1"


def dump(plan: Plan) -> str:
    """The plan as JSON text that ends in a line feed; the same plan gives the same text everywhere."""
    return pretty(plain(plan))


def load(text: str) -> Plan:
    """The plan that `text` holds.

    Raises PlanError for what is no plan, for a plan whose steps do not fit together, and for one of a newer version.
    """
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as wrong:
        raise PlanError(f"this is not a plan: not valid JSON ({wrong})") from None
    except RecursionError:
        raise PlanError("this is not a plan: its JSON is nested too deeply") from None
    _check_version(document)
    from pydantic import ValidationError

    try:
        plan = _adapter().validate_python(document)
    except ValidationError as wrong:
        raise PlanError(f"this is not a plan: {_first_problem(wrong)}") from None
    check_links(plan)
    return plan


def json_schema() -> dict[str, Json]:
    """The JSON Schema (draft 2020-12) that every plan of this version fits."""
    schema = _adapter().json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema,
        "title": "mldsl plan",
    }


def pretty(value: Json) -> str:
    """JSON with sorted keys; what fits on a line stands on one."""
    return _write(value, 0) + "\n"


def _write(value: Json, indent: int) -> str:
    """The value as it stands `indent` characters from the left, on one line if it fits."""
    if isinstance(value, dict):
        items = [f"{_encode(key)}: {_write(value[key], indent + 2)}" for key in sorted(value)]
        opening, closing = "{", "}"
    elif isinstance(value, list):
        items = [_write(item, indent + 2) for item in value]
        opening, closing = "[", "]"
    else:
        return _encode(value)
    # What does not fit by itself does not fit into a longer line, either: each part is written once.
    line = f"{opening}{', '.join(items)}{closing}"
    if indent + len(line) <= _WIDTH and "\n" not in line:
        return line
    inner = " " * (indent + 2)
    return f"{opening}\n{inner}" + f",\n{inner}".join(items) + f"\n{' ' * indent}{closing}"


@cache
def _adapter() -> TypeAdapter[Plan]:
    """What reads plans; only documents from outside need it."""
    from pydantic import TypeAdapter

    return TypeAdapter(Plan)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _check_version(document: Json) -> None:
    if not isinstance(document, dict):
        raise PlanError("this is not a plan: a JSON object is wanted")
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise PlanError("this is not a plan: it has no `version`")
    if version > PLAN_VERSION:
        message = f"the plan has version {version}; this mldsl reads plans up to version {PLAN_VERSION}"
        raise PlanError(message, "run it with the mldsl that compiled it, or a newer one")


def _first_problem(wrong: ValidationError) -> str:
    """The first thing that is wrong, and where."""
    first = wrong.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the document"
    others = wrong.error_count() - 1
    more = "" if others == 0 else f" (and {others} more)"
    message = "there is no such field" if first["type"] in _UNKNOWN else first["msg"]
    return f"at {place}: {message}{more}"
