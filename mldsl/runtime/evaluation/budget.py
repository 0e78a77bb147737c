"""How many models a test part has judged, over all runs: the best of many on the same rows is partly luck (ML309).

The store has a small file for each pair of a table's content and a model that was judged on it, called by their
digests. A file is put whole before they are counted, so that of runs at the same time none is lost and none counts
twice; a model that is judged again is the same file again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from mldsl.plan.nodes import EvaluateBody
from mldsl.runtime.findings import Finding
from mldsl.runtime.store import Store, Stored
from mldsl.runtime.work import Work


def judged_before(work: Work, body: EvaluateBody) -> Iterator[Finding]:
    """Note that the model is judged on the table; a finding where that is more models than its budget allows."""
    if body.budget is None:
        return
    table, model = work.inputs[body.table], work.inputs[body.model]
    facts = {"pipeline": work.plan.name, "table": body.table, "model": body.model}
    count = note_judged(work.store, table, model, facts)
    if count > body.budget:
        noun = "model" if body.budget == 1 else "models"
        yield Finding(
            "ML309",
            f"the rows of `{body.table}` have judged {count} different models by now, and their budget is "
            f"{body.budget} {noun}: the best of several on the same rows is partly luck",
            "compare models by cross-validation, judge on rows that have judged none yet, or say how many may be "
            f"judged: `budget: {count}` on the split",
        )


def note_judged(store: Store, table: Stored, model: Stored, facts: dict[str, str]) -> int:
    """Remember that the model was judged on these rows; how many different ones have been, this one included.

    `facts` are kept for people who look into the store. Raises StoreError.
    """
    folder, name = judged_folder(table), f"{model.digest}.json"
    if name not in store.files.names(folder):
        document = {**facts, "first": datetime.now(UTC).isoformat(timespec="seconds")}
        store.files.secure(f"{folder}/{name}", json.dumps(document, sort_keys=True).encode("utf-8", "surrogatepass"))
    return len([found for found in store.files.names(folder) if found.endswith(".json")])


def judged_folder(table: Stored) -> str:
    """Where it is kept which models were judged on a table of that content."""
    return f"judged/{table.digest}"
