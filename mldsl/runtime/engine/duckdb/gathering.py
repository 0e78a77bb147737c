"""Expressions over aggregates: each aggregate becomes columns of a grouped frame, the rest is computed on those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mldsl.plan.expressions import Call, ColumnRef, Expression
from mldsl.runtime.engine.describe import describe
from mldsl.runtime.engine.duckdb.aggregates import AGGREGATES, Aggregate, aggregate
from mldsl.runtime.engine.duckdb.frame import Column, Frame, Key
from mldsl.runtime.engine.duckdb.functions.common import beyond
from mldsl.runtime.engine.duckdb.lowering import Lowering
from mldsl.runtime.engine.duckdb.risks import Risk
from mldsl.runtime.engine.failing import OVERFLOW

# Aggregates all of whose arguments are columns; of the others the first is, and the rest are constants.
_ALL_COLUMNS = ("unique",)


@dataclass(slots=True)
class Gathering:
    """The aggregates found in some expressions, over the rows of `rows.frame`, whose order the column `row` has."""

    rows: Lowering
    row: str
    _computed: dict[str, str] = field(default_factory=dict)
    _after: list[tuple[str, str]] = field(default_factory=list)
    _found: dict[str, tuple[Call, str]] = field(default_factory=dict)

    def replace(self, expression: Expression) -> Expression:
        """The expression with each aggregate replaced by the column that it becomes."""
        if not isinstance(expression, Call):
            return expression
        if expression.function in AGGREGATES:
            return ColumnRef(name=self._add(expression), type=expression.type)
        replaced = tuple(self.replace(argument) for argument in expression.arguments)
        return replace(expression, arguments=replaced)

    def _add(self, call: Call) -> str:
        width = len(call.arguments) if call.function in _ALL_COLUMNS else 1
        columns = [Column(self.rows.once(self.rows.lower(one)), one.type) for one in call.arguments[:width]]
        constants = [self.rows.constant(argument) for argument in call.arguments[width:]]
        run_time = self.rows.env.params.get("run_time")
        item = Aggregate(
            call.function, columns, call.type, constants, self.row, run_time, self.rows.once, self.compute, self._later
        )
        name = f"\x1f{self.rows.env.ids.new()}"
        self._found[name] = (call, self._later(aggregate(item)))
        return name

    def compute(self, value: str) -> str:
        """An aggregate of DuckDB, once: the column of its results."""
        if value not in self._computed:
            self._computed[value] = self.rows.env.ids.new()
        return self._computed[value]

    def _later(self, value: str) -> str:
        id = self.rows.env.ids.new()
        self._after.append((id, value))
        return id

    def grouped(self, keys: Mapping[str, Column], values: Sequence[str], order: Sequence[Key]) -> Lowering:
        """The frame of one row a group, ready for the replaced expressions.

        `values` are the groups' values in SQL, `keys` the columns that they become; ints that went beyond 64 bits are
        an error in the frame.
        """
        items = [f"{value} AS {column.id}" for value, column in zip(values, keys.values(), strict=True)]
        items += [f"{value} AS {id}" for value, id in self._computed.items()]
        by = f" GROUP BY {', '.join(values)}" if values else ""
        source = f"(SELECT {', '.join(items) or '1'} FROM {self.rows.frame.source}{by})"  # noqa: S608
        after = Lowering(Frame(source, keys, order, self.rows.env.ids, in_order=False), self.rows.env)
        for id, value in self._after:
            after.wait(id, value)
        columns = {name: Column(self._checked(after, call, id), call.type) for name, (call, id) in self._found.items()}
        after.frame = after.frame.with_columns({**keys, **columns})
        return after

    def _checked(self, after: Lowering, call: Call, id: str) -> str:
        if call.function != "sum" or call.type.kind not in ("int", "duration"):
            return id
        self.rows.env.risks.append(Risk(after.frame, beyond(id), id, call.type, describe(call), OVERFLOW))
        return after.once(f"CAST({id} AS BIGINT)")
