"""What a step looks at of the steps before it: its inputs and, of a deployment, what lies behind its model.

A version keeps rows that its model was fitted on and hashes of all of them; one for an endpoint also the tables in
which requests are looked up, and it tries its row path on rows of the source. On one machine the step finds these by
their records. Whoever hands each task what it reads has to know of them beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.plan.nodes import DeployBody, Input, ModelBody, Plan, SplitBody, Step
from mldsl.plan.requests import NotOfOneRow, request_path


def looked_at(plan: Plan, step: Step) -> tuple[Input, ...]:
    """The outputs of earlier steps that `step` may open, each once: its inputs first."""
    found = {(item.step, item.output): item for item in (*step.inputs.values(), *_behind(plan, step))}
    return tuple(found.values())


def held_back_part(plan: Plan, model_step: Step) -> Input | None:
    """The part of the model's split that no model learns from: the test part, else the validation part."""
    for source in model_step.inputs.values():
        split = plan.step(source.step)
        if isinstance(split.body, SplitBody):
            parts = [part for part, _ in split.body.shares]
            found = next((part for part in ("test", "validation") if part in parts), None)
            if found is not None:
                return Input(step=split.id, output=found)
    return None


def _behind(plan: Plan, step: Step) -> Iterator[Input]:
    body = step.body
    if not isinstance(body, DeployBody) or body.model_from != "step":
        return
    model_step = plan.step(step.inputs[body.model].step)
    assert isinstance(model_step.body, ModelBody)
    yield from (model_step.inputs[name] for name in (model_step.body.table, model_step.body.validation) if name)
    if body.target == "endpoint":
        yield from _of_requests(plan, model_step)


def _of_requests(plan: Plan, model_step: Step) -> Iterator[Input]:
    try:
        path = request_path(plan, model_step.id)
    except NotOfOneRow:
        return  # its step will say so
    yield Input(step=path.source, output="table")
    yield from (lookup.source for lookup in path.lookups)
    yield from (Input(step=id_, output="model") for id_ in path.models)
    if (part := held_back_part(plan, model_step)) is not None:
        yield part
