"""Parameters: their types, and defaults that fit."""

from __future__ import annotations

from datetime import date, datetime

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.values import check_enum_value
from mldsl.analysis.options.values import describe, literal, name_of
from mldsl.analysis.program import ParamDecl
from mldsl.analysis.typenames import read_type
from mldsl.analysis.wording import described
from mldsl.catalog.texts import TextProblem, parse_value
from mldsl.catalog.types import Kind, Type, fits
from mldsl.diagnostics.model import Label
from mldsl.syntax import tree

__all__ = ["TextProblem", "literal_fits", "parse_value", "resolve_param"]

_NO_PARAMS: tuple[Kind, ...] = ("vector", "image")

_KINDS: dict[tree.LiteralKind, Kind] = {
    "int": "int",
    "float": "float",
    "percent": "float",
    "bool": "bool",
    "null": "null",
    "string": "string",
    "date": "date",
    "datetime": "datetime",
    "duration": "duration",
    "size": "int",
}


def resolve_param(context: Context, declaration: tree.Declaration) -> ParamDecl | None:
    """The parameter with its type; a default that does not fit is reported and left out."""
    if not isinstance(declaration, tree.Param):
        return None
    wanted = read_type(declaration.type, context)
    if wanted.kind in _NO_PARAMS:
        context.report("ML202", f"{described(wanted)} cannot be a parameter", declaration.type.span)
        wanted = Type("any", True)
    value = _default(context, declaration, wanted)
    name = declaration.name
    return ParamDecl(name.text, declaration.doc, name.span, wanted, value)


def _default(context: Context, declaration: tree.Param, wanted: Type) -> object | None:
    if declaration.default is None:
        return None
    found = literal(declaration.default)
    if found is None:
        name = name_of(declaration.default)
        help_ = f'write it in quotes: `"{name.text}"`' if name is not None and wanted.is_stringlike else None
        message = f"the value of `{declaration.name.text}` must be a literal, not {describe(declaration.default)}"
        context.report("ML111", message, declaration.default.span, help=help_)
        return None
    declared = Label(declaration.type.span, f"`{declaration.name.text}` is declared as {described(wanted)}")
    return widened(found.value, wanted) if literal_fits(context, found, wanted, declared) else None


def widened(value: object, wanted: Type) -> object:
    """A literal's value as one of the type that it stands for: an int as a float, a date as its midnight."""
    if wanted.kind == "float" and isinstance(value, int):
        return float(value)
    if wanted.kind == "datetime" and isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value


def literal_fits(context: Context, found: tree.Literal, wanted: Type, declared: Label) -> bool:
    """Whether a literal may stand for a value of type `wanted`; ML202 or, for an enum, ML209 if not."""
    given = Type(_KINDS[found.kind], found.kind == "null")
    if wanted.kind == "enum" and given.kind == "string":
        return check_enum_value(found.value, wanted, found.span, context)
    if fits(given, wanted):
        return True
    message = f"{described(wanted)} is wanted here, not {describe(found)}"
    context.report("ML202", message, found.span, labels=(declared,))
    return False
