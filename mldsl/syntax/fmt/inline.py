"""A part of a program on one line, as the formatter would write it."""

from __future__ import annotations

from mldsl.source import SourceFile
from mldsl.syntax import tree
from mldsl.syntax.fmt.spacing import Spacing
from mldsl.syntax.parser import tokens
from mldsl.syntax.walk import nodes


def inline(node: tree.Node) -> str:
    """The canonical text of a node: however it was laid out, the same tokens give the same text; without comments."""
    start = node.span.start
    names, callees = [], []
    for part in nodes(node):
        match part:
            case tree.Name():
                names.append(part.span.start - start)
            case tree.Call(function=name):
                callees.append(name.span.start - start)
    return Spacing(callees, names).line(tokens(SourceFile(node.span.file.path, node.span.text)))
