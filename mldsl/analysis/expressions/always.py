"""ML211: conditions that do not depend on the data."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime
from math import inf
from typing import Any

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.contradictions import contradiction
from mldsl.analysis.typed import Call, ColumnRef, Constant, TypedExpr
from mldsl.diagnostics.model import Edit
from mldsl.source import Span

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}
_MIRRORED = {"less": "greater", "less_equal": "greater_equal", "greater": "less", "greater_equal": "less_equal"}

# The least and the greatest value that a function can give, whatever its arguments are.
_LIMITS: dict[str, tuple[float, float]] = {
    "rows": (0, inf),
    "count": (0, inf),
    "count_distinct": (0, inf),
    "length": (0, inf),
    "abs": (0, inf),
    "share": (0, 1),
    "null_rate": (0, 1),
    "quarter": (1, 4),
    "month": (1, 12),
    "day": (1, 31),
    "weekday": (1, 7),
    "hour": (0, 23),
    "minute": (0, 59),
    "day_of_year": (1, 366),
}
_SHARES = ("share", "null_rate")
# Their null, over no rows, is no reason to ask.
_COUNTED = ("rows", "count", "count_distinct", *_SHARES)


def judge_condition(condition: TypedExpr, context: Context) -> None:
    """Warn of a condition that is a plain `true` or `false`."""
    if isinstance(condition, Constant) and isinstance(condition.value, bool):
        context.report("ML211", f"this is always {str(condition.value).lower()}", condition.span)


def judge(call: Call, context: Context, sign: Span | None, negated: bool) -> None:
    """Warn of a call of an operator whose result is known beforehand."""
    if any(argument.type.kind == "any" for argument in call.arguments):
        return
    if call.function in _COMPARE:
        if not _with_null(call, context, sign):
            percent = _percent(call)
            help_ = f"a share lies between 0 and 1: did you mean `{percent.replacement}`?" if percent else None
            _say(call, _comparison(call), context, help_, percent)
    elif call.function == "and":
        name = contradiction(call)
        _say(call, None if name is None else False, context, f"no value of `{name}` meets both sides")
    elif call.function in _RULES:
        found = _RULES[call.function](call)
        _say(call, found if found is None else found != negated, context)


def _say(call: Call, always: bool | None, context: Context, help_: str | None = None, edit: Edit | None = None) -> None:
    if always is not None:
        labels = context.declared(call.arguments[0].span)
        message = f"this is always {str(always).lower()}"
        context.report("ML211", message, call.span, labels=labels, help=help_, edit=edit)


def _with_null(call: Call, context: Context, sign: Span | None) -> bool:
    """`x == null`, which is never true."""
    left, right = call.arguments
    if "null" not in (left.type.kind, right.type.kind):
        return False
    other = left if right.type.kind == "null" else right
    words = {"equal": "is null", "not_equal": "is not null"}.get(call.function)
    help_ = f"write `{other.span.text} {words}`" if words else None
    edit = None
    if words and sign and right.type.kind == "null":
        edit = Edit(sign.to(right.span), words)
    elif words and sign and not isinstance(right, Call):
        edit = Edit(left.span.to(right.span), f"{right.span.text} {words}")
    context.report("ML211", "a comparison with null is always null", call.span, help=help_, edit=edit)
    return True


def _comparison(call: Call) -> bool | None:
    left, right = call.arguments
    if isinstance(left, Constant) and isinstance(right, Constant):
        return _compared(call.function, left.value, right.value)
    if isinstance(left, ColumnRef) and isinstance(right, ColumnRef):
        same = left.name == right.name and not left.type.nullable
        return call.function in ("equal", "less_equal", "greater_equal") if same else None
    if isinstance(right, Call) and isinstance(left, Constant):
        return _limited(_MIRRORED.get(call.function, call.function), right, left.value)
    if isinstance(left, Call) and isinstance(right, Constant):
        return _limited(call.function, left, right.value)
    return None


def _compared(function: str, left: object, right: object) -> bool | None:
    """The result for two literals; None where it takes more than Python's comparison."""
    left, right = _moment(left), _moment(right)
    try:
        return _COMPARE[function](left, right)
    except TypeError:
        return None


def _moment(value: object) -> object:
    """A date as its midnight, so that it compares with a datetime."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value


def _limited(function: str, call: Call, value: object) -> bool | None:
    """The result for a function whose values have limits, against a number."""
    if call.function not in _LIMITS or not isinstance(value, (int, float)):
        return None
    low, high = _LIMITS[call.function]
    compare = _COMPARE[function]
    if function in _MIRRORED:
        found = {compare(low, value), compare(high, value)}
    else:
        found = {True, False} if low <= value <= high else {function == "not_equal"}
    if len(found) > 1 or (True in found and call.type.nullable and call.function not in _COUNTED):
        return None
    return found.pop()


def _percent(call: Call) -> Edit | None:
    """A share is compared with a number above 1: the percent sign that is missing."""
    for one, other in (call.arguments, call.arguments[::-1]):
        if isinstance(one, Call) and one.function in _SHARES and isinstance(other, Constant):
            value = other.value
            if isinstance(value, (int, float)) and 1 < value <= 100:
                return Edit(other.span, f"{other.span.text}%")
    return None


def _is_null(call: Call) -> bool | None:
    (operand,) = call.arguments
    if operand.type.kind == "null":
        return True
    return None if operand.type.nullable else False


def _between(call: Call) -> bool | None:
    operand, low, high = call.arguments
    if not isinstance(low, Constant) or not isinstance(high, Constant):
        return None
    if _compared("greater", low.value, high.value) and operand.type.kind != "enum":
        return False
    return None


def _in(call: Call) -> bool | None:
    operand, *items = call.arguments
    if operand.type.kind != "enum" or operand.type.nullable:
        return None
    listed = {item.value for item in items if isinstance(item, Constant)}
    return True if listed.issuperset(operand.type.values) else None


_RULES: dict[str, Callable[[Call], bool | None]] = {"is_null": _is_null, "between": _between, "in": _in}
