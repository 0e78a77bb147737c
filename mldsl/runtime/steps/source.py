"""A source: its rows are held against the schema, and written as the output `table` unless they are read in place."""

from __future__ import annotations

from mldsl.plan.nodes import SourceBody
from mldsl.runtime.inlining import within
from mldsl.runtime.sources.files import find_files
from mldsl.runtime.work import StepResult, Work


def run(work: Work) -> StepResult:
    """Write the output `table`; files that are read where they lie are only held against the schema."""
    body = work.step.body
    assert isinstance(body, SourceBody)
    rows = _fits_in_place(work, body) if work.inlined and work.rows is None else None
    if rows is not None:
        return StepResult(details={"rows": rows, **within(work)})
    from mldsl.runtime.sources.load import load  # it needs Polars, which files in place may not

    load(work, body)
    return StepResult(details={"rows": work.outputs["table"].rows})


def _fits_in_place(work: Work, body: SourceBody) -> int | None:
    """The number of rows, if the files can be read where they lie and fit the schema."""
    return work.engine.fits(find_files(str(body.arguments["path"]), work.folder), body.columns)
