"""`python("file.py:function", table, param, rowwise: true) { schema }`."""

from __future__ import annotations

from typing import Literal as Choice

from mldsl.analysis.context import UNKNOWN, Context
from mldsl.analysis.expressions.environment import RUN_VALUES
from mldsl.analysis.options.values import literal
from mldsl.analysis.paths import python_function
from mldsl.analysis.program import PythonBody, PythonFunction
from mldsl.analysis.tables.schemas import read_schema
from mldsl.analysis.typed import Schema
from mldsl.analysis.wording import near_or_list
from mldsl.catalog.options import OPTIONS
from mldsl.syntax import tree

Given = tuple[Choice["table", "param", "value"], object]


def python_transform(declaration: tree.Transform, call: tree.Call, context: Context) -> tuple[PythonBody, Schema]:
    """The function with its arguments (those that are fine), and the schema, which must be written."""
    block = declaration.schema
    if block is None:
        message = "what a Python function returns is not known before the run: it needs a schema"
        context.report("ML107", message, call.span, help="write a `{ … }` block with its columns behind it")
    schema = read_schema(block, context) if block is not None else UNKNOWN
    first, *rest = call.arguments or (None,)
    function = _function(call, first, context)
    given = [_argument(item, context) for item in rest if item is not None and item.name is None]
    rowwise = _rowwise(call, context)
    arguments = tuple(item for item in given if item is not None)
    return PythonBody(function or PythonFunction("", ""), arguments, rowwise), schema


def _function(call: tree.Call, argument: tree.Argument | None, context: Context) -> PythonFunction | None:
    if argument is None or argument.name is not None:
        help_ = 'it is written `python("file.py:name", table)`'
        context.report("ML107", "`python` needs the function to call", call.span, help=help_)
        return None
    found = literal(argument.value)
    if found is None or found.kind != "string":
        help_ = 'write it in quotes: `"file.py:name"`'
        context.report("ML111", "`python` wants the function first", argument.value.span, help=help_)
        return None
    return python_function(context, found, "function")


def _argument(argument: tree.Argument, context: Context) -> Given | None:
    """A table, a parameter or a constant."""
    value = literal(argument.value)
    if value is not None:
        return "value", value.value
    if not isinstance(argument.value, tree.Ref):
        message = "a table, a parameter or a literal is wanted here"
        context.report("ML111", message, argument.value.span)
        return None
    ref = argument.value
    name = ref.parts[0].text
    if len(ref.parts) == 1 and (name in RUN_VALUES or context.param(name, ref.span) is not None):
        return "param", name
    table = context.table(ref)
    if table is None:
        return None
    context.use(*table.schema.columns)
    return "table", table.name


def _rowwise(call: tree.Call, context: Context) -> bool:
    """The one option; unknown ones are ML106."""
    known = OPTIONS["transform.python"]
    found = False
    for argument in call.arguments:
        if argument.name is None:
            continue
        name = argument.name
        value = literal(argument.value)
        if name.text not in known:
            help_ = near_or_list(name.text, known, "its options")
            context.report("ML106", f"`python` has no option `{name.text}`", name.span, help=help_)
        elif value is None or value.kind != "bool":
            message = f"`{name.text}` wants `true` or `false`"
            context.report("ML111", message, argument.value.span)
        else:
            found = bool(value.value)
    return found
