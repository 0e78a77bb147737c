"""`README.md`: how the image is built, and the pipeline uploaded and started."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl import __version__
from mldsl.plan.nodes import DeployBody, Secret, Step
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.image import Image
from mldsl_kubeflow.kserve import endpoints
from mldsl_kubeflow.names import label
from mldsl_kubeflow.schedule import NAME

_RECURRING = f"""\
python - <<'END'
import json, kfp
client = kfp.Client(host="https://…")
experiment = client.create_experiment("EXPERIMENT")
client.create_recurring_run(
    experiment_id=experiment.experiment_id,
    pipeline_package_path="pipeline.yaml",
    **json.load(open("{NAME}")),
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


def readme(facts: Facts, image: Image, *, platform: bool) -> str:
    """The text of the file; `platform` is whether there is a document for Kubernetes alone beside the pipeline's."""
    return "\n\n".join([*_parts(facts, image), *_kserve(facts), *_vertex(facts, platform)]) + "\n"


def _parts(facts: Facts, image: Image) -> Iterator[str]:
    yield f"# {facts.name}"
    yield f"Compiled by mldsl {__version__} from `{facts.program}`, for Kubeflow Pipelines 2 and Vertex AI Pipelines."
    yield "In this folder, once for each time it was compiled:"
    yield _code(f"docker build -t {image.name} .\ndocker push {image.name}")
    if names := _secrets(facts):
        listed = " ".join(f"--from-literal={name}=…" for name in names)
        yield f"Once, in the namespace of the runs, the secret `{facts.options.secret}`:"
        yield _code(f"kubectl create secret generic {facts.options.secret} {listed}")
    yield "## Kubeflow Pipelines"
    yield "Upload `pipeline.yaml` on the page, or start a run from here:"
    given = " ".join(f"{name}=…" for name, param in facts.params.items() if param.required)
    yield _code(f"kfp --endpoint https://… run create --experiment-name EXPERIMENT -f pipeline.yaml {given}".rstrip())
    yield "`run_time` and `run_date` need only be given to repeat the run of another day."
    if facts.plan.settings.schedule is not None:
        yield f"Its schedule is in `{NAME}`, by the clock of `{facts.options.timezone}`, Kubeflow's own:"
        yield _code(_RECURRING)


def _kserve(facts: Facts) -> Iterator[str]:
    """How endpoints come to life, and how a new image takes over."""
    if not (names := [label(_subject(step)) for step in endpoints(facts)]):
        return
    yield "## KServe"
    yield (
        "Each endpoint is an InferenceService that answers for the champion of the registry in the artifact store. The "
        "pipeline trains and judges and puts nothing into production: `mldsl run` with the same store does, or Airflow."
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


def _vertex(facts: Facts, platform: bool) -> Iterator[str]:
    yield "## Vertex AI Pipelines"
    if names := _secrets(facts):
        yield f"It has no secrets of Kubernetes, and this pipeline needs {_said(names)}: it cannot run there."
        return
    if any(task.asked.volumes for task in facts.tasks):
        yield "It has no volumes of Kubernetes, and this pipeline's data lie on one: it cannot run there."
        return
    yield "The image must be in Artifact Registry, and the service account must reach the data and the artifact store."
    file = "pipeline.yaml"
    if platform:
        file = "vertex.yaml"
        yield "It takes the first document alone, and keeps to the time limits that the containers have themselves:"
        yield _code(f'python -c \'print(open("pipeline.yaml").read().split("\\n---\\n")[0])\' > {file}')
    yield _code(_VERTEX.replace("NAME", facts.name).replace("FILE", file))


def _secrets(facts: Facts) -> list[str]:
    found = {name for task in facts.tasks for name in facts.secrets_of(task)}
    if isinstance(facts.plan.settings.notify, Secret):
        found.add(facts.plan.settings.notify.secret)
    return sorted(found)


def _said(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _code(text: str) -> str:
    return f"```\n{text}\n```"
