"""Typed expressions to those of the plan."""

from __future__ import annotations

from collections.abc import Iterable

from mldsl.analysis import typed
from mldsl.errors import PlanError
from mldsl.plan import expressions as plan
from mldsl.plan.nodes import Bound

# Readers of plans (pydantic among them) go no deeper than 255 levels.
MAX_DEPTH = 200


def expression(value: typed.TypedExpr, depth: int = 0) -> plan.Expression:
    """`value` without its places; PlanError when it is nested too deeply for any reader of plans."""
    if depth > MAX_DEPTH:
        message = f"{value.span.location}: this expression is nested more than {MAX_DEPTH} levels deep"
        raise PlanError(message, "bind a part of it to a name with `derive` first")
    match value:
        case typed.Call(type_, _, function, arguments, order):
            return plan.Call(type=type_, function=function, arguments=_all(arguments, depth), order=orders(order))
        case typed.Window(type_, _, function, arguments, partition, order, rows):
            inner = _all(arguments, depth)
            return plan.Window(
                type=type_, function=function, arguments=inner, partition=partition, order=orders(order), rows=rows
            )
        case _:
            return _leaf(value)


def _leaf(value: typed.TypedExpr) -> plan.Expression:
    match value:
        case typed.Constant(type_, _, constant):
            return plan.Constant(type=type_, value=plan.to_json(constant))
        case typed.ColumnRef(type_, _, name):
            return plan.ColumnRef(type=type_, name=name)
        case typed.ParamRef(type_, _, name):
            return plan.ParamRef(type=type_, name=name)
        case typed.TableColumn(type_, _, table, column):
            return plan.TableColumn(type=type_, table=table, column=column)
        case typed.MetricRef(type_, _, name, of, period):
            return plan.MetricRef(type=type_, name=name, of=of, period=plan.to_json(period))
        case typed.MaxDifference(type_, _, metric, column):
            return plan.MaxDifference(type=type_, metric=metric, column=column)
        case typed.Drift(type_, _, columns, of_prediction, method):
            return plan.Drift(type=type_, columns=columns, of_prediction=of_prediction, method=method)
        case typed.Named(type_, _, name, argument):
            return plan.Named(type=type_, name=name, argument=argument)
        case _:
            raise TypeError(f"not an expression: {value!r}")


def orders(keys: Iterable[typed.Order]) -> tuple[plan.Order, ...]:
    """Sort keys."""
    return tuple(plan.Order(column=key.column, descending=key.descending) for key in keys)


def bounds(bindings: Iterable[tuple[str, typed.TypedExpr]]) -> tuple[Bound, ...]:
    """The bindings of a `derive` or a `group by`."""
    return tuple(Bound(name=name, value=expression(value)) for name, value in bindings)


def _all(values: Iterable[typed.TypedExpr], depth: int) -> tuple[plan.Expression, ...]:
    return tuple([expression(value, depth + 1) for value in values])
