"""The verbs of a transform, each from a lazy frame to a lazy frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

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
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.engine.engine import Inputs
from mldsl.runtime.engine.polars import frames as polars_frames
from mldsl.runtime.engine.polars.gathering import Gathering
from mldsl.runtime.engine.polars.loose import may_be_loose
from mldsl.runtime.engine.polars.lowering import Env, Lowering
from mldsl.runtime.errors import StepFailed

if TYPE_CHECKING:
    from mldsl.runtime.models.storage import FittedModel

_HASH = "\x1fhash"


@dataclass(frozen=True, slots=True)
class _Around:
    """What a verb's lowering has at hand beside its table."""

    env: Env
    inputs: Inputs[pl.LazyFrame]
    follow: Sequence[Verb]


def apply(
    frame: pl.LazyFrame, verbs: Sequence[Verb], env: Env, inputs: Inputs[pl.LazyFrame], follow: Sequence[Verb]
) -> pl.LazyFrame:
    """The verbs one after the other, and then `follow`, by who asks; nothing is computed yet."""
    for index, verb in enumerate(verbs):
        frame = _VERBS[type(verb)](frame, verb, _Around(env, inputs, [*verbs[index + 1 :], *follow]))
    return frame


def finish(frame: pl.LazyFrame, columns: Columns) -> pl.LazyFrame:
    """Exactly these columns, in their order and types."""
    schema = frame.collect_schema()
    missing = [column.name for column in columns if column.name not in schema]
    if missing:
        raise StepFailed(f"the result has no column `{missing[0]}`", code="ML213")
    other = {column.name: type_ for column in columns if schema[column.name] != (type_ := polars_type(column.type))}
    names = [*(column.name for column in columns), *_order(schema)]
    if not other and names == schema.names():
        return frame  # a small step costs as much as the parts of its query
    return frame.select(pl.col(name).cast(other[name]) if name in other else name for name in names)


def _filter(frame: pl.LazyFrame, verb: Filter, around: _Around) -> pl.LazyFrame:
    lowering = _lowering(frame, around)
    condition = lowering.lower(verb.condition)
    if not any(isinstance(node, ColumnRef | Window) for node in descendants(verb.condition)):
        condition = pl.col(lowering.hoist(condition))
    return lowering.without_added(lowering.frame.filter(condition))


def _derive(frame: pl.LazyFrame, verb: Derive, around: _Around) -> pl.LazyFrame:
    lowering = _lowering(frame, around)
    values = [lowering.lower(binding.value).alias(binding.name) for binding in verb.bindings]
    return lowering.without_added(lowering.frame.with_columns(values))


def _select(frame: pl.LazyFrame, verb: Select, around: _Around) -> pl.LazyFrame:
    return frame.select([*verb.columns, *_order(frame.collect_schema())])


def _rename(frame: pl.LazyFrame, verb: Rename, around: _Around) -> pl.LazyFrame:
    return frame.rename(dict(verb.pairs))


def _join(frame: pl.LazyFrame, verb: Join, around: _Around) -> pl.LazyFrame:
    return polars_frames.join(frame, around.inputs.table(verb.table), verb, loose=may_be_loose(verb, around.follow))


def _group(frame: pl.LazyFrame, verb: Group, around: _Around) -> pl.LazyFrame:
    gathering = Gathering(_lowering(frame, around))
    replaced = [gathering.replace(binding.value) for binding in verb.bindings]
    grouped = polars_frames.group(gathering.rows.frame, verb.keys, gathering.columns)
    lowering = gathering.checked(grouped, verb.keys)
    values = [lowering.lower(value).alias(binding.name) for binding, value in zip(verb.bindings, replaced, strict=True)]
    return lowering.frame.with_columns(values).select(*verb.keys, *(item.name for item in verb.bindings))


def _sort(frame: pl.LazyFrame, verb: Sort, around: _Around) -> pl.LazyFrame:
    return polars_frames.sort(frame, verb.keys)


def _take(frame: pl.LazyFrame, verb: Take, around: _Around) -> pl.LazyFrame:
    return frame.head(verb.count)


def _distinct(frame: pl.LazyFrame, verb: Distinct, around: _Around) -> pl.LazyFrame:
    return polars_frames.distinct(frame, verb.columns)


def _union(frame: pl.LazyFrame, verb: Union, around: _Around) -> pl.LazyFrame:
    return polars_frames.union(frame, around.inputs.table(verb.table))


def _sample(frame: pl.LazyFrame, verb: Sample, around: _Around) -> pl.LazyFrame:
    from mldsl.runtime.engine import hashing  # it needs numpy, which is slow to import

    hashed = hashing.row_hash(frame, verb.key, verb.seed, _HASH, verb.cuts)
    return hashed.filter(hashing.below(pl.col(_HASH), hashing.threshold(verb.share))).drop(_HASH)


def _predict(frame: pl.LazyFrame, verb: Predict, around: _Around) -> pl.LazyFrame:
    return predict(frame, verb, around.inputs.model(verb.model))


def predict(frame: pl.LazyFrame, verb: Predict, model: FittedModel) -> pl.LazyFrame:
    """The rows with the model's answers."""
    added = {column.name: polars_type(column.type) for column in verb.outputs}
    schema = pl.Schema({**frame.collect_schema(), **added})

    def answered(rows: pl.DataFrame) -> pl.DataFrame:
        columns = model.predict_columns(rows)
        return rows.with_columns(columns[name].cast(dtype) for name, dtype in added.items())

    return polars_frames.mapped(frame, answered, schema)


def _lowering(frame: pl.LazyFrame, around: _Around) -> Lowering:
    return Lowering(frame, around.env)


def _order(schema: pl.Schema) -> list[str]:
    """The column that loose rows have."""
    return [polars_frames.ORDER] if polars_frames.ORDER in schema else []


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
