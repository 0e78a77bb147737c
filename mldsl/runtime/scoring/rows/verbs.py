"""A way's verbs as Python functions, from a row to a row; None for a row that is dropped.

Columns that a verb takes away stay in the row: what comes later asks by name for what it needs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from mldsl.catalog.types import DATETIME, FLOAT, STRING, Type
from mldsl.plan.nodes import Columns, Derive, Filter, Join, Predict, Rename, Select, Union, Verb, VerbsForm
from mldsl.plan.requests import Stage, columns_of
from mldsl.runtime.scoring.lookups import first_of_each
from mldsl.runtime.scoring.rows.beyond import Beyond
from mldsl.runtime.scoring.rows.expressions import Compiler, Row, conversion
from mldsl.runtime.scoring.rows.model import RowModel
from mldsl.runtime.scoring.served import Served

Step = Callable[[Row], Row | None]
Convert = Callable[[Any], Any]


@dataclass(slots=True)
class Making:
    """The verbs so far: what each column's type is behind them."""

    served: Served
    compiler: Compiler
    types: dict[str, Type]

    def stage(self, stage: Stage) -> list[Step]:
        """A transform's verbs. Raises Beyond for what is no verb."""
        if not isinstance(stage.action, VerbsForm):
            kind = "Python" if stage.action.form == "python" else "SQL"
            raise Beyond(f"`{self.served.plan.step(stage.step).name}` is {kind}, which works on tables")
        steps = [step for verb in stage.action.verbs if (step := self.verb(stage, verb)) is not None]
        return [*steps, *self._finished(stage.columns)]

    def verb(self, stage: Stage, verb: Verb) -> Step | None:
        """One verb; None for one that changes nothing."""
        match verb:
            case Filter(condition=condition):
                holds = self.compiler.value(condition)
                return lambda row: row if holds(row) is True else None
            case Derive():
                return self._derive(verb)
            case Rename(pairs=pairs):
                self.types |= {new: self.types[old] for old, new in pairs}
                return _renamed(pairs)
            case Join():
                return self._join(stage, verb)
            case Union():
                return self._union(stage, verb)
            case Predict():
                return self._predict(stage, verb)
            case Select():
                return None
            case _:
                raise Beyond(f"`{verb.verb}`")

    def _derive(self, verb: Derive) -> Step:
        values = [(item.name, self.compiler.value(item.value)) for item in verb.bindings]
        self.types |= {item.name: item.value.type for item in verb.bindings}

        def derive(row: Row) -> Row:
            row.update([(name, value(row)) for name, value in values])
            return row

        return derive

    def _finished(self, columns: Columns) -> list[Step]:
        """What makes columns of the types that the transform's schema has."""
        found = _converted({spec.name: conversion(self.types[spec.name], spec.type) for spec in columns})
        self.types = {spec.name: spec.type for spec in columns}
        return [] if found is None else [found]

    def _columns(self, stage: Stage, table: str) -> dict[str, Type]:
        source = self.served.plan.step(stage.step).inputs[table]
        return {spec.name: spec.type for spec in columns_of(self.served.plan, source)}

    def _union(self, stage: Stage, verb: Union) -> Step | None:
        other = self._columns(stage, verb.table)
        wider = {name: union_type(type_, other[name]) for name, type_ in self.types.items() if name in other}
        found = _converted({name: conversion(self.types[name], type_) for name, type_ in wider.items()})
        self.types |= wider
        return found

    def _predict(self, stage: Stage, verb: Predict) -> Step:
        model = RowModel(self.served.models[self.served.plan.step(stage.step).inputs[verb.model].step])
        self.types |= {spec.name: spec.type for spec in verb.outputs}

        def predict(row: Row) -> Row:
            row.update(model.answers([row])[0])
            return row

        return predict

    # --- joins ---

    def _join(self, stage: Stage, verb: Join) -> Step:
        right = self._columns(stage, verb.table)
        source = self.served.plan.step(stage.step).inputs[verb.table]
        lookup = next(item for item in self.served.path.lookups if item.source == source)
        by = [name for _, name in verb.on] + ([verb.asof[1]] if verb.asof is not None else [])
        taken = [name for name in lookup.columns if name not in by]
        table = first_of_each(self.served.tables[lookup.id], verb).drop_nulls(by)
        keys = [_Key(left, name, self.types[left], right[name]) for left, name in verb.on]
        self.types |= {name: right[name].with_null() for name in taken}
        if verb.asof is not None:
            time = _Key(*verb.asof, self.types[verb.asof[0]], right[verb.asof[1]])
            return _asof(table, keys, time, taken)
        return _looked_up(table, keys, taken, keeps=verb.how != "inner")


@dataclass(frozen=True, slots=True)
class _Key:
    """A column of the row and one of the table that are held against each other, in the type that both have."""

    left: str
    right: str
    given: Type
    other: Type

    @property
    def of_row(self) -> Convert | None:
        """What makes a row's value comparable."""
        return conversion(self.given, union_type(self.given, self.other))

    def values(self, table: pl.DataFrame) -> list[Any]:
        """The table's values, comparable."""
        convert = conversion(self.other, union_type(self.given, self.other))
        found = python_values(table[self.right])
        return found if convert is None else [convert(value) for value in found]


def _looked_up(table: pl.DataFrame, keys: list[_Key], taken: list[str], *, keeps: bool) -> Step:
    """A row's columns by its keys; one that has none there gets nulls, or is dropped."""
    find = _finder(keys)
    rows = dict(zip(_keys(table, keys), _rows(table, taken), strict=True))
    nothing = dict.fromkeys(taken)

    def join(row: Row) -> Row | None:
        found = rows.get(find(row))
        if found is None:
            if not keeps:
                return None
            found = nothing
        row.update(found)
        return row

    return join


def _asof(table: pl.DataFrame, keys: list[_Key], time: _Key, taken: list[str]) -> Step:
    """The columns of the last row at or before the row's time."""
    find, at = _finder(keys), _finder([time])
    known: dict[Any, tuple[list[Any], list[Row]]] = {}
    table = table.sort(time.right, maintain_order=True)
    for key, moment, found in zip(_keys(table, keys), time.values(table), _rows(table, taken), strict=True):
        times, rows = known.setdefault(key, ([], []))
        times.append(moment)
        rows.append(found)
    nothing = dict.fromkeys(taken)

    def join(row: Row) -> Row:
        moment = at(row)
        times, rows = known.get(find(row), ((), ()))
        place = 0 if moment is None else bisect_right(times, moment)
        row.update(rows[place - 1] if place else nothing)
        return row

    return join


def _finder(keys: list[_Key]) -> Callable[[Row], Any]:
    """The key that a row is found by; one with a null finds nothing, since no row of a table has one."""
    if len(keys) == 1:
        name, convert = keys[0].left, keys[0].of_row
        if convert is None:
            return lambda row: row[name]
        return lambda row: None if row[name] is None else convert(row[name])
    pairs = [(key.left, key.of_row) for key in keys]

    def find(row: Row) -> tuple[Any, ...]:
        found = ((row[name], convert) for name, convert in pairs)
        return tuple(value if value is None or convert is None else convert(value) for value, convert in found)

    return find


def _keys(table: pl.DataFrame, keys: list[_Key]) -> list[Any]:
    if len(keys) == 1:
        return keys[0].values(table)
    if not keys:
        return [()] * table.height
    return list(zip(*(key.values(table) for key in keys), strict=True))


def _rows(table: pl.DataFrame, names: list[str]) -> list[Row]:
    columns = [python_values(table[name]) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


# --- values ---


def python_values(column: pl.Series) -> list[Any]:
    """A column's values as rows have them: datetimes in UTC and without a zone."""
    if isinstance(column.dtype, pl.Datetime):
        column = column.dt.replace_time_zone(None)
    return column.to_list()


def union_type(first: Type, second: Type) -> Type:
    """The type that columns of both types have in a union, or when they are held against each other."""
    kinds = {first.kind, second.kind}
    if first.kind == second.kind and first.values == second.values:
        return first
    if kinds == {"int", "float"}:
        return FLOAT
    return DATETIME if kinds == {"date", "datetime"} else STRING


def _renamed(pairs: tuple[tuple[str, str], ...]) -> Step:
    def rename(row: Row) -> Row:
        row.update([(new, row[old]) for old, new in pairs])
        return row

    return rename


def _converted(given: Mapping[str, Convert | None]) -> Step | None:
    changes = [(name, convert) for name, convert in given.items() if convert is not None]
    if not changes:
        return None

    def finish(row: Row) -> Row:
        for name, convert in changes:
            if row[name] is not None:
                row[name] = convert(row[name])
        return row

    return finish
