"""Features that a column with a certain role goes into: what ML311 and ML315 have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.flow.nodes import Node
from mldsl.analysis.flow.reads import Read
from mldsl.analysis.program import ModelDecl
from mldsl.analysis.typed import Column
from mldsl.records import record
from mldsl.source import Span


@record
class Taint:
    """`source` is the column with the role, `name` the value at `span` that brings it in; `direct`: it itself.

    `root` is that value's identity: what else is wrong with it is one mistake with this.
    """

    source: Node
    feature: str
    name: str
    span: Span
    direct: bool
    root: int


def tainted(model: ModelDecl, evidence: Evidence, role: str, *, keeps: Callable[[Read], bool]) -> Iterator[Taint]:
    """The features of a model that a column with `role` goes into; those that share the value that reads it once."""
    seen: set[object] = set()
    for feature, read in evidence.reads(model):
        if role not in read.node.roles or not keeps(read):
            continue
        taint, root = _taint(feature, read, model, evidence, role)
        if root not in seen:
            seen.add(root)
            yield taint


def _taint(feature: Column, read: Read, model: ModelDecl, evidence: Evidence, role: str) -> tuple[Taint, Node]:
    """What is wrong with a feature, and the value that is its root."""
    via = read.via
    if via is None or role in via.roles:
        node = evidence.node(model, feature.name)
        if role not in feature.roles and feature.origin is not None:
            span, direct = feature.origin, feature.origin == read.node.span
        else:
            span, direct = evidence.named(model, feature.name) or feature.origin or model.span, True
        return Taint(read.node, feature.name, feature.name, span, direct, id(node)), node
    there = not read.way.own or any(evidence.node(model, item.name) is via for item in model.features)
    span, name = evidence.made(via, feature) if there else (feature.origin or via.span, feature.name)
    return Taint(read.node, feature.name, name, span, False, id(via)), via
