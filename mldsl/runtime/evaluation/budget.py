"""How many models a test part has judged, over all runs: the best of many on the same rows is partly luck (ML309).

The store has a small file for each pair of a table's content and a model that was judged on it, called by their
digests. A file is put whole before they are counted, so that of runs at the same time none is lost and none counts
twice; a model that is judged again is the same file again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from mldsl.plan.nodes import EvaluateBody, Plan
from mldsl.runtime.findings import Finding
from mldsl.runtime.store import Store, Stored
from mldsl.runtime.work import Work


def judged_before(work: Work, body: EvaluateBody) -> Iterator[Finding]:
    """Note that the model is judged on the table; a finding where that is more models than its budget allows.

    Of the other models that the program itself has judged there, each counts as one, however many of its versions have
    been: their own evaluations tell of those. So what is found does not depend on which evaluation comes first. What a
    program asks for without any history, the compiler has said.
    """
    if body.budget is None:
        return
    others = _declared(work.plan, body.table) - {body.model}
    facts = {"pipeline": work.plan.name, "table": body.table, "model": body.model}
    before = note_judged(work.store, work.inputs[body.table], work.inputs[body.model], facts)
    known = [item for item in before if item.get("pipeline") != work.plan.name or item.get("model") not in others]
    count = 1 + len(known) + len(others)
    if known and count > body.budget:
        noun = "model" if body.budget == 1 else "models"
        yield Finding(
            "ML309",
            f"the rows of `{body.table}` have judged {count} different models by now, and their budget is "
            f"{body.budget} {noun}: the best of several on the same rows is partly luck",
            "compare models by cross-validation, judge on rows that have judged none yet, or say how many may be "
            f"judged: `budget: {count}` on the split",
        )


def note_judged(store: Store, table: Stored, model: Stored, facts: dict[str, str]) -> list[dict[str, str]]:
    """Remember that the model was judged on these rows; the facts of the other models that have been.

    `facts` are by whom, and are kept for people who look into the store, too. Raises StoreError.
    """
    folder, name = judged_folder(table), f"{model.digest}.json"
    names = store.files.names(folder)
    if name not in names:
        document = {**facts, "first": datetime.now(UTC).isoformat(timespec="seconds")}
        store.files.secure(f"{folder}/{name}", json.dumps(document, sort_keys=True).encode("utf-8", "surrogatepass"))
        names = store.files.names(folder)
    return [_facts(store.files.read(f"{folder}/{item}")) for item in names if item.endswith(".json") and item != name]


def _facts(data: bytes | None) -> dict[str, str]:
    """What a file says; nothing where it is damaged, which still was a model."""
    try:
        found = json.loads(data or b"")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _declared(plan: Plan, table: str) -> set[str]:
    """The models that a program has judged on a table."""
    bodies = (step.body for step in plan.steps)
    return {item.model for item in bodies if isinstance(item, EvaluateBody) and item.table == table}


def judged_folder(table: Stored) -> str:
    """Where it is kept which models were judged on a table of that content."""
    return f"judged/{table.digest}"
