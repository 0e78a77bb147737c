"""Types as they are written: `int`, `float?`, `enum("a", "b")`, `vector(8)`."""

from __future__ import annotations

from mldsl.analysis.context import Context
from mldsl.analysis.wording import near_or_list
from mldsl.catalog.types import ANY, Kind, Type
from mldsl.catalog.vocabulary import TYPE_NAMES
from mldsl.diagnostics.suggest import Hint
from mldsl.syntax import tree

# What other languages call these types.
_ELSEWHERE: dict[str, str] = {
    "str": "string",
    "varchar": "string",
    "char": "string",
    "category": "enum",
    "categorical": "enum",
    "integer": "int",
    "bigint": "int",
    "int64": "int",
    "long": "int",
    "number": "float",
    "numeric": "float",
    "double": "float",
    "real": "float",
    "decimal": "float",
    "float64": "float",
    "boolean": "bool",
    "timestamp": "datetime",
    "interval": "duration",
    "timedelta": "duration",
    "embedding": "vector",
}


def read_type(node: tree.TypeName, context: Context) -> Type:
    """The type that is written; `any` after a report (ML101 for an unknown name, ML111 for bad arguments)."""
    known = TYPE_NAMES.get(node.name.text)
    if known is None:
        _unknown(node, context)
        return ANY
    match known.arguments:
        case "values":
            return _enum(node, context)
        case "size":
            return _vector(node, context)
        case _:
            if node.arguments:
                span = node.arguments[0].span.to(node.arguments[-1].span)
                context.report("ML111", f"`{known.name}` takes no arguments", span)
            kind: Kind = known.name  # type: ignore[assignment]
            return Type(kind, node.nullable)


def _unknown(node: tree.TypeName, context: Context) -> None:
    name = node.name.text
    here = _ELSEWHERE.get(name.lower())
    help_ = Hint(f"write `{here}`", name, here) if here else near_or_list(name, TYPE_NAMES, "the types")
    context.report("ML101", f"there is no type `{name}`", node.name.span, help=help_)


def _enum(node: tree.TypeName, context: Context) -> Type:
    values: list[str] = []
    for argument in node.arguments:
        if argument.kind != "string" or not isinstance(argument.value, str):
            context.report("ML111", "the values of an enum are strings", argument.span, help=_in_quotes(argument))
            return ANY
        if argument.value in values:
            context.report("ML111", f"the enum has the value {argument.span.text} already", argument.span)
        else:
            values.append(argument.value)
    if not values:
        help_ = 'list them: `enum("yes", "no")`'
        context.report("ML111", "an enum needs its values", node.name.span, help=help_)
        return ANY
    return Type("enum", node.nullable, tuple(values))


def _in_quotes(argument: tree.Literal) -> str:
    return f'write `"{argument.span.text}"`'


def _vector(node: tree.TypeName, context: Context) -> Type:
    match node.arguments:
        case (tree.Literal(kind="int", value=int(size)),) if size > 0:
            return Type("vector", node.nullable, size=size)
        case _:
            span = node.arguments[0].span.to(node.arguments[-1].span) if node.arguments else node.name.span
            context.report("ML111", "a vector needs the number of its floats", span, help="write it as `vector(8)`")
            return ANY
