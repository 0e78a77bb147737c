"""Airflow's backend: from a plan to a DAG file and what it needs beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mldsl import __version__
from mldsl.backend import CompileOptions, PlannedTask, Refused
from mldsl.backend.packaging import certificate, packaged
from mldsl.backend.requirements import NAME, requirements
from mldsl.backend.written import with_manifest
from mldsl.plan.approvals import asked_elsewhere
from mldsl.plan.document import dump
from mldsl.plan.nodes import Plan
from mldsl.plan.scheduled import scheduled_names
from mldsl_airflow.capabilities import CAPABILITIES
from mldsl_airflow.dag import dag_file
from mldsl_airflow.facts import Facts
from mldsl_airflow.notes import notes
from mldsl_airflow.options import read
from mldsl_airflow.readme import dockerfile, readme
from mldsl_airflow.refusals import refusals


class AirflowBackend:
    """Compiles a plan to DAGs for Airflow 3: of the training, and of all that runs on a schedule of its own."""

    name = "airflow"
    capabilities = CAPABILITIES

    def compile(self, plan: Plan, options: CompileOptions) -> Mapping[str, bytes]:
        """`NAME.py`, and in the folder `NAME` the plan, the user's Python, what to install and how."""
        given = read(options), options.program or f"{plan.name}.ml"
        facts = Facts.of(plan, *given)
        code, unfit = packaged(plan, Path(options.folder), CAPABILITIES.carries_out)
        others = [Facts.of_scheduled(plan, name, *given) for name in scheduled_names(plan)]
        if refused := [*(item for one in (facts, *others) for item in refusals(one)), *unfit]:
            raise Refused(list(dict.fromkeys(refused)))
        for note in notes(facts):
            options.tell(note)
        texts = {
            **{f"{item.name}.py": dag_file(item) for item in (facts, *others)},
            **{f"{item.home}/{item.plan_file}": dump(asked_elsewhere(item.plan)) for item in (facts, *others)},
            f"{facts.name}/{NAME}": requirements(plan, code, Path(options.folder), CAPABILITIES.carries_out),
            f"{facts.name}/README.md": readme(facts, others),
            # Airflow looks for DAGs in every folder, and there are none among the user's own files.
            f"{facts.name}/.airflowignore": "code/\n",
        }
        if facts.options.elsewhere:
            texts[f"{facts.name}/Dockerfile"] = dockerfile(facts)
        files = {path: text.encode() for path, text in texts.items()}
        files |= {f"{facts.name}/{path}": content for path, content in certificate(plan, options).items()}
        files |= {f"{facts.name}/code/{path}": content for path, content in sorted(code.items())}
        return with_manifest(files, facts.name, {"mldsl": __version__, "program": facts.program})

    def tasks(self, plan: Plan, options: CompileOptions) -> Sequence[PlannedTask]:
        """The tasks of the training's DAG."""
        return [
            PlannedTask(task.id, tuple(step.id for step in task.steps), task.needs, task.shares or 1)
            for task in Facts.of(plan, read(options), options.program or f"{plan.name}.ml").tasks
        ]
