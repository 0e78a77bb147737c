"""The tasks as nodes of a graph: what each is given, what it waits for, when it is skipped, how often it is tried."""

from __future__ import annotations

import math
from collections.abc import Iterable
from types import ModuleType

from mldsl.plan.ports import GATE, MESSAGE, RETRAIN, RUN, SHARE, STATUS, TIMES
from mldsl_kubeflow.document.components import inputs, verdicts
from mldsl_kubeflow.document.parameters import Message, parameter, root_parameters
from mldsl_kubeflow.document.words import RUN_NAME, channel
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.tasks import CLOCK, NOTIFY, STEPS, Task

_BACKOFF = 2  # the default of Kubeflow's SDK; Argo takes whole numbers alone
_DAY = 86_400
_LOOP = "loop"


class Graph:
    """The tasks of the pipeline, in the messages of one graph, and the components of graphs within it."""

    def __init__(self, module: ModuleType, facts: Facts) -> None:
        self._module = module
        self._facts = facts
        # For each output of a step the task that gives it, and its name there.
        self._made = {
            (port.step, port.output): (task.name, port.name)
            for task in facts.tasks
            for port in task.ports.outputs
            if not task.shares and not task.approval
        }
        self.graphs: dict[str, Message] = {}

    def fill(self, dag: Message) -> None:
        """Put all tasks into a graph's message."""
        if self._facts.has_clock:
            self._clock(dag)
        for task in self._facts.tasks:
            if task.shares:
                self._trials(dag, task)
            else:
                self._steps(dag, task)
            if task.retrain is not None:
                self._retrain(dag, task, task.retrain)
            for name in task.fails:
                self._failing(dag, task, name)

    def notify(self, dag: Message) -> None:
        """Put a task that tells of a failed run behind the task that holds all others."""
        node = self._node(dag, NOTIFY, NOTIFY)
        node.dependent_tasks.append(STEPS)
        node.inputs.parameters[STATUS].task_final_status.producer_task = STEPS
        node.inputs.parameters[RUN].runtime_value.constant.string_value = RUN_NAME
        node.trigger_policy.strategy = (
            self._module.PipelineTaskSpec.TriggerPolicy.TriggerStrategy.ALL_UPSTREAM_TASKS_COMPLETED
        )

    def whole(self, dag: Message, names: Iterable[str]) -> None:
        """Put the task that holds all others into the root, told the run's parameters of these names."""
        node = self._node(dag, STEPS, self._facts.plan.name)
        for name in names:
            node.inputs.parameters[name].component_input_parameter = name

    # --- tasks of steps -----------------------------------------------------------------------------------------------

    def _steps(self, dag: Message, task: Task) -> None:
        node = self._node(dag, task.name, task.title)
        self._given(node, task)
        self._waits(node, task)
        self._tried(node, self._facts.timeout_of(task))
        self._guarded(node, task.guards)
        # What is outside may have changed: the worker looks, and finds its result in the store where it has not.
        looks = any(step.kind == "source" for step in task.ports.computed)
        node.caching_options.enable_cache = not looks and not task.acts

    def _trials(self, dag: Message, task: Task) -> None:
        """A loop over the shares, around one container; in a graph of its own where it needs what other tasks tell.

        (The local runner of Kubeflow's SDK does not loop over a task that has a condition, and puts the loop's item in
        the place of what other tasks tell it.)
        """
        trial = f"{task.name}-trial"
        inner = self._passing(task, share=True)
        node = self._node(inner.dag, trial, f"{task.title}: one share", self._facts.component(task.name))
        self._passed(node, task, [SHARE])
        self._tried(node, self._facts.timeout_of(task))
        node.caching_options.enable_cache = True
        if not task.guards and not self._facts.is_timed(task):
            self.graphs[self._facts.component(f"{task.name}-{_LOOP}")] = inner
            loop = self._node(dag, task.name, task.title, self._facts.component(f"{task.name}-{_LOOP}"))
            self._given(loop, task)
            self._waits(loop, task)
            self._looping(loop, task)
            return
        outer = self._passing(task, share=False)
        loop = self._node(outer.dag, f"{task.name}-{_LOOP}", task.title, self._facts.component(f"{task.name}-{_LOOP}"))
        self._passed(loop, task, [])
        self._looping(loop, task)
        self.graphs[self._facts.component(f"{task.name}-{_LOOP}")] = inner
        self.graphs[self._facts.component(f"{task.name}-outer")] = outer
        node = self._node(dag, task.name, task.title, self._facts.component(f"{task.name}-outer"))
        self._given(node, task)
        self._waits(node, task)
        for name in task.guards:
            outer.input_definitions.parameters[channel(name)].CopyFrom(parameter(self._module, "BOOLEAN"))
        self._guarded(node, task.guards)

    def _failing(self, dag: Message, task: Task, name: str) -> None:
        """A task that fails with a gate's message; that of a monitor which trains again, when that is over.

        (Argo starts nothing more in a graph of which a task has failed.)
        """
        after = name == task.retrained
        node = self._node(dag, name, f"{task.title}: {'retrained' if after else 'unmet'}")
        node.dependent_tasks.extend(sorted([task.name, str(task.retrain)] if after else [task.name]))
        self._told(node, MESSAGE, task.name, MESSAGE)
        self._only_if(node, [(task.name, output, wanted) for output, wanted in verdicts(task, name).items()])

    def _retrain(self, dag: Message, task: Task, name: str) -> None:
        """The whole pipeline as a graph of its own, which runs where a monitor asks for it."""
        pipeline = self._facts.retraining
        assert pipeline is not None
        given = root_parameters(self._module, pipeline.params)
        whole = self._module.ComponentSpec()
        node = self._node(dag, name, f"{task.title}: retrain")
        for parameter_name, specification in given.items():
            whole.input_definitions.parameters[parameter_name].CopyFrom(specification)
            node.inputs.parameters[parameter_name].component_input_parameter = parameter_name
        asked = channel(task.name, RETRAIN)
        whole.input_definitions.parameters[asked].CopyFrom(parameter(self._module, "BOOLEAN"))
        node.dependent_tasks.append(task.name)
        self._only_if(node, [(task.name, RETRAIN, True)])
        inner = Graph(self._module, pipeline)
        inner.fill(whole.dag)
        self.graphs |= {**inner.graphs, self._facts.component(name): whole}

    def _clock(self, dag: Message) -> None:
        node = self._node(dag, CLOCK, "run time")
        for name in TIMES:
            node.inputs.parameters[name].component_input_parameter = name
        self._tried(node)

    # --- parts of a task ----------------------------------------------------------------------------------------------

    def _node(self, dag: Message, name: str, title: str, of: str | None = None) -> Message:
        node = dag.tasks[name]
        node.task_info.name = title
        node.component_ref.name = of or self._facts.component(name)
        return node

    def _told(self, node: Message, input_: str, task: str, output: str) -> None:
        source = node.inputs.parameters[input_].task_output_parameter
        source.producer_task, source.output_parameter_key = task, output

    def _given(self, node: Message, task: Task) -> None:
        """Parameters of the run, and artifacts of the tasks that make them."""
        for name in self._facts.params_of(task):
            node.inputs.parameters[name].component_input_parameter = name
        if self._facts.is_timed(task):
            for name in TIMES:
                self._told(node, name, CLOCK, name)
        if task.acts:
            node.inputs.parameters[RUN].runtime_value.constant.string_value = RUN_NAME
        for name, source in task.ports.inputs.items():
            made = node.inputs.artifacts[name].task_output_artifact
            made.producer_task, made.output_artifact_key = self._made[source.step, source.output]

    def _passed(self, node: Message, task: Task, more: Iterable[str]) -> None:
        """All that the graph around a task is given."""
        times = TIMES if self._facts.is_timed(task) else ()
        for name in (*self._facts.params_of(task), *times, *more):
            node.inputs.parameters[name].component_input_parameter = name
        for name in task.ports.inputs:
            node.inputs.artifacts[name].component_input_artifact = name

    def _passing(self, task: Task, *, share: bool) -> Message:
        spec = inputs(self._module, self._facts, task)
        if share:
            spec.input_definitions.parameters[SHARE].CopyFrom(parameter(self._module, "NUMBER_INTEGER"))
        return spec

    def _looping(self, node: Message, task: Task) -> None:
        node.parameter_iterator.item_input = SHARE
        node.parameter_iterator.items.raw = f"[{', '.join(map(str, range(task.shares)))}]"

    def _waits(self, node: Message, task: Task) -> None:
        clock = [CLOCK] if self._facts.is_timed(task) else []
        node.dependent_tasks.extend(sorted([*task.needs, *clock]))

    def _guarded(self, node: Message, guards: Iterable[str]) -> None:
        self._only_if(node, [(name, GATE, True) for name in guards])

    def _only_if(self, node: Message, wanted: Iterable[tuple[str, str, bool]]) -> None:
        """Run only where these tasks, each by one of its outputs, have said so."""
        conditions = []
        for task, output, verdict in wanted:
            self._told(node, channel(task, output), task, output)
            conditions.append(f"inputs.parameter_values['{channel(task, output)}'] == {str(verdict).lower()}")
        if conditions:
            node.trigger_policy.condition = " && ".join(conditions)

    def _tried(self, node: Message, timeout: float | None = None) -> None:
        settings = self._facts.plan.settings
        if settings.retries:
            policy = node.retry_policy
            policy.max_retry_count = settings.retries
            # Whole seconds: Kubeflow leaves out what is behind the point.
            wait = math.ceil(settings.retry_delay or 0)
            policy.backoff_duration.seconds = wait
            policy.backoff_factor = _BACKOFF
            policy.backoff_max_duration.seconds = _longest(settings.retries, wait, timeout)


def _longest(retries: int, wait: int, timeout: float | None) -> int:
    """Seconds for all tries and for what is waited between them; a task without a time limit may take a day each time.

    Argo counts them from the start of the first try, and tries no more when they are over.
    """
    waits = wait * ((1 << retries) - 1)  # doubled each time, see _BACKOFF
    return waits + (retries + 1) * (_DAY if timeout is None else math.ceil(timeout))
