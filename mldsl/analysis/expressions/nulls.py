"""What a condition says about nulls: the columns that cannot be null where it is true, where it is not, and so on."""

from __future__ import annotations

from mldsl.analysis.typed import Call, ColumnRef, TypedExpr
from mldsl.catalog.functions import FUNCTIONS, OPERATOR_FUNCTIONS

_NOTHING: frozenset[str] = frozenset()

# Of these only the first argument makes the result null for certain: `x in (1, null)` may be true.
_FIRST_ONLY = ("in", "between", "references")
# Operators that may give a value though an argument is null.
_LENIENT = ("and", "or", "coalesce", "if", "is_null")


def nonnull_if_true(condition: TypedExpr) -> frozenset[str]:
    """Columns that are not null in every row where the condition is true."""
    match condition:
        case Call(function="and", arguments=(left, right)):
            return nonnull_if_true(left) | nonnull_if_true(right)
        case Call(function="or", arguments=(left, right)):
            return nonnull_if_true(left) & nonnull_if_true(right)
        case Call(function="not", arguments=(inner,)):
            return nonnull_if_false(inner)
        case Call(function="is_null"):
            return _NOTHING
        case _:
            return needed(condition)


def nonnull_if_false(condition: TypedExpr) -> frozenset[str]:
    """Columns that are not null in every row where the condition is false."""
    match condition:
        case Call(function="and", arguments=(left, right)):
            return nonnull_if_false(left) & nonnull_if_false(right)
        case Call(function="or", arguments=(left, right)):
            return nonnull_if_false(left) | nonnull_if_false(right)
        case Call(function="not", arguments=(inner,)):
            return nonnull_if_true(inner)
        case Call(function="is_null", arguments=(inner,)):
            return frozenset({inner.name}) if isinstance(inner, ColumnRef) else _NOTHING
        case _:
            return needed(condition)


def nonnull_unless_false(condition: TypedExpr) -> frozenset[str]:
    """Columns that are not null in every row where the condition is true or null: where what follows `and` counts."""
    match condition:
        case Call(function="not", arguments=(inner,)):
            return nonnull_unless_true(inner)
        case Call(function="and", arguments=(left, right)):
            return nonnull_unless_false(left) | nonnull_unless_false(right)
        case Call(function="or", arguments=(left, right)):
            return nonnull_unless_false(left) & nonnull_unless_false(right)
        case _:
            return _NOTHING


def nonnull_unless_true(condition: TypedExpr) -> frozenset[str]:
    """Columns that are not null in every row where the condition is false or null: where an `else` counts."""
    match condition:
        case Call(function="is_null"):
            return nonnull_if_false(condition)
        case Call(function="not", arguments=(inner,)):
            return nonnull_unless_false(inner)
        case Call(function="or", arguments=(left, right)):
            return nonnull_unless_true(left) | nonnull_unless_true(right)
        case Call(function="and", arguments=(left, right)):
            return nonnull_unless_true(left) & nonnull_unless_true(right)
        case _:
            return _NOTHING


def needed(expr: TypedExpr) -> frozenset[str]:
    """Columns that must not be null for the expression to have a value."""
    match expr:
        case ColumnRef(name=name):
            return frozenset({name})
        case Call(function=name, arguments=arguments) if _is_strict(name):
            looked_at = arguments[:1] if name in _FIRST_ONLY else arguments
            return _NOTHING.union(*(needed(argument) for argument in looked_at))
        case _:
            return _NOTHING


def _is_strict(name: str) -> bool:
    function = OPERATOR_FUNCTIONS.get(name) or FUNCTIONS.get(name)
    return function is not None and function.kind == "scalar" and name not in _LENIENT
