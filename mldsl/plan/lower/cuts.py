"""How often rows were cut by their hash before a split or a sample cuts them again.

A split and a sample decide by the hash of a row's key and the seed. What is left of one cut has hashes on one side of a
threshold only; a second cut by the same hash would take all of it, or nothing. So each cut knows how many came before
it, and the runtime hashes anew for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mldsl.plan.nodes import Sample, SplitBody, Step, TransformBody, Verb, VerbsForm


def with_cuts(steps: Iterable[Step]) -> tuple[Step, ...]:
    """`steps` (in an order in which they can run), their splits and samples with the number of cuts before them."""
    after: dict[str, int] = {}
    found = []
    for step in steps:
        tables = [source.step for source in step.inputs.values() if source.output != "model"]
        before = max((after[id_] for id_ in tables), default=0)
        counted, after[step.id] = _counted(step, before)
        found.append(counted)
    return tuple(found)


def _counted(step: Step, before: int) -> tuple[Step, int]:
    """The step, and the cuts that rows of its outputs have gone through."""
    match step.body:
        case SplitBody():
            return _with_body(step, replace(step.body, cuts=before)), before + 1
        case TransformBody(action=VerbsForm() as action) if any(isinstance(verb, Sample) for verb in action.verbs):
            form, cuts = _with_samples(action, before)
            return _with_body(step, replace(step.body, action=form)), cuts
        case _:
            return step, before


def _with_samples(action: VerbsForm, cuts: int) -> tuple[VerbsForm, int]:
    verbs: list[Verb] = []
    for verb in action.verbs:
        if isinstance(verb, Sample):
            verbs.append(replace(verb, cuts=cuts))
            cuts += 1
        else:
            verbs.append(verb)
    return replace(action, verbs=tuple(verbs)), cuts


def _with_body(step: Step, body: SplitBody | TransformBody) -> Step:
    return replace(step, body=body)
