"""What to tell people who compile a program: nothing of it is wrong, and it is good to know."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.backend.tasks import is_tuned
from mldsl_airflow import servers
from mldsl_airflow.facts import Facts


def notes(facts: Facts) -> Iterator[str]:
    """A sentence for each thing."""
    yield from servers.notes(facts.whole)
    yield from _without_effect(facts)
    if facts.too_many_assets:
        yield f"`{facts.plan.name}` reads too many tables to wait for: without a schedule it runs by hand"
    if facts.options.elsewhere:
        return  # the pods find them, or they are refused
    found = [f"{item.who} (`{item.path}`)" for item in facts.local_places]
    if found:
        listed = ", ".join(found[:-1]) + (" and " if len(found) > 1 else "") + found[-1]
        relative = "" if facts.folder is None else f"; relative paths start at `{facts.folder}`"
        yield f"only workers on this machine, or with its disk, find {listed}{relative}"


def _without_effect(facts: Facts) -> Iterator[str]:
    """Options that there is nothing for."""
    if facts.options.shares is not None and not any(is_tuned(step) for step in facts.plan.steps):
        yield f"`--shares` changes nothing: no model of `{facts.plan.name}` is tuned"
    if facts.options.folder is not None and facts.folder is None:
        yield f"`--folder` changes nothing: no place in `{facts.plan.name}` is relative to the program's folder"
