"""ML301: a feature that is computed from the target of its own row, or a target that the features give away."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.flow.nodes import Node, Table
from mldsl.analysis.flow.reads import Read, Way
from mldsl.analysis.flow.regions import meet
from mldsl.analysis.program import ModelDecl
from mldsl.analysis.rules.leak import Leak
from mldsl.analysis.typed import Column
from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.source import Span


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each value that brings the target in."""
    for model in evidence.models():
        if model.target is None:
            continue
        table = evidence.trained_on(model)
        copies = _copies(table.columns[model.target.name])
        given = _given_away(model, evidence)
        if given is not None:
            yield given
            continue
        features = {evidence.node(model, column.name) for column in model.features}
        seen: set[Node | str] = set()
        for feature, read in evidence.reads(model):
            if read.via is None or read.via in seen or not _leaks(read, copies, table):
                continue
            if feature.name not in seen or read.via in features:
                yield _leak(feature, read, model, evidence)
            seen |= {read.via, feature.name}


def _copies(target: Node) -> dict[Node, Way]:
    """The target and what it is an unchanged copy of, with the way to it."""
    found = {target: Way()}
    waiting = [target]
    while waiting:
        node = waiting.pop()
        for edge in node.edges[: node.copies]:
            way, step = found[node], edge.step
            if edge.node not in found and (step is None or way.own):
                if step is not None:
                    way = Way(own=False, same=step.same, direction=step.direction, by=step.by, regions=step.regions)
                found[edge.node] = way
                waiting.append(edge.node)
    return found


def _leaks(read: Read, copies: dict[Node, Way], table: Table) -> bool:
    """Whether a value read is the target of the same row, or of rows that it may be among."""
    if read.node not in copies or (read.selects and read.node in table.selectors):
        return False
    to_target, way = copies[read.node], read.way
    if not to_target.own:
        return (way.same, way.direction, way.regions) == (to_target.same, to_target.direction, to_target.regions)
    return way.own or (way.itself and meet(way.regions, table.rows))


def _leak(feature: Column, read: Read, model: ModelDecl, evidence: Evidence) -> Leak:
    target = model.target
    assert read.via is not None
    assert target is not None
    via = read.via
    still_there = not read.way.own or any(evidence.node(model, item.name) is via for item in model.features)
    span, name = evidence.made(via, feature) if still_there else (feature.origin or via.span, feature.name)
    if read.made is None and via.copies:
        span, name = evidence.joined(read) or span, feature.name
    beyond = "" if name == feature.name else f"goes into the feature `{feature.name}` of `{model.name}`"
    about = [("column", id(node)) for node in (via, read.made, read.root) if node is not None]
    return Leak(
        Diagnostic(
            "ML301",
            f"`{name}` is computed from the target `{target.name}`",
            span,
            beyond or f"becomes a feature of `{model.name}`",
            _target_label(model, span),
            f"drop it before the split, or exclude it: `features: all except ({feature.name})`",
        ),
        (*about, ("feature", model.name, feature.name)),
    )


def _target_label(model: ModelDecl, span: Span) -> tuple[Label, ...]:
    target = model.target
    if target is None or target.origin is None or target.origin == span:
        return ()
    return (Label(target.origin, f"the target of `{model.name}`"),)


def _given_away(model: ModelDecl, evidence: Evidence) -> Leak | None:
    """The target is made of columns of its row that are all features."""
    target = model.target
    assert target is not None
    features = {evidence.node(model, column.name): column for column in model.features}
    node = evidence.node(model, target.name)
    used = _made_of(node, features)
    if not used:
        return None
    origin = target.origin or node.span
    names = ", ".join(f"`{item.name}`" for item in used)
    copy = used[0] if used[0].origin not in (None, origin) and node in features else None
    if copy is not None and copy.origin is not None and origin == node.span:
        span, message = copy.origin, f"`{copy.name}` is the target `{target.name}` by another name"
    else:
        noun = "a feature" if len(used) == 1 else "features"
        span, message = origin, f"the target `{target.name}` is computed from {names}, which {_are(used)} {noun} still"
    labels = [Label(item.origin, f"a feature of `{model.name}`") for item in used if item.origin not in (None, span)]
    labels += _target_label(model, span) if copy is not None else ()
    return Leak(
        Diagnostic(
            "ML301",
            message,
            span,
            "",
            tuple(labels),
            f"drop what the target is made of: `features: all except ({', '.join(item.name for item in used)})`",
        ),
        (("model target", model.name), *(("feature", model.name, item.name) for item in used)),
    )


def _are(used: list[Column]) -> str:
    return "is" if len(used) == 1 else "are"


def _made_of(target: Node, features: dict[Node, Column]) -> list[Column]:
    """The features that determine the target; none where something else of its row goes into it."""
    found: dict[str, Column] = {}
    waiting, seen = [target], set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in features:
            found[features[node].name] = features[node]
            continue
        if not node.edges or node.model is not None or any(edge.step is not None for edge in node.edges):
            return []
        waiting += (edge.node for edge in node.edges)
    return list(found.values())
