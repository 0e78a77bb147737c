"""Conditions joined by `and` that no value of a column can meet: `age > 60 and age < 18`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from mldsl.analysis.typed import Call, ColumnRef, Constant, TypedExpr
from mldsl.records import record

_ORDERED = ("int", "float", "date", "datetime", "duration")
_MIRRORED = {
    "equal": "equal",
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
}


@record
class Bounds:
    """What is left of a column's values; None is no bound. `open_*` says that the bound itself is out."""

    low: Any = None
    high: Any = None
    open_low: bool = False
    open_high: bool = False

    @property
    def empty(self) -> bool:
        """Whether no value is left."""
        if self.low is None or self.high is None:
            return False
        return bool(self.low > self.high) or (self.low == self.high and (self.open_low or self.open_high))

    def and_(self, other: Bounds) -> Bounds:
        """The values that both leave."""
        low, open_low = self.low, self.open_low
        if other.low is not None and (low is None or (other.low, other.open_low) > (low, open_low)):
            low, open_low = other.low, other.open_low
        high, open_high = self.high, self.open_high
        if other.high is not None and (high is None or (other.high, not other.open_high) < (high, not open_high)):
            high, open_high = other.high, other.open_high
        return Bounds(low, high, open_low, open_high)


Known = Mapping[str, Bounds]


def contradiction(both: Call) -> str | None:
    """The column for which the two sides of an `and` leave no value, though each of them does."""
    left, right = (_known(side) for side in both.arguments)
    for name, bounds in right.items():
        before = left.get(name)
        if before is None or before.empty or bounds.empty:
            continue
        if before.and_(bounds).empty:
            return name
    return None


def _known(condition: TypedExpr) -> Known:
    """The bounds that hold where a condition is true."""
    match condition:
        case Call(function="and", arguments=(left, right)):
            found = dict(_known(left))
            for name, bounds in _known(right).items():
                found[name] = found[name].and_(bounds) if name in found else bounds
            return found
        case Call(
            function="between", arguments=(ColumnRef(name=name) as column, Constant() as low, Constant() as high)
        ):
            pair = _value(low, column), _value(high, column)
            return {} if None in pair else {name: Bounds(*pair)}
        case Call(function=sign, arguments=(ColumnRef() as column, Constant() as constant)):
            return _compared(sign, column, constant)
        case Call(function=sign, arguments=(Constant() as constant, ColumnRef() as column)):
            return _compared(_MIRRORED.get(sign, ""), column, constant)
        case _:
            return {}


def _compared(sign: str, column: ColumnRef, constant: Constant) -> Known:
    value = _value(constant, column)
    if value is None and sign == "equal" and isinstance(constant.value, str):
        value = constant.value
    if value is None or (isinstance(value, str) != column.type.is_stringlike):
        return {}
    match sign:
        case "equal":
            return {column.name: Bounds(value, value)}
        case "less" | "less_equal":
            return {column.name: Bounds(high=value, open_high=sign == "less")}
        case "greater" | "greater_equal":
            return {column.name: Bounds(low=value, open_low=sign == "greater")}
        case _:
            return {}


def _value(constant: Constant, column: ColumnRef) -> Any:  # noqa: ANN401 - whatever has an order
    """A value that compares with the column's others; None where order is not Python's."""
    if column.type.kind not in _ORDERED or constant.type.kind not in _ORDERED:
        return None
    value = constant.value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value
