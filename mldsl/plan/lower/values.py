"""Small things that many declarations hold: columns, arguments, schedules, resources, Python code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from mldsl.analysis import program
from mldsl.analysis.typed import Column
from mldsl.catalog.connectors import CONNECTORS
from mldsl.plan import nodes
from mldsl.plan.expressions import Json, to_json
from mldsl.plan.lower.places import Places


def column(given: Column) -> nodes.ColumnSpec:
    """A column of a table inside the pipeline, where nothing has a raw name any more."""
    return nodes.ColumnSpec(name=given.name, type=given.type, roles=tuple(sorted(given.roles)))


def columns(given: Iterable[Column]) -> nodes.Columns:
    """Such columns in order."""
    return tuple(column(item) for item in given)


def source_columns(given: Iterable[Column]) -> nodes.Columns:
    """The columns of a source, with their raw names where these differ."""
    return tuple(
        column(item) if item.raw in (None, item.name) else replace(column(item), raw=item.raw) for item in given
    )


def json_value(value: object) -> Json:
    """A constant as plain JSON, tuples as lists."""
    match value:
        case tuple() | list():
            return [json_value(item) for item in value]
        case dict():
            return {key: json_value(item) for key, item in value.items()}
        case _:
            return to_json(value)


def json_values(values: Mapping[str, object]) -> dict[str, Json]:
    """Constants by name as plain JSON."""
    return {name: json_value(value) for name, value in values.items()}


def seconds(duration: timedelta | None) -> float | None:
    """A duration in seconds."""
    return None if duration is None else duration.total_seconds()


def real(number: float | None) -> float | None:
    """A number of the program, which may have been written as a whole one, as the plan has it."""
    return None if number is None else float(number)


def code(function: program.PythonFunction, places: Places) -> nodes.PythonCode:
    """A function or class in a user's file."""
    return nodes.PythonCode(path=places.relative(function.path), name=function.name)


def secret(value: str | program.Secret) -> str | nodes.Secret:
    """A plain string, or the name of a secret."""
    return nodes.Secret(secret=value.name) if isinstance(value, program.Secret) else value


def optional_secret(value: str | program.Secret | None) -> str | nodes.Secret | None:
    """A plain string, the name of a secret, or nothing."""
    return None if value is None else secret(value)


def connector_arguments(
    connector: str, arguments: Mapping[str, program.ArgumentValue], places: Places
) -> dict[str, nodes.Argument]:
    """A connector's arguments, its paths relative to the program's folder."""
    row = CONNECTORS[connector]
    paths = {parameter.name for parameter in (*row.parameters, *row.options) if parameter.value == "path"}
    return {name: _argument(value, name in paths, places) for name, value in arguments.items()}


def _argument(value: program.ArgumentValue, is_path: bool, places: Places) -> nodes.Argument:
    match value:
        case program.Secret(name):
            return nodes.Secret(secret=name)
        case program.PythonFunction():
            return code(value, places)
        case str() if is_path:
            return places.relative(value)
        case _:
            return value


def schedule(given: program.Schedule | None) -> nodes.ScheduleSpec | None:
    """When something runs."""
    if given is None:
        return None
    return nodes.ScheduleSpec(cron=given.cron, timezone=given.timezone, every=seconds(given.every))


def resources(own: program.Resources, pipeline: program.Resources) -> nodes.Resources:
    """What a step may use: what its declaration says, and else what the pipeline says of all steps."""
    gpu = pipeline.gpu if own.gpu is None else own.gpu
    return nodes.Resources(
        cpu=real(pipeline.cpu if own.cpu is None else own.cpu),
        memory=pipeline.memory if own.memory is None else own.memory,
        gpu=gpu,
        accelerator=(own.accelerator or pipeline.accelerator) if gpu else None,
        node_selector=tuple(
            nodes.NodeLabel(key=item.key, value=item.value) for item in own.node_selector or pipeline.node_selector
        ),
        tolerations=tuple(
            nodes.Toleration(key=item.key, value=item.value, effect=item.effect)
            for item in own.tolerations or pipeline.tolerations
        ),
        volumes=tuple(
            nodes.Volume(claim=item.claim, path=item.path, read_only=item.read_only)
            for item in own.volumes or pipeline.volumes
        ),
    )
