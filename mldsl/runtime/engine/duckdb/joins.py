"""Joins in SQL. Rows stand in the left table's order, those of one left row in the right one's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mldsl.catalog.types import DATETIME, FLOAT, STRING, Type
from mldsl.plan.nodes import Join
from mldsl.runtime.engine.duckdb import text
from mldsl.runtime.engine.duckdb.frame import Column, Frame
from mldsl.runtime.errors import StepFailed


def union_types(first: Type, second: Type) -> Type:
    """The type that columns of both types have in common: the wider one."""
    kinds = {first.kind, second.kind}
    if first.with_null() == second.with_null():
        return first
    if kinds == {"int", "float"}:
        return FLOAT
    if kinds == {"date", "datetime"}:
        return DATETIME
    if kinds <= {"enum", "string", "text"}:
        return STRING
    raise StepFailed(f"columns of the types {first} and {second} have no type in common")


def join(left: Frame, right: Frame, verb: Join) -> Frame:
    """The join; right key columns are dropped, and filled into the left ones by a full join."""
    right = renewed(right)
    if verb.how == "asof":
        return _asof(left, right, verb)
    if verb.how == "full":
        left, right = left.numbered()[0], right.numbered()[0]
    agree = _agree(left, right, verb)
    source = f"(SELECT * FROM {left.source} AS l {verb.how.upper()} JOIN {right.source} AS r ON {agree})"  # noqa: S608
    if verb.how in ("semi", "anti"):
        return left.with_source(source, in_order=False)
    joined = replace(_beside(left, right, [key for _, key in verb.on]), source=source)
    return _filled(joined, left, right, verb) if verb.how == "full" else joined


def renewed(frame: Frame) -> Frame:
    """The same rows under new names, so that a table can be joined with itself."""
    made = {name: Column(frame.ids.new(), column.type) for name, column in frame.columns.items()}
    order = [replace(key, id=frame.ids.new()) for key in frame.order]
    items = [f"{frame[name].id} AS {column.id}" for name, column in made.items()]
    items += [f"{old.id} AS {new.id}" for old, new in zip(frame.order, order, strict=True)]
    return replace(frame, source=f"(SELECT {', '.join(items)} FROM {frame.source})", columns=made, order=order)  # noqa: S608


def key_value(column: Column, type_: Type) -> str:
    """A key as it is compared; 0.0 and -0.0 are one value."""
    value = text.widen(column.id, column.type, type_)
    return f"({value} + 0)" if type_.kind == "float" else value


def _agree(left: Frame, right: Frame, verb: Join) -> str:
    pairs = [(left[one], right[other]) for one, other in verb.on]
    types = [union_types(one.type, other.type) for one, other in pairs]
    return " AND ".join(
        f"{key_value(one, type_)} = {key_value(other, type_)}" for (one, other), type_ in zip(pairs, types, strict=True)
    )


def _beside(left: Frame, right: Frame, dropped: Sequence[str]) -> Frame:
    """The columns of both, but for the right ones that are dropped."""
    added = {name: column for name, column in right.columns.items() if name not in dropped}
    order = [*left.order, *right.order]
    return replace(left, columns={**left.columns, **added}, order=order, in_order=False)


def _filled(joined: Frame, left: Frame, right: Frame, verb: Join) -> Frame:
    made, values = dict(joined.columns), []
    for one, other in verb.on:
        type_ = union_types(left[one].type, right[other].type)
        sides = [text.widen(column.id, column.type, type_) for column in (left[one], right[other])]
        made[one] = Column(joined.ids.new(), type_)
        values.append((made[one].id, f"coalesce({', '.join(sides)})"))
    return joined.adding(values).with_columns(made)


def _asof(left: Frame, right: Frame, verb: Join) -> Frame:
    """Each left row with the last right row at or before its time, of the same keys; null keys and times match none."""
    assert verb.asof is not None
    time, other = verb.asof
    type_ = union_types(left[time].type, right[other].type)
    right = _last_of_each(right, [*(key for _, key in verb.on), other])
    at_or_before = f"{key_value(left[time], type_)} >= {key_value(right[other], type_)}"
    agree = " AND ".join(item for item in (_agree(left, right, verb), at_or_before) if item)
    source = f"(SELECT * FROM {left.source} AS l ASOF LEFT JOIN {right.source} AS r ON {agree})"  # noqa: S608
    joined = _beside(left, right, [*(key for _, key in verb.on), other])
    return replace(joined, source=source, order=left.order)


def _last_of_each(frame: Frame, names: Sequence[str]) -> Frame:
    """The last row of those that agree in these columns, and none with a null in them."""
    rows, row = frame.numbered()
    made = {name: Column(frame.ids.new(), column.type) for name, column in rows.columns.items()}
    items = [
        f"{'any_value' if name in names else 'arg_max_null'}({rows[name].id}{'' if name in names else f', {row}'})"
        f" AS {column.id}"
        for name, column in made.items()
    ]
    known = " AND ".join(f"{rows[name].id} IS NOT NULL" for name in names)
    by = ", ".join(key_value(rows[name], rows[name].type) for name in names)
    source = f"(SELECT {', '.join(items)} FROM {rows.source} WHERE {known} GROUP BY {by})"  # noqa: S608
    return replace(rows, source=source, columns=made, order=[], in_order=False)
