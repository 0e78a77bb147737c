"""Everything that an endpoint answers beside predictions: health, metadata, metrics, and its description."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from mldsl import __version__
from mldsl.serving.endpoint import Endpoint
from mldsl.serving.metrics import CONTENT_TYPE
from mldsl.serving.openapi import complete
from mldsl.serving.predict import Predictions
from mldsl.serving.protocol import PLATFORM, metadata
from mldsl.serving.refused import RefusedError

_OIP = "open inference protocol"
_EXTENSIONS = ["binary_tensor_data"]


class _Described(FastAPI):
    """The description is that of the version that is champion when it is asked for."""

    endpoint: Endpoint

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        version = self.endpoint.live.champion
        found = get_openapi(
            title=self.title,
            version=version.label,
            summary=self.summary,
            description=version.parts.doc,
            routes=self.routes,
            openapi_version="3.1.0",
        )
        return complete(found, self.endpoint.name, version)


def make_app(endpoint: Endpoint, *, access: bool = True) -> Predictions:
    """The ASGI application of an endpoint; `access` logs every prediction's request."""
    app = _Described(title=endpoint.name, summary=f"An endpoint served by mldsl {__version__}", redoc_url=None)
    app.endpoint = endpoint
    _add_health(app, endpoint)
    _add_models(app, endpoint)
    _add_metrics(app, endpoint)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_exception_handler(RefusedError, _refuse)
    return Predictions(endpoint, app, access=access)


async def _refuse(_: Request, error: Exception) -> Response:
    """Every refusal looks alike."""
    if isinstance(error, RefusedError):
        return _json(error.document(), error.status)
    assert isinstance(error, HTTPException)
    said = {404: "there is nothing here: see /openapi.json", 405: "that method is not what this is for"}
    headers = dict(error.headers or {})
    return _json({"error": said.get(error.status_code, str(error.detail))}, error.status_code, headers)


def _json(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(document), status, headers, "application/json")


def _add_health(app: FastAPI, endpoint: Endpoint) -> None:
    @app.get("/v2", tags=[_OIP], summary="What this server is")
    async def server() -> Response:
        return _json({"name": PLATFORM, "version": __version__, "extensions": _EXTENSIONS})

    @app.get("/v2/health/live", tags=[_OIP], summary="Whether the server is there")
    async def live() -> Response:
        return _json({"live": True})

    @app.get("/v2/health/ready", tags=[_OIP], summary="Whether the server takes requests")
    async def ready() -> Response:
        return _json({"ready": endpoint.ready}, 200 if endpoint.ready else 503)


def _add_models(app: FastAPI, endpoint: Endpoint) -> None:
    """`:path` because an endpoint's name may have slashes. The longer routes come first."""

    @app.get("/v2/models/{name:path}/versions/{version}/ready", tags=[_OIP], summary="Whether a version is served")
    async def version_ready(name: str, version: str) -> Response:
        _check_name(endpoint, name)
        endpoint.loaded(version)
        return _json({"name": name, "ready": endpoint.ready}, 200 if endpoint.ready else 503)

    @app.get("/v2/models/{name:path}/versions/{version}", tags=[_OIP], summary="What a version takes and gives")
    async def version_metadata(name: str, version: str) -> Response:
        _check_name(endpoint, name)
        found = endpoint.loaded(version)
        return _json(metadata(name, [found.number], found.reader.fields, found.outputs))

    @app.get("/v2/models/{name:path}/ready", tags=[_OIP], summary="Whether the model is served")
    async def model_ready(name: str) -> Response:
        _check_name(endpoint, name)
        return _json({"name": name, "ready": endpoint.ready}, 200 if endpoint.ready else 503)

    @app.get("/v2/models/{name:path}", tags=[_OIP], summary="What the model takes and gives")
    async def model_metadata(name: str) -> Response:
        _check_name(endpoint, name)
        found = endpoint.live.champion
        numbers = [item.number for item in endpoint.versions()]
        return _json(metadata(name, numbers, found.reader.fields, found.outputs))


def _check_name(endpoint: Endpoint, name: str) -> None:
    if name != endpoint.name:
        raise RefusedError(404, f"there is no model `{name}` here: this is the endpoint `{endpoint.name}`")


def _add_metrics(app: FastAPI, endpoint: Endpoint) -> None:
    @app.get("/metrics", tags=["operations"], summary="Prometheus metrics")
    async def metrics() -> Response:
        return Response(endpoint.metrics_text(), media_type=CONTENT_TYPE)
