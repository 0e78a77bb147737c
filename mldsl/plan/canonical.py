"""A plan's nodes as plain JSON values, always the same for the same meaning: what is fingerprinted and written."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

from mldsl.catalog.types import Type
from mldsl.plan.expressions import Json
from mldsl.plan.node import Node


def plain(value: object) -> Json:
    """`value` as dicts, lists, strings, numbers, bools and None.

    A field that has its default is left out, so that a field added later changes neither a fingerprint nor a document;
    the fields that tell the members of a union apart stay.
    """
    # Loops, not comprehensions: each level of nesting costs Python a frame less.
    if isinstance(value, Node | Type):
        result = {}
        of: Any = value.__class__
        for name, default, kept in _fields(of):
            item = getattr(value, name)
            if kept or not _same(item, default):
                result[name] = item if item.__class__ in _PLAIN else plain(item)
        return result
    if isinstance(value, tuple | list):
        items = []
        for item in value:
            items.append(item if item.__class__ in _PLAIN else plain(item))
        return items
    if isinstance(value, dict):
        result = {}
        for name, item in value.items():
            result[name] = plain(item)
        return result
    return value


_PLAIN = frozenset((str, int, float, bool, type(None)))


@cache
def _fields(of: Any) -> tuple[tuple[str, Any, bool], ...]:  # noqa: ANN401 - a class of nodes, or `Type`
    """Each field's name and default, and whether it is written even when it has that default."""
    return tuple((field.name, _default(field), _is_kept(field)) for field in dataclasses.fields(of))


def _default(field: dataclasses.Field[Any]) -> object:
    """The default; what nothing equals where there is none."""
    return field.default_factory() if callable(field.default_factory) else field.default


def _is_kept(field: dataclasses.Field[Any]) -> bool:
    """Whether it is the tag of a union, whose type is its one value, or the version of the document."""
    return field.name == "version" or field.type == f"Literal[{field.default!r}]"


def _same(value: object, default: object) -> bool:
    return type(value) is type(default) and value == default
