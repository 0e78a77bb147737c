"""What was proved of a program, put to the versions of models that its runs make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mldsl.runtime.registry import open_registry, whoami

if TYPE_CHECKING:
    from mldsl.api import Program
    from mldsl.runs import RunResult


def certify_versions(program: Program, result: RunResult) -> None:
    """Note the program's certificate in the history of each deployment that got a version of a model in a run.

    It needs the program as it was read, which the step that registers a version does not know.
    """
    from mldsl_local.stores import plan_store

    store = plan_store(program.plan(), program.folder)
    for step in result.steps:
        if step.kind != "deploy" or not step.details.get("version"):
            continue
        registry, number = open_registry(store, str(step.details["name"])), int(step.details["version"])
        if registry.version(number).run != result.run:
            continue  # it was made before
        text = json.dumps(program.certificate().document(), ensure_ascii=False, sort_keys=True)
        stored = store.put(text.encode("utf-8", "surrogatepass"), ".json", "json")
        registry.note("certified", version=number, by=whoami(), details={"certificate": stored.document()})
