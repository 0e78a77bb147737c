"""Declarations, with the documentation that stands right above them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mldsl.source import Span
from mldsl.syntax import tree
from mldsl.syntax.lowering.context import Context

Goal = tuple[str, tree.Name | None, tree.Ref]


def pipeline(context: Context, span: Span, parts: list[Any]) -> tree.Pipeline:
    """`pipeline NAME { … }`."""
    name, body = parts
    return tree.Pipeline(span, name, body or (), context.doc_above(span))


def import_(context: Context, span: Span, parts: list[Any]) -> tree.Import:
    """`import "file.ml"`."""
    return tree.Import(span, parts[0])


def param(context: Context, span: Span, parts: list[Any]) -> tree.Param:
    """`param name: type = default`."""
    name, type_, default = parts
    return tree.Param(span, name, type_, default, context.doc_above(span))


def source(context: Context, span: Span, parts: list[Any]) -> tree.Source:
    """`source NAME = CONNECTOR(…) { … }`."""
    name, connector, schema = parts
    return tree.Source(span, name, connector, schema, context.doc_above(span))


def check(context: Context, span: Span, parts: list[Any]) -> tree.Check:
    """`check TABLE { … }`."""
    table, *expectations = parts
    return tree.Check(span, table, tuple(expectations), context.doc_above(span))


def transform_verbs(context: Context, span: Span, parts: list[Any]) -> tree.Transform:
    """`transform NAME = TABLE { verbs }`."""
    name, table, *verbs = parts
    return tree.Transform(span, name, table, tuple(verbs), None, context.doc_above(span))


def transform_call(context: Context, span: Span, parts: list[Any]) -> tree.Transform:
    """`transform NAME = sql(…)` or `= python(…)`, perhaps with a schema."""
    name, origin, schema = parts
    return tree.Transform(span, name, origin, (), schema, context.doc_above(span))


def split(context: Context, span: Span, parts: list[Any]) -> tree.Split:
    """`split NAME = TABLE { … }`."""
    name, table, options = parts
    return tree.Split(span, name, table, options, context.doc_above(span))


def goal_predict(context: Context, span: Span, parts: list[Any]) -> Goal:
    """`predict TARGET from SPLIT`."""
    target, data = parts
    return "predict", target, data


def goal_cluster(context: Context, span: Span, parts: list[Any]) -> Goal:
    """`cluster TABLE`."""
    return "cluster", None, parts[0]


def goal_anomalies(context: Context, span: Span, parts: list[Any]) -> Goal:
    """`detect anomalies in TABLE`."""
    return "anomalies", None, parts[0]


def model(context: Context, span: Span, parts: list[Any]) -> tree.Model:
    """`model NAME = GOAL { … }`."""
    name, (goal, target, data), body = parts
    return tree.Model(span, name, goal, target, data, body or (), context.doc_above(span))


def evaluate(context: Context, span: Span, parts: list[Any]) -> tree.Evaluate:
    """`evaluate MODEL on TABLE { … }`."""
    subject, table, body = parts
    return tree.Evaluate(span, subject, table, body or (), context.doc_above(span))


def deploy(context: Context, span: Span, parts: list[Any]) -> tree.Deploy:
    """`deploy NAME = MODEL to TARGET { … }`."""
    name, subject, target, body = parts
    return tree.Deploy(span, name, subject, target, body or (), context.doc_above(span))


def monitor(context: Context, span: Span, parts: list[Any]) -> tree.Monitor:
    """`monitor NAME = DEPLOYMENT { … }`."""
    name, deployment, body = parts
    return tree.Monitor(span, name, deployment, body, context.doc_above(span))


def profile(context: Context, span: Span, parts: list[Any]) -> tree.Profile:
    """`profile NAME { … }`."""
    name, body = parts
    return tree.Profile(span, name, body, context.doc_above(span))


def start(context: Context, span: Span, parts: list[Any]) -> tuple[tree.Declaration, ...]:
    """All declarations of the file."""
    return tuple(parts)


ACTIONS: dict[str, Callable[[Context, Span, list[Any]], Any]] = {
    "start": start,
    "pipeline": pipeline,
    "import": import_,
    "param": param,
    "source": source,
    "check": check,
    "transform_verbs": transform_verbs,
    "transform_call": transform_call,
    "split": split,
    "goal_predict": goal_predict,
    "goal_cluster": goal_cluster,
    "goal_anomalies": goal_anomalies,
    "model": model,
    "evaluate": evaluate,
    "deploy": deploy,
    "monitor": monitor,
    "profile": profile,
}
