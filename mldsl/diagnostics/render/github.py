"""Diagnostics as annotations of a GitHub workflow: the commands that its runner reads off a job's output."""

from __future__ import annotations

from collections.abc import Iterable

from mldsl.diagnostics.model import Diagnostic

_IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_TEXT, ":": "%3A", ",": "%2C"}


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """One line for each; the empty string for none."""
    return "".join(f"{_command(item)}\n" for item in diagnostics)


def _command(item: Diagnostic) -> str:
    start, end = (item.span.file.position(at) for at in (item.span.start, item.span.end))
    properties: dict[str, object] = {"file": item.span.file.path, "line": start.line, "endLine": end.line}
    if start.line == end.line:  # columns are refused where the lines differ
        properties |= {"col": start.column, "endColumn": max(end.column, start.column + 1)}
    properties["title"] = f"mldsl {item.code}"
    written = ",".join(f"{name}={_escaped(str(value), _IN_PROPERTY)}" for name, value in properties.items())
    text = item.message if item.help is None else f"{item.message}\n{item.help}"
    return f"::{item.severity.value} {written}::{_escaped(text, _IN_TEXT)}"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(char, char) for char in text)
