"""The target of a model, and the task, the classes and the positive class that follow from its type."""

from __future__ import annotations

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.rows import find_column
from mldsl.analysis.program import Task
from mldsl.analysis.typed import Column, Schema
from mldsl.analysis.wording import described
from mldsl.catalog.types import Type
from mldsl.diagnostics.model import Label
from mldsl.records import record
from mldsl.syntax import tree


def find_target(context: Context, name: tree.Name, schema: Schema) -> Column | None:
    """The target column; ML201 if there is none, ML202 if it may be null."""
    column = find_column(tree.Ref(name.span, (name,)), schema, context)
    if column is None:
        return None
    context.use(column)
    if column.type.nullable and column.type.kind != "any":
        labels = (Label(column.origin, "may be null"),) if column.origin is not None else ()
        help_ = f"take the rows without it out before: `filter {name.span.text} is not null`"
        context.report("ML202", f"the target `{name.text}` may be null", name.span, labels=labels, help=help_)
    return column


def task_of(context: Context, target: Column, name: tree.Name) -> Task | None:
    """What is predicted, by the target's type; None after ML202, or where the type is not known."""
    match target.type.kind:
        case "bool":
            return "binary"
        case "enum" if len(target.type.values) > 1:
            return "binary" if len(target.type.values) == 2 else "multiclass"
        case "string":
            return "multiclass"
        case "int" | "float":
            return "regression"
        case "any":
            return None
    labels = (Label(target.origin, described(target.type)),) if target.origin is not None else ()
    message = f"{described(target.type)} cannot be predicted"
    help_ = "a target is a bool, an enum of two values or more, a string or a number"
    context.report("ML202", message, name.span, labels=labels, help=help_)
    return None


@record
class Classes:
    """A classifier's classes in their order (empty: they come from the data), and the positive one of two."""

    values: tuple[object, ...] = ()
    positive: object | None = None


def classes_of(target: Type, task: Task) -> Classes:
    """The classes that the type alone gives: `true` and the second value of an enum are positive."""
    if target.kind == "bool":
        return Classes((False, True), True)
    if target.kind == "enum":
        return Classes(target.values, target.values[1] if task == "binary" else None)
    return Classes()
