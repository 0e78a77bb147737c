"""Functions of strings; characters are counted, not bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from mldsl.catalog.types import INT, STRING
from mldsl.runtime.engine.polars.functions.common import Lower
from mldsl.runtime.engine.polars.lacking import checked_pattern, replace
from mldsl.runtime.engine.regex import translate

if TYPE_CHECKING:
    from mldsl.runtime.engine.polars.lowering import Operands


def _of(operation: Callable[[pl.Expr], pl.Expr]) -> Lower:
    return lambda operands: operation(operands.value(0, STRING))


def _of_two(operation: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Lower:
    return lambda operands: operation(operands.value(0, STRING), operands.value(1, STRING))


def _replace(operands: Operands) -> pl.Expr:
    value, new = operands.value(0, STRING), operands.value(2, STRING)
    if not operands.is_constant(1):
        return replace(value, operands.value(1, STRING), new)
    old = operands.constant(1)
    if old is None:
        return pl.when(pl.lit(False)).then(value)
    value = pl.when(~new.is_null()).then(value)  # has a row for each of `new`, also where it is a constant
    if old == "":
        return value  # nothing occurs nowhere
    return value.str.replace_all(old, new.fill_null(""), literal=True)


def _substring(operands: Operands) -> pl.Expr:
    """The characters at the positions start … start + n - 1 that there are; a negative n gives none."""
    value, start, count = operands.value(0, STRING), operands.reused(1, INT), operands.reused(2, INT)
    first = pl.max_horizontal(start, pl.lit(1, dtype=pl.Int64()))
    length = pl.max_horizontal(start + count - first, pl.lit(0, dtype=pl.Int64()))
    known = ~start.is_null() & ~count.is_null()
    return value.str.slice(pl.when(known).then(first - 1), pl.when(known).then(length))


def _matches(operands: Operands) -> pl.Expr:
    value = operands.value(0, STRING)
    pattern = operands.constant(1)
    if pattern is None:
        return pl.when(pl.lit(False)).then(pl.lit(True))
    return value.str.contains(checked_pattern(pattern, translate(pattern)))


STRINGS: Mapping[str, Lower] = {
    "lower": _of(lambda value: value.str.to_lowercase()),
    "upper": _of(lambda value: value.str.to_uppercase()),
    "trim": _of(lambda value: value.str.strip_chars()),
    "length": _of(lambda value: value.str.len_chars().cast(pl.Int64())),
    "contains": _of_two(lambda value, part: value.str.contains(part, literal=True)),
    "starts_with": _of_two(lambda value, part: value.str.starts_with(part)),
    "ends_with": _of_two(lambda value, part: value.str.ends_with(part)),
    "replace": _replace,
    "substring": _substring,
    "matches": _matches,
    "concat": lambda operands: pl.concat_str(operands.values(STRING)),
}
"""Functions of strings by name."""
