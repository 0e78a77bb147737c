"""Statements: options, expectations, verbs, and the parts of models, deployments and monitors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span
from mldsl.syntax import tree
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.lowering.expressions import as_selector

COLUMN_OPTIONS = frozenset({"features", "columns"})
"""Options that list columns, where a bare `text` means every text column."""

Clause = tuple[str, Any, Span]


def items(context: Context, span: Span, parts: list[Any]) -> tuple[Any, ...]:
    """A list, for the rule around it."""
    return tuple(parts)


def columns(context: Context, span: Span, parts: list[Any]) -> tuple[Any, ...]:
    """A list of columns, in which bare group names are selectors."""
    return tuple(as_selector(part) for part in parts)


def option(context: Context, span: Span, parts: list[Any]) -> tree.Option:
    """`name: value, value`."""
    name, *values = parts
    if name.text in COLUMN_OPTIONS:
        values = [as_selector(value) for value in values]
    return tree.Option(span, name, tuple(values))


def block(context: Context, span: Span, parts: list[Any]) -> tree.Block:
    """`tune { … }`, `resources { … }`."""
    word, options = parts
    name = tree.Name(Span(span.file, word.start, word.end), word.text)
    return tree.Block(span, name, None, options)


def resources_of(context: Context, span: Span, parts: list[Any]) -> tree.Block:
    """A profile's `resources NAME { … }`."""
    subject, options = parts
    return tree.Block(span, tree.Name(Span(span.file, span.start, span.start + 9), "resources"), subject, options)


# --- expectations ----------------------------------------------------------------------------------------------------


def _clause(kind: str) -> Callable[[Context, Span, list[Any]], Clause]:
    def lower(context: Context, span: Span, parts: list[Any]) -> Clause:
        return kind, parts[0], span

    return lower


def expectation(context: Context, span: Span, parts: list[Any]) -> tree.Expectation:
    """`expect CONDITION` and its clauses, in any order, each at most once."""
    condition, *clauses = parts
    found: dict[str, Any] = {}
    for kind, value, place in clauses:
        if kind in found:
            context.report(
                Diagnostic("ML001", "this is said twice in one expectation", place, help="leave one of them out")
            )
        found.setdefault(kind, value)
    return tree.Expectation(
        span, condition, found.get("at_least"), found.get("otherwise"), found.get("confidence"), found.get("each")
    )


# --- schemas ---------------------------------------------------------------------------------------------------------


def schema(context: Context, span: Span, parts: list[Any]) -> tree.SchemaBlock:
    """`{ field … }`."""
    return tree.SchemaBlock(span, tuple(parts))


def schema_field(context: Context, span: Span, parts: list[Any]) -> tree.Field:
    """`name: type role* (from "raw")?`."""
    name, type_, *roles, raw = parts
    return tree.Field(span, name, type_, tuple(roles), raw)


def type_name(context: Context, span: Span, parts: list[Any]) -> tree.TypeName:
    """`enum("a", "b")?`."""
    name, arguments, nullable = parts
    return tree.TypeName(span, name, arguments or (), nullable is not None)


# --- verbs -----------------------------------------------------------------------------------------------------------


def derive(context: Context, span: Span, parts: list[Any]) -> tree.Derive:
    """`derive a = …` or `derive { … }`."""
    return tree.Derive(span, tuple(parts))


def rename(context: Context, span: Span, parts: list[Any]) -> tree.Rename:
    """`rename old to new, …`."""
    return tree.Rename(span, tuple(parts))


def join(context: Context, span: Span, parts: list[Any]) -> tree.Join:
    """`left join T on …`."""
    kind, table, condition = parts
    return tree.Join(span, "inner" if kind is None else kind.text, table, condition)


def group_by(context: Context, span: Span, parts: list[Any]) -> tree.GroupBy:
    """`group by a, b { … }`."""
    keys, *bindings = parts
    return tree.GroupBy(span, keys, tuple(bindings))


def distinct(context: Context, span: Span, parts: list[Any]) -> tree.Distinct:
    """`distinct [on a, b]`."""
    return tree.Distinct(span, parts[0] or ())


# --- parts of a model, a deployment and a monitor --------------------------------------------------------------------


def prepare(context: Context, span: Span, parts: list[Any]) -> tree.Prepare:
    """`prepare { … }`."""
    return tree.Prepare(span, tuple(parts))


def algorithm(context: Context, span: Span, parts: list[Any]) -> tree.Algorithm:
    """`algorithm NAME [{ … }]`."""
    target, options = parts
    return tree.Algorithm(span, target, options or ())


def rollout(context: Context, span: Span, parts: list[Any]) -> tree.Rollout:
    """`rollout { … }`."""
    return tree.Rollout(span, tuple(parts))


def on_breach(context: Context, span: Span, parts: list[Any]) -> tree.OnBreach:
    """`on breach { … }`."""
    return tree.OnBreach(span, tuple(parts))


def _node(make: Callable[..., tree.Node]) -> Callable[[Context, Span, list[Any]], tree.Node]:
    """For a rule whose parts are the node's fields, in order."""

    def lower(context: Context, span: Span, parts: list[Any]) -> tree.Node:
        return make(span, *parts)

    return lower


ACTIONS: dict[str, Callable[[Context, Span, list[Any]], Any]] = {
    "items": items,
    "body": items,
    "columns": columns,
    "option": option,
    "block": block,
    "resources_of": resources_of,
    "clause_at_least": _clause("at_least"),
    "clause_otherwise": _clause("otherwise"),
    "clause_confidence": _clause("confidence"),
    "clause_each": _clause("each"),
    "expectation": expectation,
    "schema": schema,
    "field": schema_field,
    "type": type_name,
    "filter": _node(tree.Filter),
    "derive": derive,
    "binding": _node(tree.Binding),
    "select": _node(tree.Select),
    "drop": _node(tree.Drop),
    "rename": rename,
    "join": join,
    "group_by": group_by,
    "sort_by": _node(tree.SortBy),
    "take": _node(tree.Take),
    "distinct": distinct,
    "union": _node(tree.Union),
    "sample": _node(tree.Sample),
    "predict_with": _node(tree.PredictWith),
    "prepare": prepare,
    "prepare_entry": _node(tree.PrepareEntry),
    "algorithm": algorithm,
    "require": _node(tree.Require),
    "rollout": rollout,
    "rollout_stage": _node(tree.RolloutStage),
    "rollback_when": _node(tree.RollbackWhen),
    "on_breach": on_breach,
    "param_override": _node(tree.ParamOverride),
}
