"""A transform by a user's Python function: pandas frames in, a pandas frame out, held against the schema."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mldsl.plan.nodes import Columns, PythonArgument, PythonForm
from mldsl.runtime.engine.describe import show
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.python_frames import from_pandas, to_pandas
from mldsl.runtime.returned import returned
from mldsl.runtime.tables import visible
from mldsl.runtime.user_functions import called, loaded
from mldsl.runtime.work import Work

# How many rows the test of `rowwise: true` runs the function on once more, twice.
_TESTED = 1000


def run_python(work: Work, form: PythonForm, columns: Columns) -> pl.DataFrame:
    """The function's result, with exactly `columns`."""
    code = form.function
    what = f"`{code.name}`"
    arguments = [_argument(work, item) for item in form.arguments]
    first = next((index for index, item in enumerate(form.arguments) if item.kind == "table"), None)
    with loaded(code, work.code) as function:

        def compute(items: list[Any]) -> pl.DataFrame:
            return computed(function, form, columns, work.code, items)

        result = compute(arguments)
        if form.rowwise and first is not None:
            _test_rowwise(compute, arguments, first, result, what)
    return result


def computed(
    function: Callable[..., Any], form: PythonForm, columns: Columns, folder: Path, arguments: Sequence[Any]
) -> pl.DataFrame:
    """What the loaded function gives for these arguments (tables as pandas frames), with exactly `columns`."""
    what = f"`{form.function.name}`"
    copies = [item.copy() if hasattr(item, "iloc") else item for item in arguments]
    frame = from_pandas(called(function, form.function, folder, copies), what)
    return returned(frame.lazy(), columns, what).collect()


def _argument(work: Work, item: PythonArgument) -> Any:  # noqa: ANN401 - any Python value
    match item.kind:
        case "table":
            table = work.table(str(item.value))
            return to_pandas(table.select(visible(table)).collect())
        case "param":
            return work.params.get(str(item.value))
        case _:
            return item.value


def _test_rowwise(compute: Any, arguments: list[Any], first: int, result: pl.DataFrame, what: str) -> None:  # noqa: ANN401
    """Rows must come out the same whatever other rows there are and in whatever order: it is tried, not believed."""
    table = arguments[first]
    if result.height != len(table):
        message = f"{what} is not row-wise: it gives {result.height} rows for {len(table)}"
        raise StepFailed(message, "leave `rowwise: true` out, or give one row for each", "ML213")
    order = np.random.default_rng(0).permutation(len(table))[:_TESTED]
    for rows in (order, np.sort(order[: len(order) // 2])):
        given = [*arguments]
        given[first] = table.iloc[rows].reset_index(drop=True)
        again = compute(given)
        expected = result[rows]
        wrong = _first_difference(expected, again)
        if wrong is not None:
            row, column, whole, part = wrong
            message = (
                f"{what} is not row-wise: in row {int(rows[row]) + 1} `{column}` is {show(whole)} among all rows "
                f"and {show(part)} among {len(rows)} of them"
            )
            raise StepFailed(message, "leave `rowwise: true` out, or use nothing of other rows", "ML213")


def _first_difference(expected: pl.DataFrame, found: pl.DataFrame) -> tuple[int, str, object, object] | None:
    if found.height != expected.height:
        return (0, found.columns[0], f"one of {expected.height} rows", f"one of {found.height} rows")
    for name in expected.columns:
        one, other = expected[name], found[name]
        same = one.eq_missing(other)
        if isinstance(one.dtype, pl.Float64):
            close = (one - other).abs() <= 1e-9 * one.abs().clip(lower_bound=1e-9)
            same = same | close.fill_null(value=False)
        if not same.all():
            row = int((~same).arg_true()[0])
            return row, name, one[row], other[row]
    return None
