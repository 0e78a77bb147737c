"""Expressions as people write them, for messages about rows."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

from mldsl.plan.expressions import Call, ColumnRef, Constant, Expression, ParamRef, TableColumn, Window

_SIGNS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "floor_divide": "//", "modulo": "%", "power": "**",
    "equal": "==", "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
    "and": "and", "or": "or", "coalesce": "??",
}  # fmt: skip
_UNITS = (("w", 604_800_000_000), ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000),
          ("ms", 1_000), ("us", 1))  # fmt: skip
_DEEPEST = 6


def describe(expression: Expression, depth: int = 0) -> str:
    """The expression in the language's own syntax; what is nested deeply is left out (`…`)."""
    if depth > _DEEPEST:
        return "…"
    match expression:
        case Constant():
            return show(expression.python)
        case ColumnRef(name=name) | ParamRef(name=name):
            return name if name.isidentifier() else f"`{name}`"
        case TableColumn(table=table, column=column):
            return f"{table}.{column}"
        case Call():
            return _call(expression, depth)
        case Window(function=function, arguments=arguments):
            return f"{function}({', '.join(describe(item, depth + 1) for item in arguments)}) over (…)"
        case _:
            return "…"


def _call(call: Call, depth: int) -> str:
    items = [describe(item, depth + 1) for item in call.arguments]
    match call.function:
        case name if name in _SIGNS:
            shown = [f"({item})" if _is_operator(call.arguments[i]) else item for i, item in enumerate(items)]
            return f" {_SIGNS[name]} ".join(shown)
        case "negate":
            return f"-{items[0]}"
        case "not":
            return f"not {items[0]}"
        case "is_null":
            return f"{items[0]} is null"
        case "between":
            return f"{items[0]} between {items[1]} and {items[2]}"
        case "in":
            return f"{items[0]} in ({', '.join(items[1:])})"
        case "references":
            return f"{items[0]} references {items[1]}"
        case "if":
            return f"if {items[0]} then {items[1]} else {items[2]}"
        case name:
            return f"{name}({', '.join(items)})"


def _is_operator(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.function in (*_SIGNS, "between", "in", "if", "not")


def show(value: object) -> str:
    """A value as a literal of the language: `null`, `"text"`, `@2025-01-31`, `1h30m`."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case datetime():
            return f"@{value.replace(tzinfo=None).isoformat()}"
        case date():
            return f"@{value.isoformat()}"
        case timedelta():
            return _duration(value // timedelta(microseconds=1))
        case bytes():
            return f"{len(value)} bytes"
        case _:
            return str(value)


def _duration(micros: int) -> str:
    if micros <= 0:
        return f"-{_duration(-micros)}" if micros else "0s"
    parts = []
    for unit, size in _UNITS:
        count, micros = divmod(micros, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
