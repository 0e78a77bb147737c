"""The verbs of a transform, each from a lazy frame to a lazy frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from mldsl.catalog.types import Type
from mldsl.plan.expressions import ColumnRef, Window
from mldsl.plan.nodes import (
    Columns,
    Derive,
    Distinct,
    Filter,
    Group,
    Join,
    Predict,
    Rename,
    Sample,
    Select,
    Sort,
    Take,
    Union,
    Verb,
)
from mldsl.plan.walk import descendants
from mldsl.runtime.engine import hashing
from mldsl.runtime.engine.aggregates import Gathering
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.engine.lowering import Env, Frame, Lowering
from mldsl.runtime.engine.overrides import polars_frames
from mldsl.runtime.errors import StepFailed

if TYPE_CHECKING:
    from mldsl.runtime.models.storage import FittedModel

_HASH = "\x1fhash"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What verbs reach for beside their table."""

    env: Env
    table: Callable[[str], pl.LazyFrame]
    model: Callable[[str], FittedModel]


def apply(frame: pl.LazyFrame, verbs: tuple[Verb, ...], inputs: Inputs) -> pl.LazyFrame:
    """The verbs one after the other; nothing is computed yet."""
    for verb in verbs:
        frame = _VERBS[type(verb)](frame, verb, inputs)
    return frame


def finish(frame: pl.LazyFrame, columns: Columns) -> pl.LazyFrame:
    """Exactly these columns, in their order and types."""
    schema = frame.collect_schema()
    missing = [column.name for column in columns if column.name not in schema]
    if missing:
        raise StepFailed(f"the result has no column `{missing[0]}`", code="ML213")
    return frame.select(
        pl.col(column.name) if schema[column.name] == polars_type(column.type) else _cast(column.name, column.type)
        for column in columns
    )


def _cast(name: str, type_: Type) -> pl.Expr:
    return pl.col(name).cast(polars_type(type_))


def _filter(frame: pl.LazyFrame, verb: Filter, inputs: Inputs) -> pl.LazyFrame:
    lowering = _lowering(frame, inputs)
    condition = lowering.lower(verb.condition)
    if not any(isinstance(node, ColumnRef | Window) for node in descendants(verb.condition)):
        condition = nw.col(lowering.hoist(condition))
    return _native(lowering.frame.filter(condition)).select(_names(frame))


def _derive(frame: pl.LazyFrame, verb: Derive, inputs: Inputs) -> pl.LazyFrame:
    lowering = _lowering(frame, inputs)
    values = [lowering.lower(binding.value).alias(binding.name) for binding in verb.bindings]
    names = dict.fromkeys([*_names(frame), *(binding.name for binding in verb.bindings)])
    return _native(lowering.frame.with_columns(values)).select(list(names))


def _select(frame: pl.LazyFrame, verb: Select, inputs: Inputs) -> pl.LazyFrame:
    return _native(_narwhals(frame).select(list(verb.columns)))


def _rename(frame: pl.LazyFrame, verb: Rename, inputs: Inputs) -> pl.LazyFrame:
    return _native(_narwhals(frame).rename(dict(verb.pairs)))


def _join(frame: pl.LazyFrame, verb: Join, inputs: Inputs) -> pl.LazyFrame:
    return polars_frames.join(frame, inputs.table(verb.table), verb)


def _group(frame: pl.LazyFrame, verb: Group, inputs: Inputs) -> pl.LazyFrame:
    gathering = Gathering(_lowering(frame, inputs))
    replaced = [gathering.replace(binding.value) for binding in verb.bindings]
    grouped = polars_frames.group(_native(gathering.rows.frame), verb.keys, gathering.columns)
    lowering = gathering.checked(grouped)
    values = [lowering.lower(value).alias(binding.name) for binding, value in zip(verb.bindings, replaced, strict=True)]
    return _native(lowering.frame.with_columns(values)).select(*verb.keys, *(item.name for item in verb.bindings))


def _sort(frame: pl.LazyFrame, verb: Sort, inputs: Inputs) -> pl.LazyFrame:
    return polars_frames.sort(frame, verb.keys)


def _take(frame: pl.LazyFrame, verb: Take, inputs: Inputs) -> pl.LazyFrame:
    return _native(_narwhals(frame).head(verb.count))


def _distinct(frame: pl.LazyFrame, verb: Distinct, inputs: Inputs) -> pl.LazyFrame:
    return polars_frames.distinct(frame, verb.columns)


def _union(frame: pl.LazyFrame, verb: Union, inputs: Inputs) -> pl.LazyFrame:
    return polars_frames.union(frame, inputs.table(verb.table))


def _sample(frame: pl.LazyFrame, verb: Sample, inputs: Inputs) -> pl.LazyFrame:
    hashed = hashing.row_hash(frame, verb.key, verb.seed, _HASH, verb.cuts)
    return hashed.filter(hashing.below(pl.col(_HASH), hashing.threshold(verb.share))).drop(_HASH)


def _predict(frame: pl.LazyFrame, verb: Predict, inputs: Inputs) -> pl.LazyFrame:
    model = inputs.model(verb.model)
    added = {column.name: polars_type(column.type) for column in verb.outputs}
    schema = pl.Schema({**frame.collect_schema(), **added})

    def predict(rows: pl.DataFrame) -> pl.DataFrame:
        columns = model.predict_columns(rows)
        return rows.with_columns(columns[name].cast(dtype) for name, dtype in added.items())

    return polars_frames.mapped(frame, predict, schema)


def _lowering(frame: pl.LazyFrame, inputs: Inputs) -> Lowering:
    return Lowering(_narwhals(frame), inputs.env)


def _narwhals(frame: pl.LazyFrame) -> Frame:
    return nw.from_native(frame)


def _native(frame: Frame) -> pl.LazyFrame:
    return frame.to_native()


def _names(frame: pl.LazyFrame) -> list[str]:
    return frame.collect_schema().names()


_VERBS: Mapping[type, Callable[..., pl.LazyFrame]] = {
    Filter: _filter,
    Derive: _derive,
    Select: _select,
    Rename: _rename,
    Join: _join,
    Group: _group,
    Sort: _sort,
    Take: _take,
    Distinct: _distinct,
    Union: _union,
    Sample: _sample,
    Predict: _predict,
}
