"""The verbs of a transform, each from a frame to a frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from mldsl.catalog.types import STRING
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
from mldsl.runtime.engine.duckdb import text
from mldsl.runtime.engine.duckdb.frame import Column, Frame, Key
from mldsl.runtime.engine.duckdb.gathering import Gathering
from mldsl.runtime.engine.duckdb.joins import join, union_types
from mldsl.runtime.engine.duckdb.lowering import Env, Lowering
from mldsl.runtime.engine.engine import Inputs
from mldsl.runtime.errors import StepFailed


@dataclass(frozen=True, slots=True)
class Around:
    """What a verb's lowering has at hand beside its table; `predicted` has a model's answers for all rows."""

    env: Env
    inputs: Inputs[Frame]
    predicted: Callable[[Frame, Predict], Frame]


def apply(frame: Frame, verbs: Sequence[Verb], around: Around) -> Frame:
    """The verbs one after the other; nothing is computed yet."""
    for verb in verbs:
        frame = _VERBS[type(verb)](frame, verb, around)
    return frame


def finish(frame: Frame, columns: Columns) -> Frame:
    """Exactly these columns, in their order and types."""
    missing = [column.name for column in columns if column.name not in frame.columns]
    if missing:
        raise StepFailed(f"the result has no column `{missing[0]}`", code="ML213")
    widened = {
        column.name: text.widen(frame[column.name].id, frame[column.name].type, column.type) for column in columns
    }
    added = {name: frame.ids.new() for name, value in widened.items() if value != frame[name].id}
    frame = frame.adding((id, widened[name]) for name, id in added.items())
    return frame.with_columns(
        {column.name: Column(added.get(column.name, frame[column.name].id), column.type) for column in columns}
    )


def _filter(frame: Frame, verb: Filter, around: Around) -> Frame:
    lowering = Lowering(frame, around.env)
    condition = lowering.lower(verb.condition)
    rows = lowering.frame
    return rows.with_source(f"(SELECT * FROM {rows.source} WHERE {condition})")  # noqa: S608


def _derive(frame: Frame, verb: Derive, around: Around) -> Frame:
    lowering = Lowering(frame, around.env)
    values = [(around.env.ids.new(), lowering.lower(binding.value)) for binding in verb.bindings]
    rows = lowering.frame.adding(values)
    made = {
        binding.name: Column(id, binding.value.type) for binding, (id, _) in zip(verb.bindings, values, strict=True)
    }
    return rows.with_columns({**frame.columns, **made})


def _select(frame: Frame, verb: Select, around: Around) -> Frame:
    return frame.with_columns({name: frame[name] for name in verb.columns})


def _rename(frame: Frame, verb: Rename, around: Around) -> Frame:
    names = dict(verb.pairs)
    return frame.with_columns({names.get(name, name): column for name, column in frame.columns.items()})


def _join(frame: Frame, verb: Join, around: Around) -> Frame:
    return join(frame, around.inputs.table(verb.table), verb)


def _group(frame: Frame, verb: Group, around: Around) -> Frame:
    rows, row = frame.numbered()
    lowering = Lowering(rows, around.env)
    gathering = Gathering(lowering, row)
    replaced = [gathering.replace(binding.value) for binding in verb.bindings]
    columns = [rows[name] for name in verb.keys]
    keys = {name: Column(around.env.ids.new(), rows[name].type) for name in verb.keys}
    order = [replace(rows.order[0], id=gathering.compute(f"min({row})"))]
    after = gathering.grouped(keys, [lowering.grouping(column) for column in columns], order)
    values = [(around.env.ids.new(), after.lower(value)) for value in replaced]
    found = after.frame.adding(values)
    made = {
        binding.name: Column(id, binding.value.type) for binding, (id, _) in zip(verb.bindings, values, strict=True)
    }
    return found.with_columns({**keys, **made})


def _sort(frame: Frame, verb: Sort, around: Around) -> Frame:
    keys = [Key(frame[key.column].id, key.descending) for key in verb.keys]
    return replace(frame, order=[*keys, *frame.order], in_order=False)


def _take(frame: Frame, verb: Take, around: Around) -> Frame:
    return frame.with_source(f"({frame.query(['*'])} LIMIT {verb.count})")


def _distinct(frame: Frame, verb: Distinct, around: Around) -> Frame:
    """The first of the rows that agree in `columns`, in the table's order."""
    rows, row = frame.numbered()
    lowering = Lowering(rows, around.env)
    by = [lowering.grouping(rows[name]) for name in verb.columns or rows.columns]
    made = {name: Column(around.env.ids.new(), column.type) for name, column in rows.columns.items()}
    items = [f"arg_min_null({rows[name].id}, {row}) AS {column.id}" for name, column in made.items()]
    first = around.env.ids.new()
    source = f"(SELECT min({row}) AS {first}, {', '.join(items)} FROM {rows.source} GROUP BY {', '.join(by)})"  # noqa: S608
    return Frame(source, made, [replace(rows.order[0], id=first)], around.env.ids, in_order=False)


def _union(frame: Frame, verb: Union, around: Around) -> Frame:
    """The rows of both; columns by name, in the first one's order, in the wider type of the two."""
    other = around.inputs.table(verb.table)
    types = {name: union_types(column.type, other[name].type) for name, column in frame.columns.items()}
    columns = {name: Column(around.env.ids.new(), type_) for name, type_ in types.items()}
    branch, number = around.env.ids.new(), around.env.ids.new()
    selects, in_order, counts = [], True, True
    for index, part in enumerate((frame, other)):
        rows, row = part.numbered()
        values = [f"{text.widen(rows[name].id, rows[name].type, types[name])} AS {columns[name].id}" for name in types]
        items = [f"{index} AS {branch}", f"{row} AS {number}", *values]
        selects.append(f"SELECT {', '.join(items)} FROM {rows.source}")  # noqa: S608
        in_order, counts = in_order and rows.in_order, counts and rows.order[0].counts
    source = f"({' UNION ALL '.join(selects)})"
    return Frame(source, columns, [Key(branch, counts=True), Key(number, counts=counts)], around.env.ids, in_order)


def _sample(frame: Frame, verb: Sample, around: Around) -> Frame:
    """By the hash of `mldsl.runtime.engine.hashing`, so that every engine keeps the same rows."""
    from mldsl.runtime.engine.hashing import threshold

    names = sorted(verb.key or frame.columns)
    values = ", ".join(f"f{index} := {_hashed(frame[name])}" for index, name in enumerate(names))
    hashed = f"mldsl_hash(struct_pack({values}), {int(verb.seed)}, {int(verb.cuts)})"
    limit = threshold(verb.share)
    rows = f"(SELECT * FROM {frame.source} WHERE CAST({hashed} AS HUGEINT) < CAST({limit} AS HUGEINT))"  # noqa: S608
    return frame.with_source(rows)


def _hashed(column: Column) -> str:
    return text.cast(column.id, STRING) if column.type.kind == "enum" else column.id


_VERBS: Mapping[type, Callable[..., Frame]] = {
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
    Predict: lambda frame, verb, around: around.predicted(frame, verb),
}
