"""What an expression means in one row, in plain Python: the reference's rules, read without an engine."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from mldsl.catalog.rules import shared
from mldsl.catalog.types import DATETIME, Type
from mldsl.plan.expressions import Call, ColumnRef, Constant, Expression

Row = Mapping[str, object]
LOW, HIGH = -(2**63), 2**63 - 1
_MICRO = timedelta(microseconds=1)


class UnfitError(Exception):
    """The row's value is an error: an int beyond 64 bits, a cast that fails."""


def meaning(expression: Expression, row: Row) -> Any:
    """The value. Raises UnfitError where it is an error that counts: what a branch not taken does is none."""
    match expression:
        case Constant():
            return expression.python
        case ColumnRef():
            return row[expression.name]
        case Call(function=name) if name in _LAZY:
            return _LAZY[name](expression, row)
        case Call(function=name, arguments=arguments):
            values = [meaning(argument, row) for argument in arguments]
            return _NULLS[name](expression, values) if name in _NULLS else _plain(expression, values)
    raise TypeError(expression)


def widened(value: Any, type_: Type) -> Any:
    """A value as one of a wider type."""
    match type_.kind:
        case "float" if isinstance(value, int):
            return float(value)
        case "datetime" if value is not None and not isinstance(value, datetime):
            return datetime.combine(value, time())
        case _:
            return value


def _plain(call: Call, values: Sequence[Any]) -> Any:
    return None if None in values else _PLAIN[call.function](call, *values)


def _common(call: Call, start: int = 0) -> Type:
    constants = [item.python if isinstance(item, Constant) else None for item in call.arguments]
    found = shared(start)([item.type for item in call.arguments], constants)
    assert isinstance(found, Type)
    return found


def _comparable(call: Call, values: Sequence[Any]) -> list[Any]:
    """The arguments as values that Python compares as the language does: an enum's by their places."""
    common = _common(call)
    if common.kind == "enum":
        return [None if value is None else common.values.index(value) for value in values]
    return [widened(value, common) for value in values]


# --- what fails, what is null ----------------------------------------------------------------------------------------


def whole(value: int) -> int:
    if not LOW <= value <= HIGH:
        raise UnfitError
    return value


def finite(compute: Callable[[], Any]) -> float | None:
    try:
        value = compute()
    except (OverflowError, ZeroDivisionError, ValueError):
        return None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def length(micros: float | None) -> timedelta | None:
    return None if micros is None else timedelta(microseconds=whole(round(micros)))


def micros(value: timedelta) -> int:
    return value // _MICRO


# --- logic -----------------------------------------------------------------------------------------------------------


def _if(call: Call, row: Row) -> Any:
    condition, then, otherwise = call.arguments
    return widened(meaning(then if meaning(condition, row) else otherwise, row), call.type)


def _coalesce(call: Call, row: Row) -> Any:
    values = (meaning(argument, row) for argument in call.arguments)
    return widened(next((value for value in values if value is not None), None), call.type)


def _and(call: Call, row: Row) -> Any:
    left = meaning(call.arguments[0], row)
    if left is False:
        return False
    right = meaning(call.arguments[1], row)
    return False if right is False else None if None in (left, right) else True


def _or(call: Call, row: Row) -> Any:
    left = meaning(call.arguments[0], row)
    if left is True:
        return True
    right = meaning(call.arguments[1], row)
    return True if right is True else None if None in (left, right) else False


def _compare(operation: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    def result(call: Call, values: Sequence[Any]) -> Any:
        left, right = _comparable(call, values)
        return None if left is None or right is None else operation(left, right)

    return result


def _between(call: Call, values: Sequence[Any]) -> Any:
    value, low, high = _comparable(call, values)
    sides = [
        None if None in (value, low) else value >= low,
        None if None in (value, high) else value <= high,
    ]
    return False if False in sides else None if None in sides else True


def _in(call: Call, values: Sequence[Any]) -> Any:
    value, *items = _comparable(call, values)
    if value is None:
        return None
    return True if value in items else None if None in items else False


# --- arithmetic ------------------------------------------------------------------------------------------------------


def _number(operation: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def result(call: Call, left: Any, right: Any) -> Any:
        if call.type.kind == "int":
            return whole(operation(left, right))
        return finite(lambda: operation(float(left), float(right)))

    return result


def _add(call: Call, left: Any, right: Any) -> Any:
    match call.type.kind:
        case "date":
            return left + right if isinstance(left, date) else right + left
        case "datetime":
            moment, by = (right, left) if isinstance(left, timedelta) else (left, right)
            return widened(moment, DATETIME) + by
        case "duration":
            return length(micros(left) + micros(right))
    return _number(lambda a, b: a + b)(call, left, right)


def _subtract(call: Call, left: Any, right: Any) -> Any:
    match call.type.kind:
        case "date":
            return left - right
        case "datetime":
            return widened(left, DATETIME) - right
        case "duration" if isinstance(left, date):
            return widened(left, DATETIME) - widened(right, DATETIME)
        case "duration":
            return length(micros(left) - micros(right))
    return _number(lambda a, b: a - b)(call, left, right)


def _multiply(call: Call, left: Any, right: Any) -> Any:
    if call.type.kind != "duration":
        return _number(lambda a, b: a * b)(call, left, right)
    span, factor = (left, right) if isinstance(left, timedelta) else (right, left)
    if isinstance(factor, int):
        return length(micros(span) * factor)
    return length(finite(lambda: float(micros(span)) * factor))


def _divide(call: Call, left: Any, right: Any) -> Any:
    above, below = (micros(item) if isinstance(item, timedelta) else item for item in (left, right))
    ratio = finite(lambda: float(above) / float(below))
    return length(ratio) if call.type.kind == "duration" else ratio


def _divided(operation: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    inner = _number(operation)
    return lambda call, left, right: None if right == 0 else inner(call, left, right)


def _power(call: Call, base: Any, exponent: Any) -> Any:
    if call.type.kind != "int":
        return finite(lambda: float(base) ** float(exponent))
    if abs(base) > 1 and exponent > 64:
        raise UnfitError
    return whole(base**exponent)


def _negate(call: Call, value: Any) -> Any:
    if isinstance(value, timedelta):
        return length(-micros(value))
    return whole(-value) if isinstance(value, int) else -value


def _round(call: Call, value: Any, digits: int = 0) -> Any:
    return value if isinstance(value, int) else finite(lambda: round(value, digits))


def _extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    return lambda call, *values: pick(*(widened(value, call.type) for value in values))


def _clip(call: Call, *values: Any) -> Any:
    value, low, high = (widened(item, call.type) for item in values)
    return min(max(value, low), high)


# --- strings, dates, casts -------------------------------------------------------------------------------------------


def _substring(call: Call, text: str, start: int, count: int) -> str:
    return "".join(sign for place, sign in enumerate(text, 1) if start <= place < start + count)


def _truncate(call: Call, value: Any, unit: str) -> Any:
    moment = widened(value, DATETIME)
    midnight = datetime.combine(moment.date(), time())
    found = {
        "year": lambda: midnight.replace(month=1, day=1),
        "quarter": lambda: midnight.replace(month=(moment.month - 1) // 3 * 3 + 1, day=1),
        "month": lambda: midnight.replace(day=1),
        "week": lambda: midnight - timedelta(days=moment.weekday()),
        "day": lambda: midnight,
        "hour": lambda: moment.replace(minute=0, second=0, microsecond=0),
        "minute": lambda: moment.replace(second=0, microsecond=0),
        "second": lambda: moment.replace(microsecond=0),
    }[unit]()
    return found.date() if call.type.kind == "date" else found


def _days_between(call: Call, first: Any, last: Any) -> int:
    span = micros(widened(last, DATETIME) - widened(first, DATETIME))
    days = abs(span) // (86_400 * 10**6)
    return days if span >= 0 else -days


def _part(get: Callable[[datetime], int]) -> Callable[..., Any]:
    return lambda call, value: get(widened(value, DATETIME))


def _parsed(parse: Callable[[str], Any]) -> Any:
    def result(text: str) -> Any:
        try:
            return parse(text)
        except ValueError:
            raise UnfitError from None

    return result


def _int(call: Call, value: Any) -> int:
    if isinstance(value, str):
        if not re.fullmatch(r"[+-]?[0-9]+", value.strip()):
            raise UnfitError
        return whole(int(value))
    if isinstance(value, float) and not value.is_integer():
        raise UnfitError
    return whole(int(value))


def _bool(call: Call, value: Any) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if isinstance(value, str):
        value = known.get(value.strip().lower())
    if value not in (0, 1):
        raise UnfitError
    return bool(value)


def _string(call: Call, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


_LAZY: Mapping[str, Callable[[Call, Row], Any]] = {"if": _if, "coalesce": _coalesce, "and": _and, "or": _or}
_NULLS: Mapping[str, Callable[[Call, Sequence[Any]], Any]] = {
    "is_null": lambda call, values: values[0] is None,
    "equal": _compare(lambda a, b: a == b),
    "not_equal": _compare(lambda a, b: a != b),
    "less": _compare(lambda a, b: a < b),
    "less_equal": _compare(lambda a, b: a <= b),
    "greater": _compare(lambda a, b: a > b),
    "greater_equal": _compare(lambda a, b: a >= b),
    "between": _between,
    "in": _in,
}
_PLAIN: Mapping[str, Callable[..., Any]] = {
    "not": lambda call, a: not a,
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "floor_divide": _divided(lambda a, b: a // b),
    "modulo": _divided(lambda a, b: a % b),
    "power": _power,
    "negate": _negate,
    "abs": lambda call, a: whole(abs(a)) if isinstance(a, int) else abs(a),
    "round": _round,
    "floor": lambda call, a: widened(math.floor(a), call.type),
    "ceil": lambda call, a: widened(math.ceil(a), call.type),
    "sqrt": lambda call, a: finite(lambda: math.sqrt(a)),
    "exp": lambda call, a: finite(lambda: math.exp(a)),
    "log": lambda call, a: finite(lambda: math.log(a)),
    "log1p": lambda call, a: finite(lambda: math.log1p(a)),
    "log10": lambda call, a: finite(lambda: math.log10(a)),
    "sign": lambda call, a: widened((a > 0) - (a < 0), call.type),
    "clip": _clip,
    "least": _extreme(min),
    "greatest": _extreme(max),
    "lower": lambda call, s: s.lower(),
    "upper": lambda call, s: s.upper(),
    "trim": lambda call, s: s.strip(),
    "length": lambda call, s: len(s),
    "contains": lambda call, s, part: part in s,
    "starts_with": lambda call, s, part: s.startswith(part),
    "ends_with": lambda call, s, part: s.endswith(part),
    "replace": lambda call, s, old, new: s.replace(old, new) if old else s,
    "substring": _substring,
    "matches": lambda call, s, pattern: re.search(pattern, s) is not None,
    "concat": lambda call, *parts: "".join(parts),
    "year": _part(lambda t: t.year),
    "quarter": _part(lambda t: (t.month + 2) // 3),
    "month": _part(lambda t: t.month),
    "day": _part(lambda t: t.day),
    "weekday": _part(lambda t: t.isoweekday()),
    "hour": _part(lambda t: t.hour),
    "minute": _part(lambda t: t.minute),
    "day_of_year": _part(lambda t: t.timetuple().tm_yday),
    "truncate": _truncate,
    "days_between": _days_between,
    "date": lambda call, x: _parsed(date.fromisoformat)(x) if isinstance(x, str) else widened(x, DATETIME).date(),
    "datetime": lambda call, x: _parsed(datetime.fromisoformat)(x) if isinstance(x, str) else widened(x, DATETIME),
    "parse_date": lambda call, s, layout: _parsed(lambda text: datetime.strptime(text, layout).date())(s),
    "int": _int,
    "float": lambda call, x: float(x),
    "string": _string,
    "bool": _bool,
}
NAMES = frozenset((*_LAZY, *_NULLS, *_PLAIN))
"""The functions and operators that have a meaning here."""
