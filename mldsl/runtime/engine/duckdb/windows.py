"""Windows in SQL. Rows with equal sort keys stay apart, in the order of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mldsl.plan.expressions import Window
from mldsl.runtime.engine.duckdb.aggregates import Aggregate, aggregate
from mldsl.runtime.engine.duckdb.frame import Column, Key

if TYPE_CHECKING:
    from mldsl.runtime.engine.duckdb.lowering import Lowering

_WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
_POSITIONS = ("row_number", "rank", "lag", "lead")


def window(lowering: Lowering, item: Window, column: Column | None, constants: Sequence[Any]) -> str:
    """The window's value over the lowering's frame; `column` is its argument."""
    keys = [Key(lowering.frame[order.column].id, order.descending) for order in item.order]
    partition = [lowering.grouping(lowering.frame[name]) for name in item.partition]
    if item.function in _POSITIONS:
        return _position(lowering, item, column, constants, keys, partition)
    rows = _frame(item)
    over = _over(partition, [*keys, *lowering.frame.order] if rows else [], rows)
    if item.function in ("first", "last"):
        assert column is not None
        return _end(lowering, item, column, keys, partition)
    return aggregate(
        Aggregate(
            item.function,
            [] if column is None else [column],
            item.type,
            constants,
            row="",
            run_time=None,
            before=lowering.once,
            computed=lowering.sorted_once,
            after=lowering.once,
            over=over,
            whole=_over(partition, [*keys, *lowering.frame.order], _WHOLE),
            rows=item.rows,
        )
    )


def _position(
    lowering: Lowering,
    item: Window,
    column: Column | None,
    constants: Sequence[Any],
    keys: Sequence[Key],
    partition: Sequence[str],
) -> str:
    everything = [*keys, *lowering.frame.order]
    match item.function:
        case "rank":
            return lowering.sorted_once(f"rank(){_over(partition, keys, '')}")
        case "row_number":
            return lowering.sorted_once(f"row_number(){_over(partition, everything, '')}")
        case name:
            assert column is not None
            steps = int(constants[0]) if constants else 1
            return lowering.sorted_once(f"{name}({column.id}, {steps}){_over(partition, everything, '')}")


def _end(lowering: Lowering, item: Window, column: Column, keys: Sequence[Key], partition: Sequence[str]) -> str:
    """The first or last value that is not null."""
    rows = _frame(item) or _WHOLE
    over = _over(partition, [*keys, *lowering.frame.order], rows)
    return lowering.sorted_once(f"{item.function}_value({column.id} IGNORE NULLS){over}")


def _frame(item: Window) -> str:
    """Which rows count: all of the partition, all up to this one, or the last n."""
    if item.rows is not None:
        return f"ROWS BETWEEN {item.rows - 1} PRECEDING AND CURRENT ROW"
    return "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW" if item.order else ""


def _over(partition: Sequence[str], keys: Sequence[Key], rows: str) -> str:
    by = f"PARTITION BY {', '.join(partition)}" if partition else ""
    order = f"ORDER BY {', '.join(map(str, keys))}" if keys else ""
    return f" OVER ({' '.join(part for part in (by, order, rows) if part)})"
