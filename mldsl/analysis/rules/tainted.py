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
    """`source` is the column with the role, `name` the value at `span` that brings it in; `direct`: it itself."""

    source: Node
    feature: str
    name: str
    span: Span
    direct: bool


def tainted(model: ModelDecl, evidence: Evidence, role: str, *, keeps: Callable[[Read], bool]) -> Iterator[Taint]:
    """The features of a model that a column with `role` goes into; those that share the value that reads it once."""
    seen: set[object] = set()
    for feature in model.features:
        found = _source(feature, model, evidence, role, keeps)
        if found is None:
            continue
        taint, root = found
        if root not in seen:
            seen.add(root)
            yield taint


def _source(
    feature: Column, model: ModelDecl, evidence: Evidence, role: str, keeps: Callable[[Read], bool]
) -> tuple[Taint, Node] | None:
    for read in evidence.reads(model, feature.name):
        if role not in read.node.roles or not keeps(read):
            continue
        copy = read.via is None or role in read.via.roles
        if copy:
            if role not in feature.roles and feature.origin is not None:
                span, direct = feature.origin, feature.origin == read.node.span
            else:
                span, direct = evidence.named(model, feature.name) or feature.origin or model.span, True
            return Taint(read.node, feature.name, feature.name, span, direct), evidence.node(model, feature.name)
        via = read.via
        assert via is not None
        there = not read.way.own or any(evidence.node(model, item.name) is via for item in model.features)
        span, name = (via.span, via.name) if there else (feature.origin or via.span, feature.name)
        return Taint(read.node, feature.name, name, span, False), via
    return None
