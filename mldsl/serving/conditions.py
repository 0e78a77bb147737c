"""`rollback when CONDITION`, computed from what is measured.

What is measured takes the place of its name, durations that of their seconds; the rest is a condition over numbers as
an evaluation has them, with its rules for null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np

from mldsl.catalog.types import FLOAT
from mldsl.errors import MldslError
from mldsl.plan.expressions import Call, Constant, Expression, MetricRef, ParamRef
from mldsl.runtime.evaluation.conditions import Subject, compute
from mldsl.runtime.evaluation.judged import Judged
from mldsl.serving.loaded import Condition
from mldsl.serving.window import Measured

# A condition on what is measured looks at no rows.
_NO_ROWS = Judged("regression", np.zeros(1), np.zeros(1))
_ONCE = np.ones((1, 1))


def condition(expression: Expression, params: Mapping[str, object]) -> Condition:
    """The condition as a function. Raises MldslError for one that cannot be computed."""
    subject = Subject(_NO_ROWS, params={name: _number(value) for name, value in params.items()})

    def holds(values: Mapping[str, object]) -> bool | None:
        found = float(compute(_with(expression, values), subject, _ONCE)[0])
        return None if np.isnan(found) else found == 1

    holds(Measured(1, 0.0, 0.0, 0.0, 0.0).values())
    return holds


def _with(expression: Expression, values: Mapping[str, object]) -> Expression:
    match expression:
        case MetricRef(of="live", name=name):
            return Constant(type=FLOAT, value=_number(values[name]))
        case Constant():
            return Constant(type=FLOAT, value=_number(expression.python))
        case Call(arguments=arguments):
            return replace(expression, arguments=tuple(_with(item, values) for item in arguments))
        case ParamRef():
            return expression
    raise MldslError(f"a rollback's condition cannot hold a {expression.node.replace('_', ' ')}")


def _number(value: object) -> object:
    return value.total_seconds() if isinstance(value, timedelta) else value
