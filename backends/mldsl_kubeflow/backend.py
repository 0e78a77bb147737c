"""Kubeflow's backend: from a plan to a pipeline document and what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mldsl import __version__
from mldsl.backend import CompileOptions, PlannedTask, Refused
from mldsl.backend.packaging import packaged
from mldsl.backend.requirements import NAME as REQUIREMENTS
from mldsl.backend.requirements import requirements
from mldsl.backend.tested import constraints
from mldsl.backend.written import with_manifest
from mldsl.errors import PlanError
from mldsl.plan.document import dump
from mldsl.plan.extras import extras
from mldsl.plan.nodes import Plan
from mldsl_kubeflow.capabilities import CAPABILITIES
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.image import CONSTRAINTS, Image, dockerfile
from mldsl_kubeflow.kserve import endpoints, manifests
from mldsl_kubeflow.notes import notes
from mldsl_kubeflow.options import read
from mldsl_kubeflow.readme import readme
from mldsl_kubeflow.refusals import refusals
from mldsl_kubeflow.schedule import NAME as SCHEDULE
from mldsl_kubeflow.schedule import recurring_run


class KubeflowBackend:
    """Compiles a plan to a document for Kubeflow Pipelines 2."""

    name = "kubeflow"
    capabilities = CAPABILITIES

    def compile(self, plan: Plan, options: CompileOptions) -> Mapping[str, bytes]:
        """In the folder `NAME`: the document, and the plan, the user's Python and the recipe of the image."""
        from mldsl_kubeflow.document import documents, text

        facts = self._facts(plan, options)
        code, unfit = packaged(plan, Path(options.folder), CAPABILITIES.carries_out)
        if refused := [*refusals(facts), *unfit]:
            raise Refused(refused)
        for note in notes(facts):
            options.tell(note)
        files = self._of_image(facts, code, Path(options.folder))
        image = Image.of(facts, files)
        found = documents(facts, image)
        if facts.options.validate:
            _validate(found)
        texts = {"pipeline.yaml": text(facts, found), "README.md": readme(facts, image, platform=len(found) > 1)}
        if (schedule := recurring_run(facts)) is not None:
            texts[SCHEDULE] = schedule
        texts |= manifests(facts, image.name)
        files |= {path: content.encode() for path, content in texts.items()}
        placed = {f"{facts.name}/{path}": content for path, content in sorted(files.items())}
        return with_manifest(placed, facts.name, {"mldsl": __version__, "program": facts.program})

    def tasks(self, plan: Plan, options: CompileOptions) -> Sequence[PlannedTask]:
        """The tasks of the pipeline, but for those that only fail where a gate found something unmet."""
        return [
            PlannedTask(task.name, tuple(step.id for step in task.steps), task.needs, task.shares or 1)
            for task in self._facts(plan, options).tasks
        ]

    def _of_image(self, facts: Facts, code: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
        serving = ("serve",) if endpoints(facts) else ()
        carried_out = [step for step in facts.plan.steps if CAPABILITIES.carries_out(step)]
        needed = tuple(sorted({*extras(facts.plan, carried_out), *serving}))
        wanted = requirements(facts.plan, code, folder, CAPABILITIES.carries_out, serving)
        return {
            "plan.json": dump(facts.plan).encode(),
            REQUIREMENTS: wanted.encode(),
            CONSTRAINTS: constraints(needed, wanted).encode(),
            "Dockerfile": dockerfile(facts, needed, code=bool(code)).encode(),
            **{f"code/{path}": content for path, content in code.items()},
        }

    def _facts(self, plan: Plan, options: CompileOptions) -> Facts:
        return Facts.of(plan, read(options), options.program or f"{plan.name}.ml")


def _validate(found: Sequence[Mapping[str, object]]) -> None:
    """Raises PlanError for the first thing that Kubeflow's backend would refuse: a mistake of mldsl's own."""
    from mldsl_kubeflow.validation import problems

    if listed := problems(found):
        more = f" (and {len(listed) - 1} more)" if len(listed) > 1 else ""
        raise PlanError(f"Kubeflow would refuse the pipeline: {listed[0]}{more}", "please report this: it is our bug")
