"""Columns that have to be called alike: those of a union, one and its replacement, a model's and its table's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mldsl.analysis import typed
from mldsl.analysis.context import Context
from mldsl.analysis.program import (
    DeployDecl,
    ModelDecl,
    MonitorDecl,
    SourceDecl,
    SplitDecl,
    TransformDecl,
    VerbsBody,
)
from mldsl.analysis.typed import Column, Schema
from mldsl.source import Span

Key = tuple[Span | None, str]
"""A column by its origin and the name it goes by there; a declaration by its name and where that stands."""

Pair = tuple[Column, Column]


@dataclass(slots=True)
class Links:
    """Groups of keys: union-find."""

    parents: dict[Key, Key] = field(default_factory=dict)

    def root(self, key: Key) -> Key:
        """The one of its group that stands for all."""
        while (parent := self.parents.get(key, key)) != key:
            key = parent
        return key

    def join(self, one: Key, other: Key) -> None:
        """The two are in one group."""
        first, second = self.root(one), self.root(other)
        for key in (one, other):
            self.parents.setdefault(key, key)
        self.parents[second] = first

    def group(self, key: Key) -> list[Key]:
        """All keys of a group, at least `key` itself."""
        root = self.root(key)
        return [item for item in self.parents if self.root(item) == root] or [key]


def link_columns(context: Context) -> Links:
    """The groups of a program's columns."""
    links = Links()
    for one, other in _pairs(context):
        if one.origin is not None and other.origin is not None:
            links.join((one.origin, one.name), (other.origin, other.name))
    return links


def _pairs(context: Context) -> Iterator[Pair]:
    for item in context.resolved.values():
        match item:
            case TransformDecl(body=VerbsBody(table=table, verbs=verbs)):
                yield from _of_verbs(context, _schema(context, table), verbs)
            case DeployDecl(model=name, target="batch", subject=table):
                yield from _of_model(context, name, _schema(context, table))
            case MonitorDecl(deployment=name, labels=str(table)):
                deployment = context.resolved.get(name)
                if isinstance(deployment, DeployDecl):
                    yield from _of_model(context, deployment.model, _schema(context, table))
            case _:
                continue


def _of_verbs(context: Context, before: Schema, verbs: tuple[typed.AnyVerb, ...]) -> Iterator[Pair]:
    for verb in verbs:
        match verb:
            case typed.Derive(bindings=bindings):
                yield from _alike(before, verb.schema, [name for name, _ in bindings])
            case typed.Union(table=table):
                yield from _alike(before, _schema(context, table), list(before.names))
            case typed.Join(table=table, on=on):
                names = [left for left, right in on if left == right]
                yield from _joined(verb, before, _schema(context, table), names)
            case typed.Predict(model=name):
                yield from _of_model(context, name, before)
            case _:
                pass
        before = verb.schema


def _joined(verb: typed.Join, left: Schema, right: Schema, names: list[str]) -> Iterator[Pair]:
    """The keys that `on a` names for both sides; those that `a == T.a` names apart need not be alike."""
    text = verb.span.text
    if "==" not in text:
        yield from _alike(left, right, names)


def _of_model(context: Context, name: str, table: Schema) -> Iterator[Pair]:
    """A table that a model looks at has its features and its target, under their names."""
    model = context.resolved.get(name)
    if isinstance(model, ModelDecl):
        own = Schema((*model.features, *([model.target] if model.target is not None else [])))
        yield from _alike(own, table, list(own.names))


def _alike(one: Schema, other: Schema, names: list[str]) -> Iterator[Pair]:
    for name in names:
        first, second = one.get(name), other.get(name)
        if first is not None and second is not None:
            yield first, second


def _schema(context: Context, name: str) -> Schema:
    found = context.resolved.get(name.partition(".")[0])
    return found.schema if isinstance(found, (SourceDecl, TransformDecl, SplitDecl)) else Schema(())
