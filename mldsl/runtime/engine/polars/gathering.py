"""Expressions over aggregates: each aggregate becomes a column of a grouped frame, the rest is computed on that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from mldsl.plan.expressions import Call, ColumnRef, Expression
from mldsl.runtime.engine.describe import describe
from mldsl.runtime.engine.failing import OVERFLOW
from mldsl.runtime.engine.polars.aggregates import AGGREGATES, Aggregate, aggregate, of_floats, of_total
from mldsl.runtime.engine.polars.lowering import Lowering
from mldsl.runtime.engine.polars.risks import Risk
from mldsl.runtime.engine.polars.sums import Limbs, totals
from mldsl.runtime.engine.values import INT_MAX, INT_MIN

# Aggregates all of whose arguments are columns; of the others the first is, and the rest are constants.
_ALL_COLUMNS = ("unique",)


@dataclass(slots=True)
class Gathering:
    """The aggregates found in some expressions, over the rows of `rows.frame`."""

    rows: Lowering
    _found: dict[str, tuple[Call, pl.Expr]] = field(default_factory=dict)
    _totals: list[tuple[Expression, Limbs]] = field(default_factory=list)
    _of_totals: dict[str, pl.Expr] = field(default_factory=dict)

    @property
    def columns(self) -> list[pl.Expr]:
        """What to compute for each group."""
        found = [expression.alias(name) for name, (_, expression) in self._found.items()]
        return [*found, *(sums for _, limbs in self._totals for sums in limbs.aggregates)]

    def replace(self, expression: Expression) -> Expression:
        """The expression with each aggregate replaced by the column that it becomes."""
        if not isinstance(expression, Call):
            return expression
        if expression.function in AGGREGATES:
            return ColumnRef(name=self._add(expression), type=expression.type)
        replaced = tuple(self.replace(argument) for argument in expression.arguments)
        return replace(expression, arguments=replaced)

    def _add(self, call: Call) -> str:
        env = self.rows.env
        width = len(call.arguments) if call.function in _ALL_COLUMNS else 1
        names = [self.rows.hoist(self.rows.lower(argument)) for argument in call.arguments[:width]]
        constants = [self.rows.constant(argument) for argument in call.arguments[width:]]
        given = call.arguments[0].type if call.arguments else None
        item = Aggregate(call.function, names, given, call.type, constants, env.params.get("run_time"))
        name = env.name()
        if of_floats(call.function, given):
            self._of_totals[name] = of_total(
                replace(item, columns=[name]), self._limbs(call.arguments[0], names[0]).high
            )
            item = replace(item, function="count")
        self._found[name] = (call, aggregate(item))
        return name

    def _limbs(self, argument: Expression, name: str) -> Limbs:
        """The limbs of an argument, which several aggregates may share."""
        for known, limbs in self._totals:
            if known == argument:
                return limbs
        limbs = Limbs(name, *(self.rows.env.name() for _ in range(3)))
        self.rows.frame = limbs.cut(self.rows.frame)
        self._totals.append((argument, limbs))
        return limbs

    def checked(self, grouped: pl.LazyFrame, keys: Sequence[str] = ()) -> Lowering:
        """The frame grouped by `keys`, ready for the replaced expressions.

        Ints that went beyond 64 bits are an error in it.
        """
        limbs = [item for _, item in self._totals]
        summed = totals(grouped, self.rows.frame, keys, limbs)
        totalled = [value.alias(name) for name, value in self._of_totals.items()]
        frame = summed.with_columns(totalled) if totalled else summed
        for name, (call, _) in self._found.items():
            if call.function == "sum" and call.type.kind in ("int", "duration"):
                value = pl.col(name)
                bad = ~value.is_between(INT_MIN, INT_MAX)
                self.rows.env.risks.append(Risk(frame, bad, value, describe(call), OVERFLOW))
                whole = value.cast(pl.Int64())
                frame = frame.with_columns(
                    (whole.cast(pl.Duration("us")) if call.type.kind == "duration" else whole).alias(name)
                )
        return Lowering(frame, self.rows.env)
