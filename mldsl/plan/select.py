"""Which steps a name needs, and which outputs it stands for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from mldsl.diagnostics.suggest import did_you_mean
from mldsl.errors import UsageError
from mldsl.plan.links import Reading, needs, reading
from mldsl.plan.nodes import CheckBody, Input, Plan, SplitBody, Step
from mldsl.records import record

# What a step of each kind is run for. Deployments and monitors act; they give nothing to take away.
_RESULT = {"source": "table", "transform": "table", "check": "report", "model": "model", "evaluate": "metrics"}


@record
class Target:
    """What a name stands for: the steps to run for it, and its results by the names of their files."""

    steps: tuple[str, ...]
    results: tuple[tuple[str, Input], ...]


def select(plan: Plan, names: Collection[str]) -> tuple[Step, ...]:
    """The steps that these names need, themselves included, in the plan's order; all of them for no names.

    A table's checks are part of what it needs. Raises UsageError for a name that nothing in the plan has.
    """
    return closure(plan, [id_ for name in names for id_ in target(plan, name).steps]) if names else plan.steps


def wanted(plan: Plan, names: Iterable[str]) -> frozenset[str]:
    """The ids of the steps whose results are what the names stand for: they are written, inlined or not."""
    return frozenset(source.step for name in names for _, source in target(plan, name).results)


def closure(plan: Plan, ids: Iterable[str]) -> tuple[Step, ...]:
    """The steps of these ids and, transitively, what they need, in the plan's order."""
    wanted = set(ids)
    for step in reversed(plan.steps):
        if step.id in wanted:
            wanted.update(needs(step))
    return tuple(step for step in plan.steps if step.id in wanted)


def target(plan: Plan, name: str) -> Target:
    """What `name` (a declaration's, a part's such as `data.train`, or a step's id) stands for.

    A table is what its readers get: without the rows that its checks set aside.
    """
    tables = dict(_tables(plan))
    if name in tables:
        return _of_tables(plan, {name: tables[name]})
    found = [step for step in plan.steps if (name in (step.id, step.name) and step.kind != "check") or step.id == name]
    if not found:
        raise _unknown(plan, name, tables)
    if found[0].kind == "split" and found[0].name == name:
        return _of_tables(plan, {part: raw for part, raw in tables.items() if raw.step == found[0].id})
    return Target(tuple(step.id for step in found), tuple(_results(found)))


def _tables(plan: Plan) -> Iterator[tuple[str, Input]]:
    """Every table's name and where it is made."""
    for step in plan.steps:
        if isinstance(step.body, SplitBody):
            for part, _ in step.body.shares:
                yield f"{step.name}.{part}", Input(step=step.id, output=part)
        elif step.kind in ("source", "transform"):
            yield step.name, Input(step=step.id, output="table")


def _of_tables(plan: Plan, tables: dict[str, Input]) -> Target:
    readings = {name: _reading(plan, name, raw) for name, raw in tables.items()}
    steps = [id_ for item in readings.values() for id_ in (item.source.step, *item.after)]
    return Target(tuple(dict.fromkeys(steps)), tuple((name, item.source) for name, item in readings.items()))


def _reading(plan: Plan, name: str, raw: Input) -> Reading:
    checks = ((step.id, step.body) for step in plan.steps)
    return reading(
        raw, ((id_, body.quarantines) for id_, body in checks if isinstance(body, CheckBody) and body.table == name)
    )


def _results(steps: Iterable[Step]) -> Iterator[tuple[str, Input]]:
    """A second evaluation of the same name gets `NAME.2`."""
    for count, step in enumerate(steps, 1):
        if isinstance(step.body, SplitBody):
            yield from ((f"{step.name}.{part}", Input(step=step.id, output=part)) for part, _ in step.body.shares)
        elif step.kind in _RESULT:
            name = step.name if count == 1 else f"{step.name}.{count}"
            yield name, Input(step=step.id, output=_RESULT[step.kind])


def _unknown(plan: Plan, name: str, tables: Iterable[str]) -> UsageError:
    names = list(dict.fromkeys([*tables, *(step.name for step in plan.steps)]))
    near = did_you_mean(name, names)
    listed = f"it has {', '.join(f'`{item}`' for item in names)}"
    return UsageError(f"nothing in the pipeline `{plan.name}` is called `{name}`", near or listed)
