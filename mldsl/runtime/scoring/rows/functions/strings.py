"""Functions of strings; characters are counted, not bytes."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from mldsl.catalog.types import INT, STRING
from mldsl.runtime.engine.polars.lacking import checked_pattern
from mldsl.runtime.engine.regex import translate
from mldsl.runtime.scoring.rows.expressions import Operands, Row, Value
from mldsl.runtime.scoring.rows.functions.common import WHITE, Lower, applied, of_one, of_two


def _replace(operands: Operands) -> Value:
    values = operands.values(STRING)

    def compute(row: Row) -> str | None:
        text, old, new = (value(row) for value in values)
        if text is None or old is None or new is None:
            return None
        return str(text).replace(old, new) if old else str(text)  # nothing occurs nowhere

    return compute


def _substring(operands: Operands) -> Value:
    """The characters at the positions start … start + n - 1 that there are; a negative n gives none."""
    text, start, count = operands.value(0, STRING), operands.value(1, INT), operands.value(2, INT)

    def compute(row: Row) -> str | None:
        whole, at, length = text(row), start(row), count(row)
        if whole is None or at is None or length is None:
            return None
        first = max(at, 1)
        return str(whole[first - 1 : first - 1 + max(at + length - first, 0)])

    return compute


def _matches(operands: Operands) -> Value:
    """By the engine's own regular expressions, which are not Python's."""
    pattern = operands.constant(1)
    if pattern is None:
        return lambda row: None
    translated = checked_pattern(pattern, translate(pattern))
    return applied(lambda text: pl.Series([text]).str.contains(translated)[0], operands.value(0, STRING))


def _concat(operands: Operands) -> Value:
    values = operands.values(STRING)

    def compute(row: Row) -> str | None:
        found = [value(row) for value in values]
        return None if None in found else "".join(found)

    return compute


STRINGS: Mapping[str, Lower] = {
    "lower": of_one(str.lower, STRING),
    "upper": of_one(str.upper, STRING),
    "trim": of_one(lambda text: text.strip(WHITE), STRING),
    "length": of_one(len, STRING),
    "contains": of_two(lambda text, part: part in text, STRING),
    "starts_with": of_two(str.startswith, STRING),
    "ends_with": of_two(str.endswith, STRING),
    "replace": _replace,
    "substring": _substring,
    "matches": _matches,
    "concat": _concat,
}
"""Functions of strings by name."""
