"""Lowers a plan's expressions to Narwhals expressions over one frame.

Most functions are one Narwhals expression. What Narwhals lacks is computed natively by the engine into a temporary
column, and the expression goes on from there; windows likewise.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import polars as pl

from mldsl.catalog.rules import shared
from mldsl.catalog.signatures import Mismatch
from mldsl.catalog.types import STRING, Type
from mldsl.plan.expressions import Call, ColumnRef, Constant, Expression, ParamRef, Window
from mldsl.runtime.engine.describe import describe
from mldsl.runtime.engine.dtypes import INT_MAX, INT_MIN, literal, narwhals_type, widen
from mldsl.runtime.engine.polars.functions import SCALARS
from mldsl.runtime.engine.polars.functions.common import OVERFLOW
from mldsl.runtime.engine.polars.native import NATIVE
from mldsl.runtime.engine.polars.risks import Risk
from mldsl.runtime.engine.polars.windows import window
from mldsl.runtime.errors import StepFailed

Frame = nw.LazyFrame[pl.LazyFrame]

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

    def __init__(self, frame: Frame, env: Env) -> None:
        self.frame = frame
        self.env = env

    def lower(self, expression: Expression, guard: nw.Expr | None = None) -> nw.Expr:
        """The expression; where `guard` is not true its value does not matter, and no error of it counts."""
        return self._lower(expression, guard)[0]

    def _lower(self, expression: Expression, guard: nw.Expr | None) -> tuple[nw.Expr, int]:
        match expression:
            case Constant(type=type_):
                return literal(expression.python, type_), 0
            case ColumnRef(name=name):
                return nw.col(name), 0
            case ParamRef(name=name, type=type_):
                return literal(self.param(name), type_), 0
            case Call():
                return self._call(expression, guard)
            case Window():
                return self._window(expression), 0
            case _:
                raise StepFailed(f"`{describe(expression)}` has no value here")

    def _call(self, call: Call, guard: nw.Expr | None) -> tuple[nw.Expr, int]:
        if call.function not in SCALARS:
            raise StepFailed(f"`{call.function}` has no value here")
        operands = Operands(call, self, guard)
        value = SCALARS[call.function](operands)
        if operands.depth < _DEEPEST:
            return value, operands.depth + 1
        return nw.col(self.hoist(value)), 0

    def _window(self, item: Window) -> nw.Expr:
        names = [self.hoist(self.lower(argument)) for argument in item.arguments[:1]]
        constants = [self.constant(argument) for argument in item.arguments[1:]]
        out = self.env.name()
        native = window(self.frame.to_native(), item, names, constants, out)
        self.frame = nw.from_native(native)
        value = nw.col(out)
        if item.type.kind == "int":
            bad = ~value.is_between(INT_MIN, INT_MAX)
            self.env.risks.append(Risk(self.frame, bad, value, describe(item), OVERFLOW))
        return value.cast(narwhals_type(item.type))

    def param(self, name: str) -> object:
        """The value of a parameter."""
        if name not in self.env.params:
            raise StepFailed(f"the parameter `{name}` has no value", f"set it: `--set {name}=…`")
        return self.env.params[name]

    def hoist(self, value: nw.Expr) -> str:
        """`value` as a temporary column; its name."""
        name = self.env.name()
        self.frame = self.frame.with_columns(value.alias(name))
        return name

    def native(self, function: str, values: Sequence[nw.Expr], constants: Sequence[object]) -> nw.Expr:
        """A function that Narwhals lacks, by the engine's own means."""
        names = [self.hoist(value) for value in values]
        out = self.env.name()
        expression = NATIVE[function](*(pl.col(name) for name in names), *constants)
        self.frame = nw.from_native(self.frame.to_native().with_columns(expression.alias(out)))
        return nw.col(out)

    def constant(self, expression: Expression) -> Any:  # noqa: ANN401 - any Python value of the language
        """The Python value of an expression without columns."""
        match expression:
            case Constant():
                return expression.python
            case ParamRef(name=name):
                return self.param(name)
            case _:
                one = Lowering(nw.from_native(pl.LazyFrame({PREFIX: [0]})), self.env)
                value = one.lower(expression).alias(f"{PREFIX}value")
                return one.frame.select(value).to_native().collect().item()


@dataclass(slots=True)
class Operands:
    """A call that is being lowered: its arguments on demand. `depth` is that of the deepest argument so far."""

    call: Call
    lowering: Lowering
    guard: nw.Expr | None
    depth: int = 0

    @property
    def type(self) -> Type:
        """The result's type."""
        return self.call.type

    @property
    def count(self) -> int:
        """The number of arguments."""
        return len(self.call.arguments)

    def kind(self, index: int) -> str:
        """The kind of an argument's type."""
        return self.call.arguments[index].type.kind

    def value(self, index: int, wanted: Type | None = None, guard: nw.Expr | None = None) -> nw.Expr:
        """An argument, widened to `wanted`; `guard` narrows where it matters."""
        given = self.call.arguments[index]
        value, depth = self.lowering._lower(given, self.both(guard))
        self.depth = max(self.depth, depth)
        return value if wanted is None else widen(value, given.type, wanted)

    def reused(self, index: int, wanted: Type | None = None, guard: nw.Expr | None = None) -> nw.Expr:
        """An argument for several uses: computed once, since each use of an expression repeats it."""
        value = self.value(index, wanted, guard)
        is_simple = isinstance(self.call.arguments[index], ColumnRef | Constant | ParamRef)
        return value if is_simple else self.hoisted(value)

    def values(self, wanted: Type, start: int = 0) -> list[nw.Expr]:
        """The arguments from `start` on, widened."""
        return [self.value(index, wanted) for index in range(start, self.count)]

    def common(self, start: int = 0) -> Type:
        """The type that the arguments from `start` on are compared in; by the checker's own rule."""
        arguments = self.call.arguments
        constants = [item.python if isinstance(item, Constant) else None for item in arguments]
        found = shared(start)([item.type for item in arguments], constants)
        return STRING if isinstance(found, Mismatch) else found

    def is_constant(self, index: int) -> bool:
        """Whether an argument is a literal or a parameter."""
        return isinstance(self.call.arguments[index], Constant | ParamRef)

    def constant(self, index: int) -> Any:  # noqa: ANN401 - any Python value of the language
        """The Python value of an argument that has no columns."""
        return self.lowering.constant(self.call.arguments[index])

    def both(self, guard: nw.Expr | None) -> nw.Expr | None:
        """Where this call and a narrower part of it matter."""
        if guard is None:
            return self.guard
        return guard if self.guard is None else self.guard & guard

    def guarded(self, value: nw.Expr) -> nw.Expr:
        """`value` where it matters, else null."""
        return value if self.guard is None else nw.when(self.guard).then(value)

    def native(self, function: str, *values: nw.Expr, constants: Sequence[object] = ()) -> nw.Expr:
        """A function that Narwhals lacks; the values come first, then the constants."""
        return self.lowering.native(function, values, constants)

    def hoisted(self, value: nw.Expr) -> nw.Expr:
        """`value`, computed once."""
        return nw.col(self.lowering.hoist(value))

    def risky(self, bad: nw.Expr, value: nw.Expr, problem: str) -> None:
        """Note that the call fails where `bad` is true; `value` is shown then."""
        what = describe(self.call)
        self.lowering.env.risks.append(Risk(self.lowering.frame, bad, value, what, problem))
