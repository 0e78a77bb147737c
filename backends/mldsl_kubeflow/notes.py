"""What to tell people who compile a program: nothing of it is wrong, and it is good to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mldsl.backend.tasks import is_tuned
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.tasks import renamed


def notes(facts: Facts, others: Sequence[Facts]) -> Iterator[str]:
    """A sentence for each thing, each once; `others` run on schedules of their own."""
    documents = (facts, *others)
    names = {task.title: task.name for one in documents for task in renamed(one.tasks)}
    for title, name in names.items():
        yield f"`{title}` is called `{name}`: Kubernetes takes small letters, digits and `-`"
    for name, param in facts.params.items():
        if name != param.name:
            yield f"the parameter `{param.name}` is called `{name}`"
    if facts.options.shares is not None and not any(is_tuned(step) for step in facts.plan.steps):
        yield f"`--shares` changes nothing: no model of `{facts.plan.name}` is tuned"
    if facts.options.folder is not None and all(one.folder is None for one in documents):
        yield f"`--folder` changes nothing: no place in `{facts.plan.name}` is relative to the program's folder"
