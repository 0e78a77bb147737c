"""Schema blocks: `{ name: type role* (from "raw")? }`."""

from __future__ import annotations

from mldsl.analysis.context import Context
from mldsl.analysis.scope import declared_twice
from mldsl.analysis.typed import Column, Schema
from mldsl.analysis.typenames import read_type
from mldsl.analysis.wording import described, near_or_list
from mldsl.catalog.types import Type
from mldsl.catalog.vocabulary import ROLES
from mldsl.diagnostics.model import Edit
from mldsl.source import Span
from mldsl.syntax import tree

_TIMES = ("date", "datetime", "int", "float", "any")
_NO_KEYS = ("vector", "image")


def read_schema(block: tree.SchemaBlock, context: Context) -> Schema:
    """The columns of a block in order; of two with one name the first counts."""
    columns: dict[str, Column] = {}
    for field in block.fields:
        column = _column(field, context)
        first = columns.setdefault(column.name, column)
        if first is not column and first.origin is not None:
            context.bag.add(declared_twice(f"the column `{column.name}`", field.name.span, first.origin))
    return Schema(tuple(columns.values()))


def _column(field: tree.Field, context: Context) -> Column:
    type_ = read_type(field.type, context)
    roles = {role.text for role in field.roles if role.text in ROLES}
    for index, role in enumerate(field.roles):
        if any(other.text == role.text for other in field.roles[:index]):
            before = field.roles[index - 1].span
            edit = Edit(Span(role.span.file, before.end, role.span.end), "")
            context.report("ML108", f"`{field.name.text}` is `{role.text}` already", role.span, edit=edit)
        else:
            _check_role(role, field, type_, context)
    raw = str(field.raw.value) if field.raw is not None else None
    return Column(field.name.text, type_, frozenset(roles), field.name.span, raw if raw != field.name.text else None)


def _check_role(role: tree.Name, field: tree.Field, type_: Type, context: Context) -> None:
    """Whether the word is a role (ML101) that a column of this type can have (ML202)."""
    if role.text not in ROLES:
        help_ = near_or_list(role.text, ROLES, "the roles")
        context.report("ML101", f"there is no role `{role.text}`", role.span, help=help_)
    elif role.text == "key" and type_.nullable and type_.kind != "any":
        written = field.type.span
        edit = Edit(written, written.text.rstrip("?").rstrip())
        help_ = f"write `{edit.replacement}`, or take the `key` away"
        context.report("ML202", f"the key `{field.name.text}` cannot be nullable", written, help=help_, edit=edit)
    elif role.text == "key" and type_.kind in _NO_KEYS:
        context.report("ML202", f"{described(type_)} cannot be a key", field.type.span)
    elif role.text == "time" and type_.kind not in _TIMES:
        message = f"a `time` column is a date, a datetime or a number, not {described(type_)}"
        context.report("ML202", message, field.type.span)
