"""How tables that pipelines share are called as assets of Airflow.

It is decided here alone: a batch deployment that writes a table and a pipeline whose source reads it must agree on the
name, and neither knows the other.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

from mldsl.catalog.connectors import CONNECTORS
from mldsl.plan.nodes import Argument, DeployBody, MonitorBody, Plan, Secret, SourceBody, Step
from mldsl.plan.scheduled import registry_name

# `{run_date}` in what a deployment writes: which of the files it was is not part of the table's name.
_PLACEHOLDER = re.compile(r"\{[^{}/]*\}")
_URI = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://(?P<rest>.*)")


def asset_uri(connector: str, arguments: Mapping[str, Argument], folder: str) -> str | None:
    """The URI of the table that a connector reads or writes with these arguments; None where nobody else writes it.

    Files: their URI, a local path as `file:///…` from the program's folder on; a pattern and a placeholder are `*`, so
    that what writes `scores/{run_date}.parquet` and what reads `scores/*.parquet` mean one asset. A database's table:
    `x-table://CONNECTION/TABLE` by the secret's name or the server's address, never with what is secret.
    """
    if not CONNECTORS[connector].writes:
        return None
    path = arguments.get("path")
    if isinstance(path, str):
        return _of_files(path, folder)
    connection, name = arguments.get("connection"), arguments.get("name")
    if isinstance(name, str):
        return f"x-table://{_server(connection)}/{quote(name)}"
    return None


def source_assets(plan: Plan, folder: str) -> Iterator[str]:
    """The assets that a plan's sources read, each once, in the order of the plan."""
    found = (
        asset_uri(step.body.connector, step.body.arguments, folder)
        for step in plan.steps
        if isinstance(step.body, SourceBody)
    )
    return iter(dict.fromkeys(uri for uri in found if uri is not None))


def deployed_assets(step: Step, folder: str) -> Iterator[str]:
    """What a deployment changes: the model of that name, unless the champion scores, and what a batch writes."""
    body = step.body
    if not isinstance(body, DeployBody):
        return
    if body.model_from == "step":
        yield _of_model(step)
    if body.write_connector is not None:
        uri = asset_uri(body.write_connector, body.write_arguments, folder)
        if uri is not None:
            yield uri


def watched_assets(whole: Plan, step: Step, folder: str) -> Iterator[str]:
    """What a step on a schedule of its own looks at, of what the deployments of the `whole` plan change.

    A batch looks at the model that scores it, a monitor at the model and at what was written.
    """
    match step.body:
        case DeployBody(model_from="champion"):
            yield _of_model(step)
        case MonitorBody(deployment=name):
            deployment = next(item for item in whole.steps if item.kind == "deploy" and item.name == name)
            yield from deployed_assets(deployment, folder)


def _of_model(step: Step) -> str:
    return f"x-model://{quote(registry_name(step), safe='')}"


def _of_files(path: str, folder: str) -> str:
    named = _PLACEHOLDER.sub("*", path)
    found = _URI.match(named)
    if found is not None and found["scheme"].lower() != "file":
        return f"{found['scheme'].lower()}://{quote(found['rest'], safe='/*@:')}"
    local = named if found is None else found["rest"]
    return f"file://{quote(posixpath.normpath(posixpath.join(folder, local)), safe='/*:')}"


def _server(connection: Argument) -> str:
    if isinstance(connection, Secret):
        return quote(connection.secret, safe="")
    parts = urlsplit(str(connection))
    return f"{parts.hostname or ''}{parts.path}".strip("/") or "database"
