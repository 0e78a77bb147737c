"""What the tasks of a DAG file are made by when pods do the work. The texts hold nothing of the program."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.plan.nodes import Secret
from mldsl_airflow.dag.functions import approving, looking_up, notifying
from mldsl_airflow.dag.monitors import acting, answered
from mldsl_airflow.facts import Facts

_TOLD = """\
# What the worker in the pod is told. Airflow fills this in when a task begins; a word that
# ends in `.json` would be taken for a file with more to fill in.
TOLD = [
    f"--plan={{{{ '{PLAN}' }}}}",
    "--run-date={{ (dag_run.logical_date or dag_run.run_after).strftime('%Y-%m-%d') }}",
    "--run-time={{ (dag_run.logical_date or dag_run.run_after).strftime('%Y-%m-%dT%H:%M:%S') }}",
    "--run={{ dag_run.dag_id }}/{{ dag_run.run_id }}",
    "--params={{ params | tojson }}",
@MORE@]
"""
_FOLDER = '    f"--folder={{{{ {FOLDER!r} }}}}",\n'
_POD = '''\
def pod(
    secrets: Sequence[str],
    resources: dict[str, str],
    placed: dict[str, Any],
) -> dict[str, Any]:
    """The pod's template: its secrets from a Kubernetes secret, and what it asks for."""
    container = {
        "name": "base",
        "env": [{"name": name, "valueFrom": from_secret(name)} for name in secrets],
        "resources": {"requests": resources, "limits": resources},
        "volumeMounts": placed.get("mounts", []),
    }
    spec = {"containers": [container], **placed.get("spec", {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": spec}


def from_secret(name: str) -> dict[str, Any]:
    """Where a variable of the environment gets its value from."""
    return {"secretKeyRef": {"name": SECRET, "key": name}}
'''
_SHARED = '''\
def shared(
    secrets: Sequence[str],
    resources: dict[str, str] | None,
    placed: dict[str, Any] | None,
    more: dict[str, Any],
) -> dict[str, Any]:
    """What all pods of the pipeline have in common."""
    return {
        "image": IMAGE,
        "namespace": NAMESPACE,
        "cmds": ["python", "-m", "mldsl.runtime.worker"],
        "pod_template_dict": pod(secrets, resources or {}, placed or {}),
        **more,
    }
'''
_TASK = '''\
def task(
    task_id: str,
    *steps: str,
    secrets: Sequence[str] = (),
    resources: dict[str, str] | None = None,
    placed: dict[str, Any] | None = None,
    **more: Any,
) -> KubernetesPodOperator:
    """A task that carries out steps of the plan, in this order."""
    return KubernetesPodOperator(
        task_id=task_id,
        arguments=["--steps", *steps, *TOLD],
        **shared(secrets, resources, placed, more),
    )
'''
_MONITOR = '''\
def monitor(
    task_id: str,
    *steps: str,
    secrets: Sequence[str] = (),
    resources: dict[str, str] | None = None,
    placed: dict[str, Any] | None = None,
    **more: Any,
) -> KubernetesPodOperator:
    """A task that looks at what is in production; those behind it act on its answer."""
    answer = "--answer={{ '/airflow/xcom/return.json' }}"
    return KubernetesPodOperator(
        task_id=task_id,
        arguments=["--verdicts", answer, "--steps", *steps, *TOLD],
        do_xcom_push=True,
        **shared(secrets, resources, placed, more),
    )
'''
_TRIALS = '''\
def trials(
    task_id: str,
    step: str,
    *,
    shares: int,
    secrets: Sequence[str] = (),
    resources: dict[str, str] | None = None,
    placed: dict[str, Any] | None = None,
    **more: Any,
) -> Any:
    """A task for each share of the settings that a model tries."""
    words = ["--steps", step, f"--shares={shares}", *TOLD]
    mapped = KubernetesPodOperator.partial(
        task_id=task_id,
        **shared(secrets, resources, placed, more),
    )
    return mapped.expand(arguments=[[*words, f"--share={i}"] for i in range(shares)])
'''


def pod_functions(facts: Facts) -> Iterator[str]:
    """The functions of a DAG whose tasks are pods, each as a text."""
    yield _POD
    yield _SHARED
    if isinstance(facts.plan.settings.notify, Secret):
        yield looking_up()
    yield from answered(facts)
    yield from notifying(facts)
    if facts.has_plain_tasks:
        yield _TASK
    if facts.has_answers:
        yield _MONITOR
    if facts.has("trials"):
        yield _TRIALS
    yield from approving(facts)
    yield from acting(facts)


def told(folder: str | None) -> str:
    """The constant with what a pod is told of the run, and where relative paths start if there are any."""
    return _TOLD.replace("@MORE@", "" if folder is None else _FOLDER)
