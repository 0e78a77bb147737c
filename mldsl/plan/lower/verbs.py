"""The verbs of transforms."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.analysis import typed
from mldsl.analysis.program import ModelDecl
from mldsl.plan import nodes
from mldsl.plan.lower.expressions import bounds, expression, orders
from mldsl.plan.lower.values import columns


def verb(given: typed.AnyVerb, models: Mapping[str, ModelDecl]) -> nodes.Verb:
    """One verb; `models` are those that `predict with` may name."""
    match given:
        case typed.Filter():
            return nodes.Filter(condition=expression(given.condition))
        case typed.Derive():
            return nodes.Derive(bindings=bounds(given.bindings))
        case typed.Select():
            return nodes.Select(columns=given.columns)
        case typed.Rename():
            return nodes.Rename(pairs=given.pairs)
        case typed.Group():
            return nodes.Group(keys=given.keys, bindings=bounds(given.bindings))
        case typed.Sort():
            return nodes.Sort(keys=orders(given.keys))
        case typed.Take():
            return nodes.Take(count=given.count)
        case typed.Distinct():
            return nodes.Distinct(columns=given.columns, order=orders(given.order))
        case typed.Sample():
            return nodes.Sample(share=float(given.share), key=given.key, seed=given.seed)
        case typed.Join():
            return nodes.Join(how=given.kind, table=given.table, on=given.on, asof=given.asof)
        case typed.Union():
            return nodes.Union(table=given.table)
        case typed.Predict():
            return nodes.Predict(model=given.model, outputs=columns(models[given.model].outputs))
