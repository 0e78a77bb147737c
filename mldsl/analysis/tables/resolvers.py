"""The resolvers of tables: what a Context is built with."""

from __future__ import annotations

from mldsl.analysis.context import Resolvers
from mldsl.analysis.tables.sources import resolve_source
from mldsl.analysis.tables.splits import resolve_split
from mldsl.analysis.tables.transforms import resolve_transform
from mldsl.syntax import tree

TABLE_RESOLVERS: Resolvers = {
    tree.Source: resolve_source,
    tree.Transform: resolve_transform,
    tree.Split: resolve_split,
}
