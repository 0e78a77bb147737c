"""What the tasks of one run know of each other: the records of its steps, kept in the store under the run's name.

Without that a task works out for itself which records its inputs are, by their keys. That takes the data files of all
sources before it; and a source that gives something new at every run (a database) has one key for all of it, so that
two runs at once would read each other's tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from mldsl.errors import StepError
from mldsl.plan.links import feeding
from mldsl.plan.nodes import Plan, Step
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.keys import Keys
from mldsl.runtime.store import Record, Store
from mldsl.runtime.store.records import record_from_json
from mldsl.runtime.store.store import run_folder
from mldsl.runtime.worker.places import Places

_WHY = (
    "the task that makes it has not run, had other data or parameters, or wrote to a store of its own machine; "
    "or the store was cleaned: run that task again"
)


class Surroundings(Protocol):
    """What is the same for all steps of a task."""

    plan: Plan
    store: Store
    places: Places
    params: dict[str, object]


class Memory(Protocol):
    """What a task knows of the steps before its own."""

    @property
    def run(self) -> str | None:
        """The name of the run that the task belongs to, where it is known."""

    def before(self, task: Surroundings, step: Step) -> dict[str, Record]:
        """The records of what `step` reads, by step. Raises StepError where an input is not there."""

    def keep(self, record: Record) -> None:
        """Remember what came of a step."""


@dataclass(frozen=True, slots=True)
class RunMemory:
    """The records of the run of that name; without a name nothing is remembered."""

    run: str | None
    store: Store

    def before(self, task: Surroundings, step: Step) -> dict[str, Record]:
        """The run's records, or else those that the store has under their keys."""
        wanted = feeding(task.plan, step)
        known = self.records(wanted)
        keys = Keys(task.plan, task.store, task.places.folder, task.params, known=known, code=task.places.code)
        for upstream in _unknown(task.plan, step, known):
            record = _looked_up(keys, upstream)
            if record is not None:
                known[upstream.id] = record
        missing = next((source.step for source in step.inputs.values() if source.step not in known), None)
        if missing is not None:
            raise not_there(task, step, missing)
        return known

    def keep(self, record: Record) -> None:
        """Remember what came of a step."""
        if self.run is not None:
            data = record.to_json().encode("utf-8", "surrogatepass")
            self.store.files.write(self._path(self.run, record.step), data)

    def records(self, ids: Iterable[str]) -> dict[str, Record]:
        """What is remembered of the steps of these ids, as far as their outputs are still there."""
        found = {}
        for id_ in ids if self.run is not None else ():
            data = self.store.files.read(self._path(str(self.run), id_))
            record = None if data is None else record_from_json(data.decode("utf-8", "surrogatepass"))
            if record is not None and record.step == id_ and all(map(self.store.has, record.outputs.values())):
                found[id_] = record
        return found

    def _path(self, run: str, id_: str) -> str:
        return f"{run_folder(run)}/{hashlib.sha256(id_.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"


def not_there(task: Surroundings, step: Step, missing: str) -> StepError:
    """An input of a step is not in the store."""
    name = task.plan.step(missing).name
    return StepError(f"`{step.name}` needs `{name}`, which is not in the artifact store `{task.store}`", _WHY)


def _unknown(plan: Plan, step: Step, known: dict[str, Record]) -> list[Step]:
    """The steps whose keys are to be worked out, in an order in which that is possible: all that feed one of them."""
    found: set[str] = set()
    waiting = [id_ for id_ in feeding(plan, step) if id_ not in known]
    while waiting:
        id_ = waiting.pop()
        if id_ not in found and id_ not in known:
            found.add(id_)
            waiting += (source.step for source in plan.step(id_).inputs.values())
    return [upstream for upstream in plan.steps if upstream.id in found]


def _looked_up(keys: Keys, step: Step) -> Record | None:
    """What the store has; None also where its key cannot be known, as nobody has run what feeds it."""
    try:
        return keys.record(step)
    except StepFailed:
        return None
