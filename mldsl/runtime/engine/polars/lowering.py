"""Lowers a plan's expressions to expressions of Polars over one frame.

Most functions are one expression. What is used several times becomes a temporary column, and the expression goes on
from there; windows likewise.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mldsl.catalog.types import Type
from mldsl.plan.expressions import Call, ColumnRef, Constant, Expression, ParamRef, Window
from mldsl.runtime.engine.describe import describe
from mldsl.runtime.engine.dtypes import literal, polars_type, widen
from mldsl.runtime.engine.failing import OVERFLOW
from mldsl.runtime.engine.operands import Operands as AnyOperands
from mldsl.runtime.engine.operands import parameter
from mldsl.runtime.engine.polars.functions import SCALARS
from mldsl.runtime.engine.polars.lacking import checked_pattern
from mldsl.runtime.engine.polars.risks import Risk
from mldsl.runtime.engine.polars.windows import window
from mldsl.runtime.engine.regex import translate
from mldsl.runtime.engine.values import INT_MAX, INT_MIN
from mldsl.runtime.errors import StepFailed

# Temporary columns start with a character that no name of a program has.
PREFIX = "\x1f"
# An expression nested deeper than this is cut: its inner part becomes a temporary column, since engines recurse.
_DEEPEST = 40


@dataclass(slots=True)
class Env:
    """What the expressions of one step share: the parameters' values, temporary names, and what may go wrong."""

    params: Mapping[str, object]
    risks: list[Risk] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def name(self) -> str:
        """A new temporary column's name."""
        return f"{PREFIX}{next(self._numbers)}"


class Lowering:
    """Lowers expressions over `frame`, which gets temporary columns on the way."""

    def __init__(self, frame: pl.LazyFrame, env: Env) -> None:
        self.frame = frame
        self.env = env
        self._added: list[str] = []

    def lower(self, expression: Expression, guard: pl.Expr | None = None) -> pl.Expr:
        """The expression; where `guard` is not true its value does not matter, and no error of it counts."""
        return self.lowered(expression, guard)[0]

    def lowered(self, expression: Expression, guard: pl.Expr | None) -> tuple[pl.Expr, int]:
        """See `Lowers`."""
        match expression:
            case Constant(type=type_):
                return literal(expression.python, type_), 0
            case ColumnRef(name=name):
                return pl.col(name), 0
            case ParamRef(name=name, type=type_):
                return literal(parameter(name, self.env.params), type_), 0
            case Call():
                return self._call(expression, guard)
            case Window():
                return self._window(expression), 0
            case _:
                raise StepFailed(f"`{describe(expression)}` has no value here")

    def _call(self, call: Call, guard: pl.Expr | None) -> tuple[pl.Expr, int]:
        if call.function not in SCALARS:
            raise StepFailed(f"`{call.function}` has no value here")
        operands = Operands(call, self, guard)
        value = SCALARS[call.function](operands)
        if operands.depth < _DEEPEST:
            return value, operands.depth + 1
        return pl.col(self.hoist(value)), 0

    def _window(self, item: Window) -> pl.Expr:
        names = [self.hoist(self.lower(argument)) for argument in item.arguments[:1]]
        constants = [self.constant(argument) for argument in item.arguments[1:]]
        out = self._name()
        self.frame = window(self.frame, item, names, constants, out)
        value = pl.col(out)
        if item.type.kind == "int":
            bad = ~value.is_between(INT_MIN, INT_MAX)
            self.env.risks.append(Risk(self.frame, bad, value, describe(item), OVERFLOW))
        return value.cast(polars_type(item.type))

    def without_added(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """`frame`, which was made of this one, without the temporary columns."""
        return frame.drop(self._added) if self._added else frame

    def hoist(self, value: pl.Expr) -> str:
        """`value` as a temporary column; its name."""
        name = self._name()
        self.frame = self.frame.with_columns(value.alias(name))
        return name

    def _name(self) -> str:
        name = self.env.name()
        self._added.append(name)
        return name

    # --- see `Lowers` -----------------------------------------------------------------------------------------------

    def widened(self, value: pl.Expr, given: Type, wanted: Type) -> pl.Expr:
        """See `Lowers`."""
        return widen(value, given, wanted)

    def both(self, first: pl.Expr, second: pl.Expr) -> pl.Expr:
        """See `Lowers`."""
        return first & second

    def where(self, condition: pl.Expr, value: pl.Expr) -> pl.Expr:
        """See `Lowers`."""
        return pl.when(condition).then(value)

    def once(self, value: pl.Expr) -> pl.Expr:
        """See `Lowers`."""
        return pl.col(self.hoist(value))

    def pattern(self, written: str) -> None:
        """See `Lowers`."""
        checked_pattern(written, translate(written))

    def risk(self, bad: pl.Expr, value: pl.Expr, call: Call, problem: str) -> None:
        """See `Lowers`."""
        self.env.risks.append(Risk(self.frame, bad, value, describe(call), problem))

    def constant(self, expression: Expression) -> Any:  # noqa: ANN401 - any Python value of the language
        """See `Lowers`."""
        match expression:
            case Constant():
                return expression.python
            case ParamRef(name=name):
                return parameter(name, self.env.params)
            case _:
                one = Lowering(pl.LazyFrame({PREFIX: [0]}), self.env)
                value = one.lower(expression).alias(f"{PREFIX}value")
                return one.frame.select(value).collect().item()


Operands = AnyOperands[pl.Expr]
"""A call that is being lowered."""
