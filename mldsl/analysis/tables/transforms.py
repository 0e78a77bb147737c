"""`transform NAME = …`: a table and verbs, SQL, or a Python function."""

from __future__ import annotations

from mldsl.analysis.context import UNKNOWN, Context
from mldsl.analysis.program import PythonBody, SqlBody, TransformDecl, VerbsBody
from mldsl.analysis.tables.flow import Flow
from mldsl.analysis.tables.pythons import python_transform
from mldsl.analysis.tables.verbs import VERBS
from mldsl.analysis.typed import AnyVerb, Schema
from mldsl.analysis.wording import near_or_list
from mldsl.syntax import tree

_CALLS = ("sql", "python")


def resolve_transform(context: Context, declaration: tree.Declaration) -> TransformDecl | None:
    """The transform with the schema of its result, open where a mistake hides columns."""
    if not isinstance(declaration, tree.Transform):
        return None
    body, schema = _body(declaration, context)
    name = declaration.name
    return TransformDecl(name.text, declaration.doc, name.span, body, schema)


def _body(declaration: tree.Transform, context: Context) -> tuple[VerbsBody | SqlBody | PythonBody, Schema]:
    match declaration.origin:
        case tree.Ref() as origin:
            return _verbs(declaration, origin, context)
        case tree.Call(function=tree.Name(text="python")) as call:
            return python_transform(declaration, call, context)
        case tree.Call(function=tree.Name(text="sql")) as call:
            from mldsl.analysis.tables.sql.transform import sql_transform

            return sql_transform(declaration, call, context)
        case tree.Call(function=function):
            help_ = near_or_list(function.text, _CALLS, "what can stand here")
            context.report("ML101", f"a transform cannot be made by `{function.text}`", function.span, help=help_)
            return VerbsBody("", ()), UNKNOWN


def _verbs(declaration: tree.Transform, origin: tree.Ref, context: Context) -> tuple[VerbsBody, Schema]:
    """The verbs in order, each on the table that the one before it gives."""
    table = context.table(origin)
    flow = Flow(table.schema if table is not None else UNKNOWN)
    verbs: list[AnyVerb] = []
    for verb in declaration.verbs:
        context.sees(verb.span, flow.schema)
        done, flow = VERBS[type(verb)](verb, flow, context)
        if done is not None:
            verbs.append(done)
    return VerbsBody(table.name if table is not None else origin.span.text, tuple(verbs)), flow.schema
