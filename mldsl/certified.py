"""What was proved of a program, put to the versions of models that a local run made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mldsl.runtime.deploy.certificate import certify

if TYPE_CHECKING:
    from mldsl.api import Program
    from mldsl.runs import RunResult


def certify_versions(program: Program, result: RunResult) -> None:
    """Note the program's certificate in the history of each deployment that got a version of a model in a run."""
    from mldsl_local.stores import plan_store

    store = plan_store(program.plan(), program.folder)
    for step in result.steps:
        if step.kind == "deploy":
            certify(store, step.details, result.run, lambda: program.certificate().to_json())
