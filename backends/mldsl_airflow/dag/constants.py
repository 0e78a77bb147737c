"""The constants of a DAG file: where everything is, and which parameters there are."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.plan.nodes import Secret
from mldsl_airflow.dag.placed import placed
from mldsl_airflow.dag.pods import told
from mldsl_airflow.facts import IN_IMAGE, Facts
from mldsl_airflow.python import Expression, Mapped, Name, call, listed, statement


def constants(facts: Facts) -> str:
    """The constants, each with a line feed."""
    return "".join(_of_pods(facts) if facts.options.elsewhere else _of_workers(facts))


def _of_workers(facts: Facts) -> Iterator[str]:
    if facts.options.operator == "external-python":
        yield statement(facts.options.place, before="PYTHON = ")
    yield statement(facts.home, before="HERE = Path(__file__).parent / ")
    yield statement(facts.plan_file, before="PLAN = HERE / ")
    yield statement(Mapped(tuple(_places(facts))), before="PLACES = ")
    yield statement(listed([param.name for param in facts.plan.params]), before="PARAMS = ")


def _places(facts: Facts) -> Iterator[tuple[str, Expression]]:
    """Where the store is, where relative paths start, where the program's own Python is."""
    store = facts.plan.settings.artifacts
    # A secret is in the environment of the steps, as all others are: the worker finds it by what the plan says.
    yield "store", "" if isinstance(store, Secret) else store
    yield "folder", Name("HERE") if facts.folder is None else call("Path", facts.folder)
    yield "code", Name('HERE / "code"')


def _of_pods(facts: Facts) -> Iterator[str]:
    yield statement(facts.options.place, before="IMAGE = ")
    yield statement(facts.options.namespace, before="NAMESPACE = ")
    yield statement(facts.options.secret, before="SECRET = ")
    yield statement(f"{IN_IMAGE}/{facts.home}/{facts.plan_file}", before="PLAN = ")
    if facts.folder is not None:
        yield statement(facts.folder, before="FOLDER = ")
    yield told(facts.folder)
    yield placed(facts)
