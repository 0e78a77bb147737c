"""Two plans side by side: which steps came, went and changed, what that makes run again, and what goes live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mldsl.plan.diff.changes import fact_changes, line_changes
from mldsl.plan.diff.facts import Fact, common_resources, conditions, facts
from mldsl.plan.diff.meaning import own_meaning, whole_meanings
from mldsl.plan.diff.model import Change, Difference, Effect, StepChange
from mldsl.plan.diff.settings import settings_facts
from mldsl.plan.diff.verbs import lines
from mldsl.plan.diff.words import hidden
from mldsl.plan.nodes import Plan, Step, TransformBody

_LIVE = ("deploy", "monitor")


def diff(before: Plan, after: Plan) -> Difference:
    """What changed from one plan to the other; nothing for layout, comments and the order of declarations."""
    old = {step.id: step for step in before.steps}
    new = {step.id: step for step in after.steps}
    renamed = _renamed(old, new)
    taken = set(renamed.values())
    said = (_facts(before), _facts(after))
    steps = [change for step in after.steps if (change := _step(step, old, renamed, said)) is not None]
    steps += [_whole(step, "removed") for step in before.steps if step.id not in new and step.id not in taken]
    pipeline = fact_changes(settings_facts(before), settings_facts(after))
    known = set(whole_meanings(before).values())
    fresh = {id_ for id_, meaning in whole_meanings(after).items() if meaning not in known}
    reruns = tuple(step.id for step in after.steps if step.id in fresh and step.kind not in _LIVE)
    effects = (*_of_pipeline(pipeline), *_effects(after, steps, fresh))
    return Difference(pipeline, tuple(steps), reruns, effects)


def _renamed(old: dict[str, Step], new: dict[str, Step]) -> dict[str, str]:
    """From the ids of new steps to those of old ones that say the same under another name."""
    gone = {(step.kind, own_meaning(step)): id_ for id_, step in old.items() if id_ not in new}
    found: dict[str, str] = {}
    for id_, step in new.items():
        if id_ not in old and (earlier := gone.pop((step.kind, own_meaning(step)), None)) is not None:
            found[id_] = earlier
    return found


def _facts(plan: Plan) -> dict[str, list[Fact]]:
    """By its id what each step says."""
    common = common_resources(plan)
    return {step.id: list(facts(step, common)) for step in plan.steps}


_Said = tuple[dict[str, list[Fact]], dict[str, list[Fact]]]


def _step(step: Step, old: dict[str, Step], renamed: dict[str, str], said: _Said) -> StepChange | None:
    was, now = said
    if step.id in renamed:
        earlier = old[renamed[step.id]]
        changes = fact_changes(was[earlier.id], now[step.id])
        return StepChange(step.id, step.kind, step.name, "renamed", changes, earlier.name)
    if step.id not in old:
        return _whole(step, "added")
    changes = tuple(_changes(old[step.id], step, fact_changes(was[step.id], now[step.id])))
    return StepChange(step.id, step.kind, step.name, "changed", changes) if changes else None


def _whole(step: Step, state: str) -> StepChange:
    return StepChange(step.id, step.kind, step.name, "added" if state == "added" else "removed")


def _changes(before: Step, after: Step, options: Iterable[Change]) -> Iterator[Change]:
    """What the step says now and said then; where that shows nothing, that something differs all the same."""
    found = list(options)
    found += line_changes(conditions(before.body), conditions(after.body), ordered=False)
    if isinstance(before.body, TransformBody) and isinstance(after.body, TransformBody):
        found += line_changes(lines(before.body.action), lines(after.body.action), ordered=True)
    if not found and own_meaning(before) != own_meaning(after):
        found += _fields(before, after)
    return iter(found)


def _fields(before: Step, after: Step) -> Iterator[Change]:
    """The fields that differ in a way that no words say: the order of columns, what a split comes behind.

    A transform that only differs in columns of the compiler's own tells else of which rows its target is made.
    """
    one, two = before.body, after.body
    if isinstance(one, TransformBody) and isinstance(two, TransformBody) and _own(one) != _own(two):
        yield Change("option", "which rows the target is made of", "", "")
        return
    for field in after.body.__dataclass_fields__:
        if getattr(before.body, field) != getattr(after.body, field):
            of = "order of its columns" if field == "columns" else field.replace("_", " ")
            yield Change("option", of, "", "")


def _own(body: TransformBody) -> list[str]:
    """The compiler's own columns."""
    return [column.name for column in body.columns if hidden(column.name)]


def _of_pipeline(changes: Iterable[Change]) -> Iterator[Effect]:
    if any(change.name == "schedule" for change in changes):
        yield Effect("pipeline", "", "changed", "it runs at other times")


def _effects(after: Plan, steps: Iterable[StepChange], fresh: set[str]) -> Iterator[Effect]:
    """Deployments and monitors that are not what they were, in the plan's order, and those that are gone."""
    by_id = {change.id: change for change in steps}
    for step in after.steps:
        if step.kind in _LIVE:
            state = by_id[step.id].state if step.id in by_id else None
            why = None if state == "added" else _why(step, fresh, by_id)
            if state or why:
                yield Effect(step.kind, step.name, state, why)
    for change in by_id.values():
        if change.state == "removed" and change.kind in _LIVE:
            yield Effect(change.kind, change.name, "removed", None)


def _why(step: Step, fresh: set[str], changed: dict[str, StepChange]) -> str | None:
    """What makes a deployment or a monitor another one, whatever it says itself."""
    made_anew = [source.step for source in step.inputs.values() if source.step in fresh]
    models = [id_ for id_ in made_anew if id_.startswith("model:")]
    if models:
        return "its model is trained anew"
    if made_anew and step.kind == "monitor":
        return "what it watches changes"
    if made_anew:
        return "its table is made anew"
    if any(id_ in changed for id_ in step.after):
        return "what must hold before it changes"
    return None
