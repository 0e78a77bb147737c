"""The components of tasks: which parameters and artifacts they take and give, and of what types."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from mldsl.plan.nodes import Plan, SplitBody
from mldsl.plan.ports import GATE, MESSAGE, RETRAIN, RUN, SHARE, STATUS, TIMES, Form, Port
from mldsl_kubeflow.document.parameters import Message, handed_on, parameter, times
from mldsl_kubeflow.document.words import channel
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.tasks import CLOCK, NOTIFY, Task

SCHEMAS: Mapping[Form, str] = {
    "table": "system.Dataset",
    "model": "system.Model",
    "metrics": "system.Metrics",
    "classification": "system.ClassificationMetrics",
    "page": "system.HTML",
}


def component(module: ModuleType, facts: Facts, task: Task) -> Message:
    """The component of a task that carries steps out, or makes one share of the trials."""
    spec = inputs(module, facts, task)
    spec.executor_label = facts.executor(task.name)
    if task.shares:
        spec.input_definitions.parameters[SHARE].CopyFrom(parameter(module, "NUMBER_INTEGER"))
        return spec
    if task.tells:
        spec.output_definitions.parameters[GATE].parameter_type = _type(module, "BOOLEAN")
        for name in task.guards:
            spec.input_definitions.parameters[channel(name)].CopyFrom(parameter(module, "BOOLEAN"))
    if task.gate:
        spec.output_definitions.parameters[MESSAGE].parameter_type = _type(module, "STRING")
    if task.retrain is not None:
        spec.output_definitions.parameters[RETRAIN].parameter_type = _type(module, "BOOLEAN")
    for port in task.ports.outputs:
        artifact = spec.output_definitions.artifacts[port.name]
        _typed(artifact, port.form)
        if doc := _doc(facts.plan, port):
            artifact.description = doc
    return spec


def inputs(module: ModuleType, facts: Facts, task: Task) -> Message:
    """A component with what the task takes of the run and of other tasks' artifacts."""
    spec = module.ComponentSpec()
    for name in facts.params_of(task):
        spec.input_definitions.parameters[name].CopyFrom(handed_on(module, facts.params[name]))
    for name in TIMES if facts.is_timed(task) else ():
        spec.input_definitions.parameters[name].CopyFrom(handed_on(module, None))
    if task.acts:
        spec.input_definitions.parameters[RUN].CopyFrom(parameter(module, "STRING"))
    for name, source in task.ports.inputs.items():
        _typed(spec.input_definitions.artifacts[name], "model" if source.output == "model" else "table")
    return spec


def failing(module: ModuleType, facts: Facts, task: Task, name: str) -> Message:
    """The component of the task of that name, which fails because of a gate."""
    spec = module.ComponentSpec()
    spec.executor_label = facts.executor(name)
    for output in verdicts(task, name):
        spec.input_definitions.parameters[channel(task.name, output)].CopyFrom(parameter(module, "BOOLEAN"))
    spec.input_definitions.parameters[MESSAGE].CopyFrom(parameter(module, "STRING"))
    return spec


def verdicts(task: Task, name: str) -> dict[str, bool]:
    """With which verdicts of a task the one of that name fails. A monitor's waits for the training, if there is one."""
    if name == task.retrained:
        return {RETRAIN: True}
    return {GATE: False} if task.retrain is None else {GATE: False, RETRAIN: False}


def notify(module: ModuleType, facts: Facts) -> Message:
    """The component of the task that tells of a failed run."""
    spec = module.ComponentSpec()
    spec.executor_label = facts.executor(NOTIFY)
    status = parameter(module, "TASK_FINAL_STATUS")
    status.is_optional = True
    spec.input_definitions.parameters[STATUS].CopyFrom(status)
    spec.input_definitions.parameters[RUN].CopyFrom(parameter(module, "STRING"))
    return spec


def clock(module: ModuleType, facts: Facts) -> Message:
    """The component of the task that says when the run is."""
    spec = module.ComponentSpec()
    spec.executor_label = facts.executor(CLOCK)
    for name, given in times(module).items():
        spec.input_definitions.parameters[name].CopyFrom(given)
        spec.output_definitions.parameters[name].parameter_type = _type(module, "STRING")
    return spec


def _typed(artifact: Message, form: Form) -> None:
    artifact.artifact_type.schema_title = SCHEMAS[form]
    artifact.artifact_type.schema_version = "0.0.1"


def _type(module: ModuleType, name: str) -> int:
    return int(module.ParameterType.ParameterTypeEnum.Value(name))


def _doc(plan: Plan, port: Port) -> str | None:
    """What the program says of what the artifact is of; a part of a split is called by its name."""
    step = plan.step(port.step)
    if isinstance(step.body, SplitBody):
        part = f"`{step.name}.{port.output}`"
        return f"{part}: {step.doc}" if step.doc else part
    return step.doc
