"""References: small files by which a task tells the next ones what a step gave, and where in the store it lies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from mldsl.errors import StepError
from mldsl.plan.nodes import Step
from mldsl.runtime.store import Record, Store
from mldsl.runtime.store.records import record_from_json
from mldsl.runtime.worker.memory import Surroundings, not_there


def reference(place: str | None, record: Record) -> bytes:
    """The file for an output of a step: the step's record, and for people the place of the table or the model."""
    document = {"place": place, "record": json.loads(record.to_json())}
    return json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")


def read_reference(path: Path) -> Record:
    """The record in such a file. Raises StepError where it is none, or of an mldsl that writes other records."""
    try:
        document = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
        found = record_from_json(json.dumps(document["record"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        found = None
    if found is None:
        raise StepError(
            f"the input `{path}` is not what a task of this pipeline gives",
            "tasks of one run need images with the same version of mldsl: build the image again, run it without cache",
        )
    return found


@dataclass(slots=True)
class Referred:
    """The memory of a task whose inputs are references: their records, and those of its own steps."""

    store: Store
    given: dict[str, Record]
    own: dict[str, Record] = field(default_factory=dict)
    run: str | None = None

    def before(self, task: Surroundings, step: Step) -> dict[str, Record]:
        """All of them. Raises StepError where what one refers to is not in the store."""
        for source in step.inputs.values():
            record = self.given.get(source.step)
            if record is not None and not all(map(self.store.has, record.outputs.values())):
                raise not_there(task, step, source.step)
        return {**self.given, **self.own}

    def keep(self, record: Record) -> None:
        """Remember what came of an own step."""
        self.own[record.step] = record
