"""Expressions and values of a plan in the words of the language, for people; not for reading back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from mldsl.catalog.operators import OPERATORS
from mldsl.catalog.types import Type
from mldsl.plan import expressions as plan
from mldsl.plan.expressions import Json, Order

_SIGNS = {function: sign for sign, function in OPERATORS.items()}
# How tightly each holds its operands together; an operand that holds less tightly stands in brackets.
_STRENGTH = {"if": 1, "or": 2, "and": 3, "not": 4, "coalesce": 6, "add": 7, "subtract": 7, "negate": 9, "power": 10}
_STRENGTH |= dict.fromkeys(("multiply", "divide", "floor_divide", "modulo"), 8)
_STRENGTH |= dict.fromkeys(("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"), 5)
_STRENGTH |= dict.fromkeys(("between", "in", "is_null", "references"), 5)
_CALL = 11
_UNITS = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_SIZES = (("Ti", 2**40), ("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))


def hidden(column: str) -> bool:
    """Whether a column is the compiler's own: it is not in the language, and what it is for is said in other words."""
    return column.startswith("\x1f")


def expression(value: plan.Expression) -> str:
    """As a program writes it: `total / tenure >= 0.5 and plan == "pro"`."""
    match value:
        case plan.Call():
            return _call(value)
        case plan.Window():
            return _window(value)
        case plan.Constant():
            return literal(value.value, value.type)
        case plan.ColumnRef():
            return name(value.name)
        case plan.ParamRef():
            return value.name
        case plan.TableColumn():
            return f"{value.table}.{name(value.column)}"
        case _:
            return _judgement(value)


def _judgement(value: plan.Expression) -> str:
    match value:
        case plan.MetricRef():
            start = "champion." if value.of == "champion" else ""
            period = "" if value.period is None else f" over {duration(value.period / 1e6)}"
            return f"{start}{value.name}{period}"
        case plan.MaxDifference():
            return f"max_difference({value.metric}, {name(value.column)})"
        case plan.Drift(of_prediction=True):
            return "prediction_drift()"
        case plan.Drift():
            method = f", method: {value.method}" if value.method else ""
            return f"drift({names(value.columns)}{method})"
        case plan.Named():
            return value.name if value.argument is None else f"{value.name}({string(value.argument)})"
    raise TypeError(f"not an expression: {value!r}")


def _call(call: plan.Call) -> str:
    function = call.function
    if function not in _STRENGTH:
        return f"{function}({', '.join(map(expression, call.arguments))})"
    strength = _STRENGTH[function]
    first, *others = (_operand(item, strength) for item in call.arguments)
    match function:
        case "if":
            return f"if {first} then {others[0]} else {others[1]}"
        case "not":
            return _negated(call.arguments[0]) or f"not {first}"
        case "negate":
            return f"-{first}"
        case "between":
            return f"{first} between {others[0]} and {others[1]}"
        case "in":
            return f"{first} in ({', '.join(others)})"
        case "is_null":
            return f"{first} is null"
        case "references":
            return f"{first} references {others[0]}"
        case _:
            later = [_operand(item, strength + 1) for item in call.arguments[1:]]
            return f" {_SIGNS[function]} ".join([first, *later])


def _negated(inner: plan.Expression) -> str | None:
    """`not` where the language has it inside: `is not null`, `not in`."""
    match inner:
        case plan.Call(function="is_null"):
            return f"{_operand(inner.arguments[0], 5)} is not null"
        case plan.Call(function="in"):
            first, *items = (_operand(item, 5) for item in inner.arguments)
            return f"{first} not in ({', '.join(items)})"
        case _:
            return None


def _operand(value: plan.Expression, strength: int) -> str:
    own = _STRENGTH.get(value.function, _CALL) if isinstance(value, plan.Call) else _CALL
    return f"({expression(value)})" if own < strength else expression(value)


def _window(window: plan.Window) -> str:
    parts = []
    if window.partition:
        parts.append(f"partition by {names(window.partition)}")
    if window.order:
        parts.append(f"order by {orders(window.order)}")
    if window.rows is not None:
        parts.append(f"rows {window.rows}")
    arguments = ", ".join(map(expression, window.arguments))
    return f"{window.function}({arguments}) over ({' '.join(parts)})"


def orders(keys: Iterable[Order]) -> str:
    """`a, b desc`."""
    return ", ".join(name(key.column) + " desc" * key.descending for key in keys)


def literal(value: Json, type_: Type | None = None) -> str:
    """A constant: `null`, `"text"`, `@2025-01-31`, `90d`, `0.5`; lists with commas."""
    kind = type_.kind if type_ is not None else ""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str() if kind in ("date", "datetime"):
            return f"@{value}"
        case str():
            return string(value)
        case int() if kind == "duration":
            return duration(value / 1e6)
        case list() | tuple():
            return ", ".join(literal(item) for item in value)
        case int():
            return f"{value:_}"
        case _:
            return repr(value)


def duration(seconds: float) -> str:
    """`1h30m`; parts of a second in milliseconds or microseconds."""
    left = abs(timedelta(seconds=seconds))
    text, whole = "", left // timedelta(seconds=1)
    for unit, size in _UNITS:
        count, whole = divmod(whole, size)
        text += f"{count}{unit}" if count else ""
    micro = left.microseconds
    text += "" if not micro else f"{micro // 1000}ms" if micro % 1000 == 0 else f"{micro}us"
    return ("-" if seconds < 0 else "") + (text or "0s")


def size(count: int) -> str:
    """`4Gi`."""
    unit, factor = next(((unit, factor) for unit, factor in _SIZES if count % factor == 0), ("", 1))
    return f"{count // factor}{unit}"


def share(value: float) -> str:
    """`70%`."""
    return f"{100 * value:.10g}%"


def string(text: str) -> str:
    """`text` between quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def name(text: str) -> str:
    """A column's name, in backticks where it is no plain one."""
    return text if re.fullmatch(r"[^\W\d]\w*", text) else f"`{text}`"


def names(texts: Iterable[str]) -> str:
    """Columns with commas."""
    return ", ".join(map(name, texts))
