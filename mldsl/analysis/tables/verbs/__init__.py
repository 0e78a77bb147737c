"""The verbs of a transform: each gives the typed verb and the table after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mldsl.analysis.context import Context
from mldsl.analysis.tables.flow import Flow, Step
from mldsl.analysis.tables.verbs.columns import drop, rename, select
from mldsl.analysis.tables.verbs.groups import group_by
from mldsl.analysis.tables.verbs.joins import join
from mldsl.analysis.tables.verbs.order import distinct, sort_by
from mldsl.analysis.tables.verbs.predictions import predict_with
from mldsl.analysis.tables.verbs.rows import derive, filter_, sample, take
from mldsl.analysis.tables.verbs.unions import union
from mldsl.syntax import tree

VERBS: dict[type, Callable[[Any, Flow, Context], Step]] = {
    tree.Filter: filter_,
    tree.Derive: derive,
    tree.Select: select,
    tree.Drop: drop,
    tree.Rename: rename,
    tree.Join: join,
    tree.GroupBy: group_by,
    tree.SortBy: sort_by,
    tree.Take: take,
    tree.Distinct: distinct,
    tree.Union: union,
    tree.Sample: sample,
    tree.PredictWith: predict_with,
}
