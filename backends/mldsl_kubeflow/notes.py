"""What to tell people who compile a program: nothing of it is wrong, and it is good to know."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.backend.tasks import is_tuned, left_out
from mldsl_kubeflow.capabilities import CAPABILITIES
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.tasks import renamed


def notes(facts: Facts) -> Iterator[str]:
    """A sentence for each thing."""
    for step in left_out(facts.plan, CAPABILITIES.carries_out):
        yield f"{step.kind} `{step.name}` is left out: this version of mldsl has no components for that"
    for task in renamed(facts.tasks):
        yield f"`{task.title}` is called `{task.name}`: Kubernetes takes small letters, digits and `-`"
    for name, param in facts.params.items():
        if name != param.name:
            yield f"the parameter `{param.name}` is called `{name}`"
    if facts.options.shares is not None and not any(is_tuned(step) for step in facts.plan.steps):
        yield f"`--shares` changes nothing: no model of `{facts.plan.name}` is tuned"
    if facts.options.folder is not None and facts.folder is None:
        yield f"`--folder` changes nothing: no place in `{facts.plan.name}` is relative to the program's folder"
