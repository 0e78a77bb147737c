"""Why a step will run or not, said without running anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mldsl.plan.links import readers
from mldsl.plan.nodes import Plan, Step
from mldsl.records import record
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.keys import KeyParts, Keys
from mldsl.runtime.store import Record, Store


@record
class Explanation:
    """Whether the store has the step's result, and in words why (not). `key` is None where it is not known yet."""

    cached: bool
    reason: str
    key: str | None = None
    record: Record | None = None


def why_all(
    store: Store,
    plan: Plan,
    *,
    folder: Path,
    params: Mapping[str, object],
    rows: int | None = None,
    force: bool = False,
    written: Collection[str] = (),
) -> dict[str, Explanation]:
    """An explanation for every step of the plan, by id, in the plan's order. `written` as `Keys` has it."""
    keys = Keys(plan, store, folder, params, rows, written=written)
    found: dict[str, Explanation] = {}
    for step in plan.steps:
        found[step.id] = _with_place(keys, step, _explain(keys, step, found, force))
    return found


def why(
    store: Store,
    plan: Plan,
    step_id: str,
    *,
    folder: Path,
    params: Mapping[str, object],
    rows: int | None = None,
    force: bool = False,
) -> Explanation:
    """The explanation for one step; KeyError if the plan has none of that id."""
    plan.step(step_id)
    return why_all(store, plan, folder=folder, params=params, rows=rows, force=force)[step_id]


def _with_place(keys: Keys, step: Step, found: Explanation) -> Explanation:
    """Of an inlined step it is said where its table is computed."""
    if not keys.inlines(step) or (found.record is not None and found.record.outputs):
        return found
    names = [f"`{reader.name}`" for reader in readers(keys.plan, step.id)]
    place = "read in place" if step.kind == "source" else f"computed within {_listed(names)}"
    return replace(found, reason=f"{found.reason}; {place}")


def _explain(keys: Keys, step: Step, found: Mapping[str, Explanation], force: bool) -> Explanation:
    if force:
        return Explanation(False, "forced")
    running = [name for name, source in step.inputs.items() if not found[source.step].cached]
    if running:
        names = list(dict.fromkeys(keys.plan.step(step.inputs[name].step).name for name in running))
        return Explanation(False, f"{_listed(names)} {'runs' if len(names) == 1 else 'run'} first")
    try:
        parts = keys.parts(step)
    except StepFailed as error:
        return Explanation(False, error.message)
    if step.kind == "deploy":
        from mldsl.runtime.deploy.holds import still_holds

        found_record = keys.record(step)
        if found_record is not None and still_holds(keys, step, found_record):
            return Explanation(True, "unchanged, and still live", parts.key, found_record)
    if parts.volatile:
        return Explanation(False, _VOLATILE.get(step.kind, "it looks each time at how things are"), parts.key)
    record = keys.record(step)
    if record is not None:
        reason = "unchanged" if record.passed else "unchanged; its expectations were not met"
        return Explanation(True, reason, parts.key, record)
    return Explanation(False, _difference(keys, step, parts), parts.key)


def _difference(keys: Keys, step: Step, parts: KeyParts) -> str:
    """What is not as it was when the step last ran."""
    latest = keys.store.latest(step.id)
    if latest is None:
        return "never ran"
    changes = [*_changes(latest.parts, parts.plain)]
    if not changes:
        if keys.store.record(parts.key) is not None:
            return "its table was not written: so far it was computed where it is read"
        return "its result is gone from the store" if latest.key == parts.key else "made by another version of mldsl"
    return "; ".join(changes)


# Why a step of that kind may have to run although nothing that its key is made of has changed.
_VOLATILE: Mapping[str, str] = {
    "source": "its data may have changed: it is read every time",
    "deploy": "it looks each time at what is live",
}

# Parts by name, and how a changed entry of them is called.
_WORDS: Mapping[str, str] = {
    "inputs": "input `{}`",
    "params": "parameter `{}`",
    "files": "file `{}`",
    "code": "file `{}`",
}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    changes = []
    if old.get("fingerprint") != new["fingerprint"]:
        changes.append(_body_change(old.get("body") or {}, new["body"]))
    for part, words in _WORDS.items():
        before, after = old.get(part) or {}, new[part]
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name) or (name in before) != (name in after):
                verb = "is new" if name not in before else "is gone" if name not in after else "changed"
                changes.append(f"{words.format(name)} {verb}")
    before, after = old.get("versions") or {}, new["versions"]
    changes += [
        f"{name} {before.get(name, 'none')} → {after.get(name, 'none')}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    if old.get("seed") != new["seed"]:
        changes.append("the seed changed")
    if old.get("rows") != new["rows"]:
        changes.append("a dry run reads other rows")
    return changes


def _body_change(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return f"its {_listed([f'`{name}`' for name in names])} changed" if names else "its declaration changed"


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
