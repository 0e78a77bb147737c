"""Where a task finds things, and where its artifacts go: a store that whoever runs the other tasks can see, too."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mldsl.errors import StoreError
from mldsl.plan.image import CERTIFICATE
from mldsl.plan.nodes import Plan
from mldsl.records import record
from mldsl.runtime.store import Store, open_store
from mldsl.runtime.store.place import artifacts_place

# Airflow's executors whose tasks run on the scheduler's machine; all others send them elsewhere.
_HERE = ("LocalExecutor", "SequentialExecutor")


@record
class Places:
    """`home` has the plan and what lies beside it; `folder` is where relative paths of data and of the store start;
    the program's Python files lie in `code`. All are absolute.
    """

    home: Path
    folder: Path
    code: Path

    @classmethod
    def of(cls, home: Path, folder: Path, code: Path) -> Places:
        """Of paths that may be relative to where this process is."""
        return cls(home.absolute(), folder.absolute(), code.absolute())

    def certificate(self) -> bytes | None:
        """What was proved of the program; None where whoever compiled it has not put it there."""
        try:
            return (self.home / CERTIFICATE).read_bytes()
        except OSError:
            return None


def task_store(plan: Plan, given: str, folder: Path) -> Store:
    """The store at `given` (the pipeline's own where that is empty), a relative path starting at `folder`.

    Raises StoreError for one that cannot be opened or that only this machine has while the tasks run on several, and
    UsageError for one that is a secret which is not set.
    """
    place = given or artifacts_place(plan)
    executor = airflow_executor()
    if "://" not in place and executor is not None and not executor.endswith(_HERE):
        raise StoreError(
            f"the artifact store `{place}` is on this machine, and the tasks of {executor} run on several [ML602]",
            "give one that all workers reach, as `s3://…`, or as `file:///…` where they share a disk",
        )
    return open_store(place, folder)


def airflow_executor() -> str | None:
    """The name of Airflow's executor, where this is a task of Airflow's and it can be known."""
    named = os.environ.get("AIRFLOW__CORE__EXECUTOR") or _configured()
    if not named:
        return None
    # `LocalExecutor,my.module.Class:alias;team=…`: the first is the one that tasks run by when they name none.
    first = named.split(";")[0].split(",")[0].split(":")[0].strip()
    return first.rpartition(".")[2]


def _configured() -> str | None:
    """What Airflow's configuration says, if Airflow is here; it is not imported for that."""
    for name in ("airflow.sdk.configuration", "airflow.configuration"):
        configuration = getattr(sys.modules.get(name), "conf", None)
        if configuration is not None:
            found = configuration.get("core", "executor", fallback=None)
            return str(found) if found else None
    return None
