"""Tables that are not written: each is computed anew, as a part of the query of the step that reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mldsl.plan.links import readers
from mldsl.plan.nodes import SourceBody, Step, TransformBody, Verb, VerbsForm
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.prints import data_prints

if TYPE_CHECKING:
    import polars as pl

    from mldsl.runtime.work import Work


def rows_of(work: Work, step: Step, name: str, follow: Sequence[Verb] = ()) -> Any:  # noqa: ANN401 - the engine's
    """The input table `name` of `step`, which is the work's own or an inlined one that it reads.

    `follow` are the verbs that it will be given to, and nothing else.
    """
    source = step.inputs.get(name)
    if source is None:
        raise StepFailed(f"`{step.name}` has no input `{name}`")
    stored = work.inputs.get(name) if step is work.step else work.records(source.step).outputs.get(source.output)
    if stored is not None:
        return work.engine.scan(work.store.local(stored), stored)
    return computed(work, work.plan.step(source.step), follow)


def computed(work: Work, step: Step, follow: Sequence[Verb] = ()) -> Any:  # noqa: ANN401
    """The table of an inlined step; `follow` as in `rows_of`."""
    match step.body:
        case SourceBody():
            return _read(work, step, step.body)
        case TransformBody(action=VerbsForm() as form, columns=columns):
            from mldsl.runtime.engine.engine import Inputs

            inputs = Inputs(lambda name: rows_of(work, step, name), work.model)
            rows = rows_of(work, step, form.table, (*form.verbs, *follow))
            table = work.engine.apply(rows, form.verbs, inputs, follow)
            return work.engine.finish(table, columns)
        case _:
            raise StepFailed(f"`{work.step.name}` needs `{step.name}`, whose table is not there", "run with --force")


def frame_of(work: Work, name: str) -> pl.LazyFrame:
    """The input table `name` in Polars: one that is written, or that of a source."""
    from mldsl.runtime.engine.polars.in_place import read
    from mldsl.runtime.tables import stored_table

    source = work.step.inputs.get(name)
    upstream = work.plan.step(source.step) if source is not None and name not in work.inputs else None
    if upstream is None or not isinstance(upstream.body, SourceBody):
        return stored_table(work.path(name), work.inputs[name])
    found = read(_files(work, upstream, upstream.body), upstream.body.columns)
    if found is None:
        raise _changed(upstream)
    return found


def within(work: Work) -> dict[str, Any]:
    """What the report of an inlined step says: the ids of the steps in whose queries it is computed."""
    return {"within": [step.id for step in readers(work.plan, work.step.id)]}


def blamed(work: Work, error: StepFailed) -> StepFailed:
    """The error of the step's query as that of the inlined transform which it comes from, if it comes from one."""
    for step in _inlined(work, work.step):
        if not isinstance(step.body, TransformBody):
            continue
        path = work.store.fresh()
        try:
            work.engine.write(computed(work, step), path)
        except StepFailed as found:
            return StepFailed(
                f"`{step.name}`, computed within `{work.step.name}`: {found.message}", found.help, found.code
            )
        finally:
            path.unlink(missing_ok=True)
    return error


def _inlined(work: Work, step: Step) -> Iterator[Step]:
    """The steps that are computed within `step`, each behind those that it needs."""
    for id_ in dict.fromkeys(source.step for source in step.inputs.values()):
        upstream = work.plan.step(id_)
        if upstream.inlined and not work.records(id_).outputs:
            yield from _inlined(work, upstream)
            yield upstream


def _read(work: Work, step: Step, body: SourceBody) -> Any:  # noqa: ANN401
    """A source's files, which its step has held against the schema."""
    paths = _files(work, step, body)
    table = work.engine.read(paths, body.columns)
    if table is not None:
        return table
    from mldsl.runtime.engine.polars.in_place import read

    frame = read(paths, body.columns)
    if frame is None:
        raise _changed(step)
    return work.engine.adopt(frame)


def _files(work: Work, step: Step, body: SourceBody) -> list[Path]:
    """The files, if they are as the step found them."""
    from mldsl.runtime.sources.files import find_files

    found = data_prints(body, step.name, work.store, work.folder)
    if work.records(step.id).parts.get("files") != dict(found.files):
        raise _changed(step)
    return find_files(str(body.arguments["path"]), work.folder)


def _changed(step: Step) -> StepFailed:
    return StepFailed(f"the files of `{step.name}` changed during the run", "run it again")
