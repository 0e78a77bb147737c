"""`README.md`: how the image is built, and the pipeline uploaded and started."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from shlex import quote

from mldsl import __version__
from mldsl.plan.approvals import teams
from mldsl.plan.nodes import DeployBody, MonitorBody, Secret, Step
from mldsl.plan.scheduled import registry_name
from mldsl_kubeflow.document.platform import platform
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.image import Image
from mldsl_kubeflow.kserve import endpoints
from mldsl_kubeflow.layout import PIPELINE, SCHEDULE, placed
from mldsl_kubeflow.names import label

_RECURRING = f"""\
python - <<'END'
import json, kfp
client = kfp.Client(host="https://…")
experiment = client.create_experiment("EXPERIMENT")
for folder in FOLDERS:
    client.create_recurring_run(
        experiment_id=experiment.experiment_id,
        pipeline_package_path=f"{{folder}}/{PIPELINE}",
        **json.load(open(f"{{folder}}/{SCHEDULE}")),
    )
END"""
_VERTEX = """\
from google.cloud import aiplatform
aiplatform.PipelineJob(
    display_name="NAME",
    template_path="FILE",
    pipeline_root="gs://BUCKET/NAME",
    parameter_values={},
).submit()"""


def readme(facts: Facts, others: Sequence[Facts], image: Image) -> str:
    """The text of the file; `others` run on schedules of their own."""
    documents = (facts, *others)
    parts = [*_parts(facts, documents, image), *_schedules(facts, others), *_approvals(facts), *_kserve(facts)]
    return "\n\n".join([*parts, *_vertex(facts, documents)]) + "\n"


def _parts(facts: Facts, documents: Sequence[Facts], image: Image) -> Iterator[str]:
    yield f"# {facts.name}"
    yield f"Compiled by mldsl {__version__} from `{facts.program}`, for Kubeflow Pipelines 2 and Vertex AI Pipelines."
    yield "In this folder, once for each time it was compiled:"
    yield _code(f"docker build -t {image.name} .\ndocker push {image.name}")
    if names := _secrets(documents):
        listed = " ".join(f"--from-literal={name}=…" for name in names)
        yield f"Once, in the namespace of the runs, the secret `{facts.options.secret}`:"
        yield _code(f"kubectl create secret generic {facts.options.secret} {listed}")
    yield "## Kubeflow Pipelines"
    yield "Upload `pipeline.yaml` on the page, or start a run from here:"
    given = " ".join(f"{name}=…" for name, param in facts.params.items() if param.required)
    yield _code(f"kfp --endpoint https://… run create --experiment-name EXPERIMENT -f pipeline.yaml {given}".rstrip())
    yield "`run_time` and `run_date` need only be given to repeat the run of another day."


def _schedules(facts: Facts, others: Sequence[Facts]) -> Iterator[str]:
    """What runs again and again, and what each of it does."""
    folders = [place.rstrip("/") or "." for place, one in placed(facts, others) if one.plan.settings.schedule]
    if not folders:
        return
    yield "## Schedules"
    where = "Its schedule is in" if folders == ["."] else "What runs by itself has a document and, beside it, a"
    yield f"{where} `{SCHEDULE}`, by the clock of `{facts.options.timezone}`, Kubeflow's own:"
    listed = "\n".join(f"- `scheduled/{one.name}`: {_does(one)}" for one in others)
    if listed:
        yield listed
    yield _code(_RECURRING.replace("FOLDERS", json.dumps(folders)))
    if others:
        yield (
            "They have the same image, and take the model that is in production then: run the pipeline first. A "
            "recurring run keeps the document that it was made with: delete it, and make it again, after each compile."
        )


def _does(facts: Facts) -> str:
    """What a document is for that runs by itself."""
    step = facts.plan.steps[-1]
    if not isinstance(step.body, MonitorBody):
        return f"the predictions of `{step.name}`"
    again = ", and the pipeline itself where it asks for that" if facts.retraining is not None else ""
    return f"the monitor `{step.name}`{again}; a breach fails the run"


def _approvals(facts: Facts) -> Iterator[str]:
    waiting = [task for task in facts.tasks if task.approval]
    if not waiting:
        return
    yield "## Approvals"
    given = facts.plan.settings.artifacts
    store = f'"${given.secret}"' if isinstance(given, Secret) else "STORE"
    for task in waiting:
        assert task.main is not None and isinstance(task.main.body, DeployBody)
        name, listed = registry_name(task.main), _said(list(teams(task.main.body)))
        yield f"`{task.name}` waits for {listed}. From any machine that reaches the artifact store, `{store}`:"
        yield _code(f"mldsl approve {quote(name)} --team TEAM --store {store}")
    limit = facts.plan.settings.timeout
    ends = "for ever" if limit is None else f"{limit:g} s, the pipeline's `timeout`"
    yield f"It waits {ends}; its log says what for, and how to answer. To refuse, end the run."


def _kserve(facts: Facts) -> Iterator[str]:
    """How endpoints come to life, and how a new image takes over."""
    if not (names := [label(_subject(step)) for step in endpoints(facts)]):
        return
    yield "## KServe"
    yield (
        "Each endpoint is an InferenceService that answers for the champion of the registry in the artifact store. The "
        "pipeline puts it there: run that first."
    )
    yield _code("\n".join(f"kubectl apply -f kserve/{name}.yaml" for name in names))
    yield (
        "A model that is promoted later is taken over without a manifest: the container itself shares requests out by "
        "the stages of the `rollout`, and takes a candidate out. A new image goes live by stages with "
        "`kserve/NAME.canary-PERCENT.yaml`, where there are some: apply one after the other, and `kserve/NAME.yaml` at "
        "the end. KServe does that in its serverless mode only, and neither waits between stages nor takes one back."
    )


def _subject(step: Step) -> str:
    assert isinstance(step.body, DeployBody)
    return step.body.subject


def _vertex(facts: Facts, documents: Sequence[Facts]) -> Iterator[str]:
    yield "## Vertex AI Pipelines"
    if names := _secrets(documents):
        yield f"It has no secrets of Kubernetes, and this pipeline needs {_said(names)}: it cannot run there."
        return
    if any(task.asked.volumes for one in documents for task in one.tasks):
        yield "It has no volumes of Kubernetes, and this pipeline's data lie on one: it cannot run there."
        return
    yield "The image must be in Artifact Registry, and the service account must reach the data and the artifact store."
    file = "pipeline.yaml"
    if platform(facts) is not None:
        file = "vertex.yaml"
        yield "It takes the first document alone, and keeps to the time limits that the containers have themselves:"
        yield _code(f'python -c \'print(open("pipeline.yaml").read().split("\\n---\\n")[0])\' > {file}')
    yield _code(_VERTEX.replace("NAME", facts.name).replace("FILE", file))


def _secrets(documents: Sequence[Facts]) -> list[str]:
    found = {name for one in documents for task in one.tasks for name in one.secrets_of(task)}
    if isinstance(notify := documents[0].plan.settings.notify, Secret):
        found.add(notify.secret)
    return sorted(found)


def _said(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _code(text: str) -> str:
    return f"```\n{text}\n```"
