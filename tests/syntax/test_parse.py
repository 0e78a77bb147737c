"""The parser on whole programs."""

from __future__ import annotations

from mldsl.source import SourceFile
from mldsl.syntax import tree
from mldsl.syntax.parser import parse


def test_a_small_program_parses() -> None:
    result = parse(SourceFile("a.ml", 'pipeline p\nsource s = csv("a.csv") { id: int key }\n'))
    assert result.diagnostics == ()
    assert [type(d) for d in result.module.declarations] == [tree.Pipeline, tree.Source]
