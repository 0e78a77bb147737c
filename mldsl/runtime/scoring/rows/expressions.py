"""Expressions as Python functions of a row: null is None, datetimes are in UTC and without a zone.

A function raises `Beyond` (or whatever Python raises, such as OverflowError) where the engine fails or may say
something else. As on the engines, what `and`, `or`, `if` or `??` have no need of is not computed, and cannot fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from mldsl.catalog.types import Type
from mldsl.plan.expressions import Call, ColumnRef, Constant, Expression, ParamRef
from mldsl.runtime.engine.operands import Operands as AnyOperands
from mldsl.runtime.engine.operands import parameter
from mldsl.runtime.scoring.rows.beyond import Beyond

Row = dict[str, Any]
Value = Callable[[Row], Any]
Operands = AnyOperands[Value]
"""A call that is being made into a function."""

MOMENT = ("run_date", "run_time")


def moment_name(name: str) -> str:
    """Under which a row has `run_date` or `run_time`, which are those of its request."""
    return f"\x1f{name}"


class Compiler:
    """Follows the protocol `Lowers`. `used` are those of `MOMENT` that the expressions look at."""

    def __init__(self, params: Mapping[str, object]) -> None:
        self.params = params
        self.used: set[str] = set()

    def value(self, expression: Expression) -> Value:
        """The expression as a function of a row. Raises Beyond for one that needs more than a row."""
        return self.lowered(expression, None)[0]

    def lowered(self, expression: Expression, guard: Value | None) -> tuple[Value, int]:
        """See `Lowers`."""
        from mldsl.runtime.scoring.rows.functions import FUNCTIONS

        match expression:
            case Constant():
                return _constant(_plain(expression.python, expression.type)), 0
            case ColumnRef(name=name):
                return (lambda row: row[name]), 0
            case ParamRef(name=name) if name in MOMENT:
                self.used.add(name)
                place = moment_name(name)
                return (lambda row: row[place]), 0
            case ParamRef(name=name, type=type_):
                return _constant(_plain(parameter(name, self.params), type_)), 0
            case Call(function=function) if function in FUNCTIONS:
                return FUNCTIONS[function](AnyOperands(expression, self, None)), 0
            case _:
                raise Beyond("an expression of more than one row")

    def widened(self, value: Value, given: Type, wanted: Type) -> Value:
        """See `Lowers`."""
        convert = conversion(given, wanted)
        if convert is None:
            return value

        def converted(row: Row) -> object:
            found = value(row)
            return None if found is None else convert(found)

        return converted

    def constant(self, expression: Expression) -> Any:  # noqa: ANN401 - any Python value of the language
        """See `Lowers`."""
        match expression:
            case Constant():
                return expression.python
            case ParamRef(name=name) if name not in MOMENT:
                return parameter(name, self.params)
            case _:
                raise Beyond("an argument that is worked out for each request")

    def both(self, first: Value, second: Value) -> Value:
        """See `Lowers`; nothing is guarded here, since nothing is computed that is not needed."""
        return first

    def where(self, condition: Value, value: Value) -> Value:
        """See `Lowers`."""
        return value

    def once(self, value: Value) -> Value:
        """See `Lowers`."""
        return value

    def pattern(self, written: str) -> None:
        """See `Lowers`."""

    def risk(self, bad: Value, value: Value, call: Call, problem: str) -> None:
        """See `Lowers`."""


def conversion(given: Type, wanted: Type) -> Callable[[Any], Any] | None:
    """What a value of the type `given` becomes as one of `wanted`, which it widens to; None where it stays."""
    match given.kind, wanted.kind:
        case "int", "float":
            return float
        case "date", "datetime":
            return midnight
        case _:
            return None


def midnight(day: date) -> datetime:
    """The datetime at which a day begins."""
    return datetime(day.year, day.month, day.day)


def _constant(value: object) -> Value:
    return lambda row: value


def _plain(value: object, type_: Type) -> object:
    return float(value) if type_.kind == "float" and isinstance(value, int) else value
