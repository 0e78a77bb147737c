"""The raw rows by which a row path is judged: those whose features the model has not learned from."""

from __future__ import annotations

import polars as pl

from mldsl.plan.behind import held_back_part
from mldsl.plan.nodes import Input, Sample, Select
from mldsl.runtime.scoring.reference import ReferenceScorer
from mldsl.runtime.scoring.snapshots import no_inputs, table_of
from mldsl.runtime.work import Work

_ENOUGH = 1_000
"""Rows to judge by."""
_LOOKED_AT = 20_000  # of the source's rows, among which those are looked for
_ONE_BY_ONE = 200  # where SQL is asked row by row
_PLACE = "\x1fplace"


def held_back(work: Work, reference: ReferenceScorer) -> pl.DataFrame:
    """Rows of the source, as requests have them, whose features are those of rows that the split held back.

    `work` is that of a step behind the model. Where the split held back none of the rows that are looked at, or there
    is no split, they are any rows.
    """
    path = reference.served.path
    few = path.row_by_row
    raw = _sample(work, reference, _ONE_BY_ONE if few else _LOOKED_AT)
    part = held_back_part(work.plan, work.plan.step(reference.served.step))
    if part is None or few:
        return raw.head(_ENOUGH)
    features = [spec.name for spec in path.features]
    found = reference.features(raw.with_row_index(_PLACE), keep=(_PLACE,))
    unseen = work.engine.collect(
        work.engine.apply(table_of(work, part), (Select(columns=tuple(features)),), no_inputs())
    )
    kept = found.join(unseen, on=features, how="semi", nulls_equal=True)[_PLACE]
    return (raw[kept] if len(kept) else raw).head(_ENOUGH)


def _sample(work: Work, reference: ReferenceScorer, rows: int) -> pl.DataFrame:
    """About so many of the source's rows, by their hash."""
    path = reference.served.path
    keys = [spec.name for spec in reference.served.keys]
    names = tuple(dict.fromkeys([*keys, *(spec.name for spec in path.columns)]))
    record = work.records(path.source)
    known = record.details.get("rows")
    verbs: list[Sample | Select] = []
    if isinstance(known, int) and known > 2 * rows:
        verbs.append(Sample(share=rows / known, key=names, seed=1))
    verbs.append(Select(columns=names))
    table = table_of(work, Input(step=path.source, output="table"))
    return work.engine.collect(work.engine.apply(table, verbs, no_inputs())).head(2 * rows)
