"""A transform: verbs as one lazy query, SQL through DuckDB, or a user's Python function."""

from __future__ import annotations

from mldsl.plan.nodes import PythonForm, SqlForm, TransformBody, VerbsForm
from mldsl.runtime.engine.engine import Inputs
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.inlining import blamed, within
from mldsl.runtime.work import StepResult, Work


def run(work: Work) -> StepResult:
    """Write the output `table`, unless what reads it computes it."""
    body = work.step.body
    assert isinstance(body, TransformBody)
    if work.inlined:
        return StepResult(details=within(work))
    match body.action:
        case VerbsForm():
            _run_verbs(work, body, body.action)
        case SqlForm():
            from mldsl.runtime.engine.sql import run_sql

            work.write_table("table", run_sql(work, body.action, body.columns))
        case PythonForm():
            from mldsl.runtime.python_step import run_python

            work.write_table("table", run_python(work, body.action, body.columns))
    return StepResult(details={"rows": work.outputs["table"].rows})


def _run_verbs(work: Work, body: TransformBody, form: VerbsForm) -> None:
    engine = work.engine
    table = engine.apply(work.rows_of(form.table, form.verbs), form.verbs, Inputs(work.rows_of, work.model))
    try:
        work.write_rows("table", engine.finish(table, body.columns))
    except StepFailed as error:
        raise blamed(work, error) from error
