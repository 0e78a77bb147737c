"""What the backend demands of a pipeline document as a whole, when it is uploaded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mldsl_kubeflow.validation.model import Message, Pipeline, ordered

SCHEMA = "2.1.0"
"""The only `schemaVersion` that the backend takes (`SCHEMA_VERSION_2_1_0` of `v2_template.go`)."""
LONGEST_TEXT = 1024
"""Characters of a name for people and of a description (`pipeline_spec.proto`)."""

# As `v2_template.go` means it; its own pattern is not anchored, and Kubernetes refuses what that lets through.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def problems(pipeline: Pipeline) -> Iterator[str]:
    """What is wrong with the document's head and its root."""
    spec = pipeline.spec
    if spec.schema_version != SCHEMA:
        yield f"schemaVersion: is `{spec.schema_version}`, and the backend takes `{SCHEMA}` alone"
    yield from _info(spec.pipeline_info)
    if not spec.HasField("root"):
        yield "root: is missing"
    elif not spec.root.HasField("dag"):
        yield "root: has no `dag`"
    for name, artifact in ordered(spec.root.input_definitions.artifacts):
        if not artifact.is_optional:
            yield f"root.inputDefinitions.artifacts.{name}: a run can be given parameters, and no artifacts"


def _info(info: Message) -> Iterator[str]:
    if not info.name:
        yield "pipelineInfo.name: is missing"
    elif not _NAME.fullmatch(info.name):
        yield f"pipelineInfo.name: `{info.name}` is not of lower-case letters, digits, `-` and `.`"
    for field, text in (("displayName", info.display_name), ("description", info.description)):
        if len(text) > LONGEST_TEXT:
            yield f"pipelineInfo.{field}: has {len(text)} characters, of which there may be {LONGEST_TEXT}"
