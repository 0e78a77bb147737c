"""Functions of strings; characters are counted, not bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import narwhals as nw

from mldsl.catalog.types import INT, STRING
from mldsl.runtime.engine.polars.functions.common import Lower
from mldsl.runtime.engine.polars.native import checked_pattern
from mldsl.runtime.engine.regex import translate

if TYPE_CHECKING:
    from mldsl.runtime.engine.polars.lowering import Operands


def _of(operation: Callable[[nw.Expr], nw.Expr]) -> Lower:
    return lambda operands: operation(operands.value(0, STRING))


def _replace(operands: Operands) -> nw.Expr:
    value, new = operands.value(0, STRING), operands.value(2, STRING)
    if not operands.is_constant(1):
        return operands.native("replace", value, operands.value(1, STRING), new)
    old = operands.constant(1)
    if old is None:
        return nw.when(nw.lit(False)).then(value)
    value = nw.when(~new.is_null()).then(value)  # has a row for each of `new`, also where it is a constant
    if old == "":
        return value  # nothing occurs nowhere
    return value.str.replace_all(old, new.fill_null(""), literal=True)


def _substring(operands: Operands) -> nw.Expr:
    """The characters at the positions start … start + n - 1 that there are; a negative n gives none."""
    value, start, count = operands.value(0, STRING), operands.value(1, INT), operands.value(2, INT)
    first = nw.max_horizontal(start, nw.lit(1, dtype=nw.Int64()))
    length = nw.max_horizontal(start + count - first, nw.lit(0, dtype=nw.Int64()))
    known = ~start.is_null() & ~count.is_null()
    return operands.native("slice", value, nw.when(known).then(first - 1), nw.when(known).then(length))


def _matches(operands: Operands) -> nw.Expr:
    value = operands.value(0, STRING)
    pattern = operands.constant(1)
    if pattern is None:
        return nw.when(nw.lit(False)).then(nw.lit(True))
    return value.str.contains(checked_pattern(pattern, translate(pattern)))


STRINGS: Mapping[str, Lower] = {
    "lower": _of(lambda value: value.str.to_lowercase()),
    "upper": _of(lambda value: value.str.to_uppercase()),
    "trim": _of(lambda value: value.str.strip_chars()),
    "length": _of(lambda value: value.str.len_chars().cast(nw.Int64())),
    "contains": lambda operands: operands.native("contains", *operands.values(STRING)),
    "starts_with": lambda operands: operands.native("starts_with", *operands.values(STRING)),
    "ends_with": lambda operands: operands.native("ends_with", *operands.values(STRING)),
    "replace": _replace,
    "substring": _substring,
    "matches": _matches,
    "concat": lambda operands: nw.concat_str(operands.values(STRING)),
}
"""Functions of strings by name."""
