"""Kubeflow's backend: from a plan to a pipeline document and what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mldsl import __version__
from mldsl.backend import CompileOptions, PlannedTask, Refused
from mldsl.backend.packaging import certificate, packaged
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
from mldsl_kubeflow.layout import PIPELINE, SCHEDULE, placed
from mldsl_kubeflow.notes import notes
from mldsl_kubeflow.options import read
from mldsl_kubeflow.readme import readme
from mldsl_kubeflow.refusals import refusals
from mldsl_kubeflow.schedule import recurring_run


class KubeflowBackend:
    """Compiles a plan to a document for Kubeflow Pipelines 2."""

    name = "kubeflow"
    capabilities = CAPABILITIES

    def compile(self, plan: Plan, options: CompileOptions) -> Mapping[str, bytes]:
        """In the folder `NAME`: the document, and the plan, the user's Python and the recipe of the image."""
        facts = self._facts(plan, options)
        others = tuple(Facts.scheduled(plan, facts.options, facts.program))
        code, unfit = packaged(plan, Path(options.folder), CAPABILITIES.carries_out)
        if refused := list(dict.fromkeys([*(item for one in (facts, *others) for item in refusals(one)), *unfit])):
            raise Refused(refused)
        for note in notes(facts, others):
            options.tell(note)
        files = self._of_image(plan, facts, code, options)
        image = Image.of(facts, files)
        texts = {f"{place}{name}": text_ for place, one in placed(facts, others) for name, text_ in _texts(one, image)}
        texts |= {"README.md": readme(facts, others, image), **manifests(facts, image.name)}
        files |= {path: content.encode() for path, content in texts.items()}
        whole = {f"{facts.name}/{path}": content for path, content in sorted(files.items())}
        return with_manifest(whole, facts.name, {"mldsl": __version__, "program": facts.program})

    def tasks(self, plan: Plan, options: CompileOptions) -> Sequence[PlannedTask]:
        """The tasks of the pipeline, but for those that only fail where a gate found something unmet."""
        return [
            PlannedTask(task.name, tuple(step.id for step in task.steps), task.needs, task.shares or 1)
            for task in self._facts(plan, options).tasks
        ]

    def _of_image(
        self, plan: Plan, facts: Facts, code: Mapping[str, bytes], options: CompileOptions
    ) -> dict[str, bytes]:
        proved = certificate(plan, options)
        serving = ("serve",) if endpoints(facts) else ()
        needed = tuple(sorted({*extras(plan, plan.steps), *serving}))
        wanted = requirements(plan, code, Path(options.folder), CAPABILITIES.carries_out, serving)
        return {
            "plan.json": dump(plan).encode(),
            REQUIREMENTS: wanted.encode(),
            CONSTRAINTS: constraints(needed, wanted).encode(),
            "Dockerfile": dockerfile(facts, needed, proved, code=bool(code)).encode(),
            **proved,
            **{f"code/{path}": content for path, content in code.items()},
        }

    def _facts(self, plan: Plan, options: CompileOptions) -> Facts:
        return Facts.of(plan, read(options), options.program or f"{plan.name}.ml")


def _texts(facts: Facts, image: Image) -> Iterator[tuple[str, str]]:
    """The files of one document."""
    from mldsl_kubeflow.document import documents, text

    found = documents(facts, image)
    if facts.options.validate:
        _validate(found)
    yield PIPELINE, text(facts, found)
    if (schedule := recurring_run(facts)) is not None:
        yield SCHEDULE, schedule


def _validate(found: Sequence[Mapping[str, object]]) -> None:
    """Raises PlanError for the first thing that Kubeflow's backend would refuse: a mistake of mldsl's own."""
    from mldsl_kubeflow.validation import problems

    if listed := problems(found):
        more = f" (and {len(listed) - 1} more)" if len(listed) > 1 else ""
        raise PlanError(f"Kubeflow would refuse the pipeline: {listed[0]}{more}", "please report this: it is our bug")
