"""Expressions on the row at hand: `filter`, `derive`, the arguments of aggregates, conditions on every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.environment import Environment, mistake, run_value
from mldsl.analysis.scope import KIND_WORDS
from mldsl.analysis.typed import Column, ColumnRef, Schema, TypedExpr
from mldsl.analysis.wording import elsewhere, near_or_list
from mldsl.catalog.functions import FUNCTIONS
from mldsl.catalog.signatures import Function
from mldsl.diagnostics.model import Label
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.records import record
from mldsl.syntax import tree


@record
class RowEnvironment(Environment):
    """The columns of a table; `nonnull` are those known not to be null here.

    `inside` is the aggregate or window whose argument this is, None where there is none around.
    """

    schema: Schema
    nonnull: frozenset[str] = frozenset()
    inside: str | None = None
    columns: Mapping[str, Column] = field(default_factory=dict)

    def name(self, ref: tree.Ref, context: Context) -> TypedExpr:
        """A column, else a parameter, else `run_date` or `run_time`."""
        if len(ref.parts) == 1:
            column = self.columns.get(ref.parts[0].text)
            if column is not None:
                context.name(column, ref.span)
                known = column.type.with_null(False) if column.name in self.nonnull else column.type
                return ColumnRef(known, ref.span, column.name)
            found = run_value(ref, context)
            if found is not None:
                return found
        if not self.schema.open and not context.scope.hides(ref.parts[0].text):
            self.unknown(ref, context)
        return mistake(ref.span)

    def names(self, context: Context) -> Iterator[str]:
        """The columns, then what every place knows."""
        yield from self.columns
        yield from Environment.names(self, context)

    def unknown(self, ref: tree.Ref, context: Context) -> None:
        """ML201, with what was probably meant."""
        unknown_column(ref, self.schema, context, list(Environment.names(self, context)))

    def aggregate(self, call: tree.Call, function: Function, context: Context) -> Environment | None:
        """No aggregate may stand among rows."""
        name = function.name
        if self.inside is not None:
            message = f"`{name}` inside `{self.inside}`: an aggregate cannot look at another one"
            help_ = f"compute `{name}` in a `group by` first"
        else:
            message = f"`{name}` looks at many rows, but a value for each row is wanted here"
            help_ = f"use it in a `group by`, or as a window: `{name}(…) over (partition by …)`"
        context.report("ML205", message, call.function.span, help=help_)
        return None

    def window(self, over: tree.Over, context: Context) -> Environment | None:
        """A window is fine unless it stands inside another one or an aggregate."""
        if self.inside is None:
            return replace(self, inside=over.call.function.text)
        context.report("ML205", f"a window inside `{self.inside}`", over.span, help="give it a name by `derive` first")
        return None

    def narrowed(self, columns: frozenset[str]) -> Environment:
        """With more columns known not to be null."""
        return self if columns <= self.nonnull else replace(self, nonnull=self.nonnull | columns)


def row_environment(schema: Schema) -> RowEnvironment:
    """The environment of a table's rows."""
    return RowEnvironment(schema, columns={item.name: item for item in schema.columns})


def unknown_column(ref: tree.Ref, schema: Schema, context: Context, others: list[str]) -> None:
    """ML201 for a name that is no column of `schema`; `others` are names that are no columns but could stand there."""
    name = ref.parts[-1].text
    text = ".".join(part.text for part in ref.parts)
    declared = context.scope.names.get(text)
    if declared is not None and not isinstance(declared, tree.Param):
        message = f"`{text}` is {KIND_WORDS[type(declared)]}, not a column"
        labels = (Label(declared.name.span, "declared here"),)
        context.report("ML201", message, ref.span, labels=labels, help=_help(name, schema, others))
    elif len(ref.parts) > 1 and schema.get(name) is not None:
        help_ = f"a column of the table at hand has no prefix: write `{name}`"
        context.report("ML201", f"there is no column `{text}` here", ref.span, help=help_)
    else:
        context.report("ML201", f"there is no column `{text}` here", ref.span, help=_help(name, schema, others))


def _help(name: str, schema: Schema, others: list[str]) -> str | None:
    """A word of another language, a value without its quotes, the nearest name, or the columns that there are."""
    if elsewhere(name):
        return elsewhere(name)
    for column in schema.columns:
        if name in column.type.values:
            return f'did you mean the value `"{name}"` of `{column.name}`?'
    near = did_you_mean(name, [*schema.names, *others])
    if near is None and name in FUNCTIONS:
        return f"a function is written with brackets: `{FUNCTIONS[name].signature}`"
    return near or near_or_list(name, schema.names, "the columns here")


def find_column(ref: tree.Ref, schema: Schema, context: Context) -> Column | None:
    """The column that a verb or an option names; None after a report, or silently where columns are hidden.

    That it is named does not yet mean that its values are looked at: the caller says so to the context.
    """
    column = schema.get(ref.parts[0].text) if len(ref.parts) == 1 else None
    if column is None and not schema.open:
        unknown_column(ref, schema, context, [])
    elif column is not None:
        context.refers(ref.span, column)
    return column
