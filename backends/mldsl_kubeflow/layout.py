"""Where the documents of a program lie in its folder, and what their files are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mldsl_kubeflow.facts import Facts

PIPELINE, SCHEDULE = "pipeline.yaml", "recurring-run.json"


def placed(facts: Facts, others: Sequence[Facts]) -> Iterator[tuple[str, Facts]]:
    """Each document with the folder that its files lie in, a `/` at its end; the pipeline's own lies at the top."""
    yield "", facts
    yield from ((f"scheduled/{other.name}/", other) for other in others)
