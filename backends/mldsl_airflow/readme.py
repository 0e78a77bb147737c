"""`README.md`: how the files are installed, in five lines; for pods the image they run in."""

from __future__ import annotations

from collections.abc import Sequence

from mldsl import __version__
from mldsl_airflow.facts import IN_IMAGE, Facts


def readme(facts: Facts, others: Sequence[Facts]) -> str:
    """The text of the file; `others` run on schedules of their own."""
    before = [_install(facts), _copy(facts, others), _secrets(facts, others), _places(facts, others)]
    lines = [*before, _start(facts, others)]
    numbered = "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))
    made = f"Compiled by mldsl {__version__} from `{facts.program}`, for Airflow 3.1 and newer."
    return f"# {facts.name}\n\n{made}\n\n{numbered}\n"


def dockerfile(facts: Facts) -> str:
    """What makes the image of the pods, from this folder."""
    return (
        "FROM python:3.12-slim\n"
        "COPY requirements.txt /tmp/requirements.txt\n"
        "RUN pip install --no-cache-dir -r /tmp/requirements.txt\n"
        f"COPY . {IN_IMAGE}/{facts.name}\n"
    )


def _install(facts: Facts) -> str:
    options, name = facts.options, facts.name
    match options.operator:
        case "python":
            return f"Where Airflow's workers run: `pip install -r {name}/requirements.txt`."
        case "external-python":
            return (
                f"On every worker, into the environment of `{options.place}`, which must be there: "
                f"`{options.place} -m pip install -r {name}/requirements.txt`."
            )
        case _:
            return (
                f"Build the image and push it: `docker build -t {options.place} {name}`; Airflow itself needs "
                "`apache-airflow-providers-cncf-kubernetes`."
            )


def _copy(facts: Facts, others: Sequence[Facts]) -> str:
    files = ", ".join(f"`{item.name}.py`" for item in (facts, *others))
    return f"Copy {files} and the folder `{facts.name}`, side by side, into Airflow's folder of DAGs."


def _secrets(facts: Facts, others: Sequence[Facts]) -> str:
    names = sorted({name for item in (facts, *others) for task in item.tasks for name in item.secrets_of(task)})
    if not names:
        return "There are no secrets to set."
    listed = ", ".join(f"`{name}`" for name in names)
    if facts.options.elsewhere:
        return f"Put into the Kubernetes secret `{facts.options.secret}` of `{facts.options.namespace}`: {listed}."
    return f"Add to Airflow a variable of each of these names, or a connection whose URI it is: {listed}."


def _places(facts: Facts, others: Sequence[Facts]) -> str:
    if facts.options.elsewhere:
        return _claims(facts, others)
    if facts.folder is None:
        return "Sources and artifacts are where all workers reach them."
    return f"Every worker must find the program's folder, with its data and its artifacts, at `{facts.folder}`."


def _claims(facts: Facts, others: Sequence[Facts]) -> str:
    tasks = [task for item in (facts, *others) for task in item.tasks]
    claims = sorted({volume.claim for task in tasks for volume in task.asked.volumes})
    if not claims:
        return "Sources and artifacts are where all pods reach them."
    listed = ", ".join(f"`{claim}`" for claim in claims)
    return f"Pods mount these persistent volume claims, which must be in `{facts.options.namespace}`: {listed}."


def _start(facts: Facts, others: Sequence[Facts]) -> str:
    name = facts.name
    started = f"`airflow dags unpause {name}` starts it on its schedule, `airflow dags trigger {name}` at once."
    if not others:
        return started
    listed = ", ".join(f"`{item.name}`" for item in others)
    own = f"On schedules of their own, with the model that is in production then: {listed}; they are unpaused likewise."
    retraining = [item.name for item in others if item.has("retrain")]
    if not retraining:
        return f"{started} {own}"
    who = " and ".join(f"`{item}`" for item in retraining)
    return f"{started} {own} After a breach {who} may start `{name}`, which waits while that is paused."
