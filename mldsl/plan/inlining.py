"""Which steps' tables are not written, but computed within the queries of the steps that read them.

A chain of transforms is one query then: filters and the choice of columns reach the scan of the file. It is decided
from the plan alone, so that every backend agrees, and what a step gives does not depend on it:

- A transform of verbs whose table exactly one step reads, which is a transform of verbs, too. A second reader (a check
  is one) would compute it again.
- A source of Parquet files on this machine that only transforms of verbs, checks and splits read: to read the files
  again costs what reading a copy would. The step still holds them against their schema, and writes the table all the
  same where it finds that a conversion is costly.

What is predicted by a model, SQL and Python are written: what reads them, and what they read. So is what a run is asked
for (`mldsl run --to`), whatever stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mldsl.plan.nodes import Predict, SourceBody, Step, TransformBody, VerbsForm


def with_inlined(steps: Iterable[Step]) -> tuple[Step, ...]:
    """`steps`, those marked whose tables are not written."""
    steps = tuple(steps)
    readers: dict[str, list[Step]] = {step.id: [] for step in steps}
    for step in steps:
        for id_ in {source.step for source in step.inputs.values()}:
            readers[id_].append(step)
    return tuple(replace(step, inlined=True) if _is_inlined(step, readers[step.id]) else step for step in steps)


def can_compute(reader: Step, step: Step) -> bool:
    """Whether the query of `reader` can compute the table of `step`.

    For the reader, the step's key stands for its content then: it is the same whether the table is written or not, and
    so whoever else reads it.
    """
    if _is_of_local_parquet(step):
        return reader.kind in ("check", "split") or _has_verbs(reader)
    return _is_of_verbs_alone(step) and _has_verbs(reader)


def _is_inlined(step: Step, readers: Sequence[Step]) -> bool:
    fits = _is_of_local_parquet(step) or (_is_of_verbs_alone(step) and len(readers) == 1)
    return fits and all(can_compute(reader, step) for reader in readers)


def _is_of_local_parquet(step: Step) -> bool:
    match step.body:
        case SourceBody(connector="parquet", arguments={"path": str(path), **others}) if not others:
            return "://" not in path.removeprefix("file://")
        case _:
            return False


def _is_of_verbs_alone(step: Step) -> bool:
    match step.body:
        case TransformBody(action=VerbsForm(verbs=verbs)):
            return not any(isinstance(verb, Predict) for verb in verbs)
        case _:
            return False


def _has_verbs(step: Step) -> bool:
    return isinstance(step.body, TransformBody) and isinstance(step.body.action, VerbsForm)
