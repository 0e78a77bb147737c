"""Lowers a plan's expressions to SQL over one frame, which gets temporary columns on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mldsl.catalog.types import Type
from mldsl.plan.expressions import Call, ColumnRef, Constant, Expression, ParamRef, Window
from mldsl.runtime.engine.describe import describe
from mldsl.runtime.engine.duckdb import text
from mldsl.runtime.engine.duckdb.frame import Column, Frame, Ids
from mldsl.runtime.engine.duckdb.functions import SCALARS
from mldsl.runtime.engine.duckdb.risks import Risk
from mldsl.runtime.engine.duckdb.windows import window
from mldsl.runtime.engine.failing import OVERFLOW
from mldsl.runtime.engine.operands import Operands, parameter
from mldsl.runtime.engine.values import INT_MAX, INT_MIN
from mldsl.runtime.errors import StepFailed

# An expression nested deeper than this is cut: its inner part becomes a temporary column, since engines recurse.
_DEEPEST = 40
_IDS = re.compile(r"\bc[0-9]+\b")


@dataclass(slots=True)
class Env:
    """What the expressions of one step share: DuckDB, the parameters' values, names, and what may go wrong."""

    connection: Any
    params: Mapping[str, object]
    ids: Ids = field(default_factory=Ids)
    risks: list[Risk] = field(default_factory=list)


class Lowering:
    """Lowers expressions over `frame`. Temporary columns wait until one of them, or the frame, is needed."""

    def __init__(self, frame: Frame, env: Env) -> None:
        self._frame = frame
        self._waiting: dict[str, str] = {}
        self._moved = False
        self.env = env

    @property
    def frame(self) -> Frame:
        """The frame with all temporary columns so far."""
        self._frame = self._frame.adding(self._waiting.items(), in_order=False if self._moved else None)
        self._waiting, self._moved = {}, False
        return self._frame

    @frame.setter
    def frame(self, frame: Frame) -> None:
        self._frame = frame

    def lower(self, expression: Expression, guard: str | None = None) -> str:
        """The expression; where `guard` is not true its value does not matter, and no error of it counts."""
        return self.lowered(expression, guard)[0]

    def lowered(self, expression: Expression, guard: str | None) -> tuple[str, int]:
        """See `Lowers`."""
        match expression:
            case Constant(type=type_):
                return text.literal(expression.python, type_), 0
            case ColumnRef(name=name):
                return self._frame[name].id, 0
            case ParamRef(name=name, type=type_):
                return text.literal(parameter(name, self.env.params), type_), 0
            case Call():
                return self._call(expression, guard)
            case Window():
                return self._window(expression), 0
            case _:
                raise StepFailed(f"`{describe(expression)}` has no value here")

    def _call(self, call: Call, guard: str | None) -> tuple[str, int]:
        if call.function not in SCALARS:
            raise StepFailed(f"`{call.function}` has no value here")
        operands = Operands(call, self, guard)
        value = SCALARS[call.function](operands)
        if operands.depth < _DEEPEST:
            return value, operands.depth + 1
        return self.once(value), 0

    def _window(self, item: Window) -> str:
        column = Column(self.once(self.lower(item.arguments[0])), item.arguments[0].type) if item.arguments else None
        constants = [self.constant(argument) for argument in item.arguments[1:]]
        value = window(self, item, column, constants)
        if item.type.kind in ("int", "duration"):
            value = self.once(value)
            bad = f"{value} NOT BETWEEN {INT_MIN} AND {INT_MAX}"
            self.env.risks.append(Risk(self.frame, bad, value, item.type, describe(item), OVERFLOW))
        return text.cast(value, item.type)

    def grouping(self, column: Column) -> str:
        """A column to group by; 0.0 and -0.0 are one value."""
        return f"({column.id} + 0)" if column.type.kind == "float" else column.id

    def sorted_once(self, value: str) -> str:
        """`value`, which moves rows about, computed once."""
        id = self.once(value)
        self._moved = True
        return id

    def wait(self, id: str, value: str) -> None:
        """Compute `value` as the temporary column `id`."""
        if not self._waiting.keys().isdisjoint(_IDS.findall(value)):
            self._frame = self.frame
        self._waiting[id] = value

    # --- see `Lowers` -----------------------------------------------------------------------------------------------

    def widened(self, value: str, given: Type, wanted: Type) -> str:
        """See `Lowers`."""
        return text.widen(value, given, wanted)

    def both(self, first: str, second: str) -> str:
        """See `Lowers`."""
        return f"({first} AND {second})"

    def where(self, condition: str, value: str) -> str:
        """See `Lowers`."""
        return f"CASE WHEN {condition} THEN {value} END"

    def once(self, value: str) -> str:
        """See `Lowers`."""
        id = self.env.ids.new()
        self.wait(id, value)
        return id

    def constant(self, expression: Expression) -> Any:  # noqa: ANN401 - any Python value of the language
        """See `Lowers`."""
        match expression:
            case Constant():
                return expression.python
            case ParamRef(name=name):
                return parameter(name, self.env.params)
            case _:
                one = Lowering(Frame("(SELECT 1)", {}, (), self.env.ids), self.env)
                value = one.lower(expression)
                found = self.env.connection.execute(one.frame.query([value])).fetchall()[0][0]
                return found.replace(tzinfo=None) if isinstance(found, datetime) else found

    def pattern(self, written: str) -> None:
        """See `Lowers`."""
        try:
            self.env.connection.execute(f"SELECT regexp_matches('', {text.text(written)})").fetchall()
        except Exception as error:  # of DuckDB, which is imported where it is needed
            reason = str(error).split(":", 1)[-1].strip().splitlines()[0]
            raise StepFailed(f"`{written}` is not a regular expression: {reason}") from None

    def risk(self, bad: str, value: str, call: Call, problem: str) -> None:
        """See `Lowers`."""
        self.env.risks.append(Risk(self.frame, bad, value, call.arguments[0].type, describe(call), problem))
