"""Placeholders in a container's words: `{{$.inputs.parameters['depth']}}` and what else the backend puts in.

The driver puts in what a word without `$.outputs` says of inputs, before the pod is made, and knows no defaults
(`resolveContainerArgs` of `driver/util.go`); the launcher puts in the others in the container.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from mldsl_kubeflow.validation.model import Message

# From its braces on, so that what is misspelled is found as well.
_PLACEHOLDER = re.compile(r"\{\{\$.*?\}\}")
_KNOWN = re.compile(
    r"\{\{\$(?:"
    r"\.inputs\.parameters\['(?P<given>[^']+)'\]"
    r"|\.inputs\.artifacts\['(?P<read>[^']+)'\]\.(?:uri|path)"
    r"|\.outputs\.parameters\['(?P<told>[^']+)'\]\.output_file"
    r"|\.outputs\.artifacts\['(?P<made>[^']+)'\]\.(?:uri|path)"
    r")?\}\}"
)
_PRESENT = re.compile(r'\s*\{"IfPresent":')


def needed(words: Sequence[str]) -> frozenset[str]:
    """The parameters that every task of the component has to give, for the driver to put in."""
    plain = (word for word in words if "$.outputs" not in word and not _PRESENT.match(word))
    return frozenset(found["given"] for word in plain for found in _KNOWN.finditer(word) if found["given"])


def problems(words: Sequence[str], component: Message, place: str) -> Iterator[str]:
    """What the words say that the component has not."""
    for index, word in enumerate(words):
        at = f"{place}[{index}]"
        yield from _present(word, component, at)
        yield from in_text(word, component, at)


def in_text(word: str, component: Message, at: str) -> Iterator[str]:
    """The same for one word."""
    inputs, outputs = component.input_definitions, component.output_definitions
    for text in _PLACEHOLDER.findall(word):
        found = _KNOWN.fullmatch(text)
        if found is None:
            yield f"{at}: the backend puts nothing in for `{text}`"
            continue
        for group, names, what in (
            ("given", inputs.parameters, "input parameter"),
            ("read", inputs.artifacts, "input artifact"),
            ("told", outputs.parameters, "output parameter"),
            ("made", outputs.artifacts, "output artifact"),
        ):
            if found[group] and found[group] not in names:
                yield f"{at}: the component has no {what} `{found[group]}`"


def _present(word: str, component: Message, at: str) -> Iterator[str]:
    """`{"IfPresent": {"InputName": …, "Then": …, "Else": …}}`."""
    if not _PRESENT.match(word):
        return
    try:
        name = json.loads(word)["IfPresent"]["InputName"]
    except (ValueError, KeyError, TypeError):
        yield f"{at}: is not JSON with an `InputName`"
        return
    if name not in component.input_definitions.parameters:
        yield f"{at}: the component has no input parameter `{name}`"
