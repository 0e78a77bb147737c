"""Annotations of a GitHub workflow, read back by its runner's rules."""

from __future__ import annotations

import re

import pytest

from mldsl.diagnostics.model import Diagnostic
from mldsl.diagnostics.render.github import render_github
from mldsl.source import SourceFile, Span


def read(line: str) -> tuple[str, dict[str, str], str]:
    """Command, properties and text of a line, as the runner takes it apart and unescapes it."""
    found = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
    assert found is not None
    properties = dict(part.split("=", 1) for part in found[2].split(","))
    return found[1], {name: unescaped(value) for name, value in properties.items()}, unescaped(found[3])


def unescaped(text: str) -> str:
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def test_a_line_has_the_place_and_the_way_out() -> None:
    file = SourceFile("a.ml", "x\né word\n")
    [line] = render_github([Diagnostic("ML201", "no word", Span(file, 4, 8), help="write `w`")]).splitlines()
    assert read(line) == (
        "error",
        {"file": "a.ml", "line": "2", "endLine": "2", "col": "3", "endColumn": "7", "title": "mldsl ML201"},
        "no word\nwrite `w`",
    )


@pytest.mark.parametrize("text", ["100% :: , done", "a\nb\r\nc", "%0A is no line end", "::error::no"])
def test_signs_with_a_meaning_arrive_as_they_are(text: str) -> None:
    file = SourceFile("a,b:c%d.ml", "word")
    [line] = render_github([Diagnostic("ML703", text, Span(file, 0, 4))]).splitlines()
    command, properties, said = read(line)
    assert (command, properties["file"], said) == ("warning", "a,b:c%d.ml", text)


def test_a_place_of_several_lines_has_no_columns_and_nothing_is_nothing() -> None:
    file = SourceFile("a.ml", "one\ntwo\n")
    _, properties, _ = read(render_github([Diagnostic("ML703", "m", Span(file, 1, 6))]).strip())
    assert (properties["line"], properties["endLine"], "col" in properties) == ("1", "2", False)
    assert render_github([]) == ""
