"""Expressions on many rows at once: bindings of a `group by`, and conditions of a check on the whole table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.calls import call_function
from mldsl.analysis.expressions.check import check_expression
from mldsl.analysis.expressions.environment import Environment, mistake
from mldsl.analysis.expressions.rows import RowEnvironment
from mldsl.analysis.typed import Order, Schema, TypedExpr
from mldsl.catalog.functions import FUNCTIONS
from mldsl.catalog.signatures import Function
from mldsl.records import record
from mldsl.syntax import tree


@record
class CheckRows(RowEnvironment):
    """The rows that a check looks at: `references` may be asked of each."""

    @property
    def in_check(self) -> bool:
        """In a condition of a check."""
        return True

    def functions(self) -> Iterator[str]:
        """Those of checks too."""
        yield from FUNCTIONS


@record
class TableEnvironment(Environment):
    """Aggregates over `rows`; a bare column is a mistake. `keys` are those of a `group by`, None in a check."""

    rows: RowEnvironment
    keys: tuple[str, ...] | None = None
    sorted_by: tuple[Order, ...] = ()

    @property
    def grouped(self) -> bool:
        """A group has at least one row; a whole table may have none."""
        return bool(self.keys)

    @property
    def order(self) -> tuple[Order, ...]:
        """The preceding `sort by`."""
        return self.sorted_by

    def name(self, ref: tree.Ref, context: Context) -> TypedExpr:
        """A parameter or the like; a column is ML205."""
        text = ref.parts[0].text
        if len(ref.parts) == 1 and text in self.rows.columns:
            context.name(self.rows.columns[text], ref.span)
            self._bare(ref, text, context)
            return mistake(ref.span)
        return self.rows.name(ref, context)

    def _bare(self, ref: tree.Ref, text: str, context: Context) -> None:
        if self.keys is None:
            message = f"`{text}` has a value for each row, but this condition is about the whole table"
            help_ = f"compare rows with a window: `mean({text}) over ()`; or use an aggregate: `max({text})`"
        elif text in self.keys:
            message = f"`{text}` is a key of the group, but an aggregate is wanted here"
            help_ = f"the keys are in the result already; to compute with `{text}` use `derive` after the `group by`"
        else:
            message = f"`{text}` has a value for each row, but an aggregate is wanted here"
            help_ = f"say what to make of the values: `max({text})`, `count_distinct({text})`, …"
        context.report("ML205", message, ref.span, help=help_)

    def functions(self) -> Iterator[str]:
        """Those of checks too, in one."""
        yield from FUNCTIONS if self.keys is None else self.rows.functions()

    def call(self, call: tree.Call, context: Context) -> TypedExpr | None:
        """`rows()`, `unique(…)` and `fresh(…)`, in a check."""
        function = FUNCTIONS.get(call.function.text)
        if self.keys is not None or function is None or function.kind != "check":
            return None
        return call_function(function, call, replace(self.rows, inside=function.name), self, context, check_expression)

    def aggregate(self, call: tree.Call, function: Function, context: Context) -> Environment | None:
        """Arguments of an aggregate are about rows."""
        return replace(self.rows, inside=function.name)

    def window(self, over: tree.Over, context: Context) -> Environment | None:
        """A window has a value for each row."""
        message = "a window has a value for each row, but an aggregate is wanted here"
        context.report("ML205", message, over.span, help="compute the window by `derive` first")
        return None


def check_rows(schema: Schema) -> CheckRows:
    """The environment of the rows that a check looks at."""
    return CheckRows(schema, columns={item.name: item for item in schema.columns})


def check_environment(condition: tree.Expr, rows: CheckRows) -> Environment:
    """Where a condition of a check stands: over the whole table if it has an aggregate in it, else over rows."""
    return TableEnvironment(rows) if is_about_table(condition) else rows


def group_environment(rows: RowEnvironment, keys: tuple[str, ...], order: tuple[Order, ...]) -> TableEnvironment:
    """Where the bindings of a `group by` stand."""
    return TableEnvironment(rows, keys, order)


def is_about_table(condition: tree.Expr) -> bool:
    """Whether a condition has an aggregate, or a call like `rows()`, that is not part of a window."""
    waiting: list[Any] = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tree.Call):
            function = FUNCTIONS.get(node.function.text)
            if function is not None and function.kind in ("aggregate", "check"):
                return True
        if type(node) in _PARTS:
            waiting.extend(_PARTS[type(node)](node))
    return False


_PARTS: dict[type, Callable[[Any], tuple[tree.Value, ...]]] = {
    tree.Unary: lambda node: (node.operand,),
    tree.Binary: lambda node: (node.left, node.right),
    tree.Between: lambda node: (node.operand, node.low, node.high),
    tree.InList: lambda node: (node.operand, *node.items),
    tree.IsNull: lambda node: (node.operand,),
    tree.References: lambda node: (node.operand,),
    tree.Conditional: lambda node: (node.condition, node.then, node.otherwise),
    tree.Call: lambda node: tuple(argument.value for argument in node.arguments),
}
