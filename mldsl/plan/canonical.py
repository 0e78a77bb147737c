"""A plan's nodes as plain JSON values, always the same for the same meaning: what is fingerprinted and written."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mldsl.catalog.types import Type
from mldsl.plan.expressions import Json


def plain(value: object) -> Json:
    """`value` as dicts, lists, strings, numbers, bools and None.

    A field that has its default is left out, so that a field added later changes neither a fingerprint nor a document;
    the fields that tell the members of a union apart stay.
    """
    if isinstance(value, tuple | list):
        items = []
        for item in value:  # not a comprehension: each level of nesting costs Python a frame less
            items.append(plain(item))
        return items
    pairs = _pairs(value)
    if pairs is None:
        return value
    result = {}
    for name, item in pairs:
        result[name] = plain(item)
    return result


def _pairs(value: object) -> list[tuple[str, Any]] | None:
    """The names and values to write of a node, a type or a dict; None for anything else."""
    match value:
        case BaseModel():
            items = ((name, default, kept, getattr(value, name)) for name, default, kept in _fields(type(value)))
            return [(name, item) for name, default, kept, item in items if kept or not _same(item, default)]
        case Type():
            fields = ((field, getattr(value, field.name)) for field in dataclasses.fields(Type))
            return [(field.name, item) for field, item in fields if item != field.default]
        case dict():
            return list(value.items())
        case _:
            return None


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, Any, bool], ...]:
    """Each field's name and default, and whether it is written even when it has that default."""
    return tuple(
        (name, info.get_default(call_default_factory=True), _is_kept(name, info))
        for name, info in model.model_fields.items()
    )


def _is_kept(name: str, info: FieldInfo) -> bool:
    is_tag = get_origin(info.annotation) is Literal and get_args(info.annotation) == (info.default,)
    return is_tag or info.is_required() or name == "version"


def _same(value: object, default: object) -> bool:
    return type(value) is type(default) and value == default
