"""Which of mldsl's extras the steps of a plan need where they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.catalog.connectors import CONNECTORS, SCHEMES
from mldsl.plan.nodes import (
    Argument,
    DeployBody,
    ModelBody,
    MonitorBody,
    Plan,
    Secret,
    SourceBody,
    SqlForm,
    Step,
    TransformBody,
)

# The classes that an extra brings, where a program names one by its path.
_LIBRARIES = {"xgboost": "boost", "lightgbm": "boost"}


def extras(plan: Plan, steps: Iterable[Step]) -> tuple[str, ...]:
    """The extras, sorted: of connectors, of places elsewhere, of algorithms, of the engine and of SQL."""
    found = set(_of_settings(plan))
    for step in steps:
        found.update(_of_step(step))
    return tuple(sorted(found))


def libraries(steps: Iterable[Step]) -> tuple[str, ...]:
    """The packages of classes that models name by their path, sorted: `sklearn` of `"sklearn.svm.NuSVC"`."""
    bodies = (step.body for step in steps)
    models = (body for body in bodies if isinstance(body, ModelBody))
    paths = (item.factory for body in models for item in body.algorithms if isinstance(item.factory, str))
    return tuple(sorted({path.partition(".")[0] for path in paths}))


def _of_settings(plan: Plan) -> Iterator[str]:
    if plan.settings.engine == "duckdb":
        yield "sql"
    if isinstance(plan.settings.artifacts, str):
        yield from _of_place(plan.settings.artifacts)


def _of_step(step: Step) -> Iterator[str]:
    match step.body:
        case SourceBody(connector=name, arguments=arguments):
            yield from _of_connector(name, arguments)
        case DeployBody(write_connector=str(name), write_arguments=arguments):
            yield from _of_connector(name, arguments)
        case TransformBody(action=SqlForm()):
            yield "sql"
        case MonitorBody(actions=actions):
            yield from ("notify" for item in actions if item.target is not None and not is_webhook(item.target))
        case ModelBody(algorithms=algorithms):
            for item in algorithms:
                row = ALGORITHMS.get(item.name)
                if row is not None and row.extra is not None:
                    yield row.extra
                elif isinstance(item.factory, str) and (brought := _LIBRARIES.get(item.factory.partition(".")[0])):
                    yield brought
        case _:
            return


def _of_connector(name: str, arguments: Mapping[str, Argument]) -> Iterator[str]:
    connection, path = arguments.get("connection"), arguments.get("path")
    extra = CONNECTORS[name].extra
    # SQLite comes with Python; what a secret holds nobody knows yet.
    if extra and (connection is None or isinstance(connection, Secret) or not _is_sqlite(str(connection))):
        yield extra
    if isinstance(path, str):
        yield from _of_place(path)


def _of_place(place: str) -> Iterator[str]:
    scheme = place.partition("://")[0].lower()
    if "://" in place and scheme in SCHEMES:
        yield SCHEMES[scheme]


def is_webhook(target: Argument) -> bool:
    """Whether it is told without a library. What a secret holds nobody knows yet."""
    return isinstance(target, str) and target.lower().startswith(("https://", "http://"))


def _is_sqlite(connection: str) -> bool:
    return connection.startswith("sqlite:")
