"""The shapes of a check's conditions that every engine looks at."""

from __future__ import annotations

from mldsl.plan.expressions import Call, Expression

_COMPARED = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "between", "in")


def is_unique(condition: Expression) -> bool:
    """Whether the condition is `unique(…)` itself: failing are the rows that agree with another one."""
    return isinstance(condition, Call) and condition.function == "unique"


def left_side(condition: Expression) -> Expression | None:
    """What a comparison compares, which a report shows; None for other conditions."""
    if isinstance(condition, Call) and condition.function in _COMPARED:
        return condition.arguments[0]
    return None
