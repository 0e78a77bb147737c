"""Comparisons, three-valued logic, `if`, `in`, `between`, `??`."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.catalog.types import BOOL, Type
from mldsl.runtime.engine.duckdb.functions.common import Lower
from mldsl.runtime.engine.operands import Operands


def _comparison(sign: str) -> Lower:
    def lower(operands: Operands[str]) -> str:
        common = _comparable(operands)
        return f"({operands.value(0, common)} {sign} {operands.value(1, common)})"

    return lower


def _comparable(operands: Operands[str]) -> Type:
    """The type to compare in; bare nulls have none of their own, and any does."""
    common = operands.common()
    return BOOL if common.kind in ("null", "any") else common


def _between(operands: Operands[str]) -> str:
    value, low, high = operands.values(_comparable(operands))
    return f"({value} BETWEEN {low} AND {high})"


def _in(operands: Operands[str]) -> str:
    value, *items = operands.values(_comparable(operands))
    return f"({value} IN ({', '.join(items)}))"


def _and(operands: Operands[str]) -> str:
    left = operands.reused(0, BOOL)
    # What is decided already cannot fail: `x != "" and int(x) > 3`.
    return f"({left} AND {operands.value(1, BOOL, guard=f'coalesce({left}, true)')})"


def _or(operands: Operands[str]) -> str:
    left = operands.reused(0, BOOL)
    return f"({left} OR {operands.value(1, BOOL, guard=f'(NOT coalesce({left}, false))')})"


def _if(operands: Operands[str]) -> str:
    holds = operands.hoisted(f"coalesce({operands.value(0, BOOL)}, false)")
    then = operands.value(1, operands.type, guard=holds)
    return f"CASE WHEN {holds} THEN {then} ELSE {operands.value(2, operands.type, guard=f'(NOT {holds})')} END"


def _coalesce(operands: Operands[str]) -> str:
    values = [operands.reused(0, operands.type)]
    for index in range(1, operands.count):
        missing = " AND ".join(f"{value} IS NULL" for value in values)
        values.append(operands.reused(index, operands.type, guard=f"({missing})"))
    return f"coalesce({', '.join(values)})"


LOGIC: Mapping[str, Lower] = {
    "equal": _comparison("="),
    "not_equal": _comparison("<>"),
    "less": _comparison("<"),
    "less_equal": _comparison("<="),
    "greater": _comparison(">"),
    "greater_equal": _comparison(">="),
    "between": _between,
    "in": _in,
    "not": lambda operands: f"(NOT {operands.value(0, BOOL)})",
    "and": _and,
    "or": _or,
    "if": _if,
    "coalesce": _coalesce,
    "is_null": lambda operands: f"({operands.value(0)} IS NULL)",
}
"""Logic by name."""
