"""What was proved of a program, put to the versions of models that its runs make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mldsl.runtime.registry import open_registry, whoami
from mldsl.runtime.store import Store


def certify(store: Store, found: Mapping[str, Any], run: str, certificate: Callable[[], bytes | None]) -> None:
    """Note the certificate in the history of a deployment that got a version of a model in this run, once.

    `found` are the details of the deployment's step, `certificate` gives the document, or None where there is none. It
    is made of the program as it was read, which the step that registers a version does not know.
    """
    if not found.get("version"):
        return
    registry, number = open_registry(store, str(found["name"])), int(found["version"])
    if registry.version(number).run != run:
        return  # it was made before
    if any(event.kind == "certified" and event.version == number for event in registry.events()):
        return
    document = certificate()
    if document is not None:
        stored = store.put(document, ".json", "json")
        registry.note("certified", version=number, by=whoami(), details={"certificate": stored.document()})
