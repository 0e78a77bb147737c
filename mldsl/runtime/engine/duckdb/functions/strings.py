"""Functions of strings; characters are counted, not bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mldsl.catalog.types import INT, STRING
from mldsl.runtime.engine.duckdb.functions.common import Lower, whole
from mldsl.runtime.engine.duckdb.text import text
from mldsl.runtime.engine.operands import Operands
from mldsl.runtime.engine.regex import translate

# Every character with the property White_Space of Unicode.
_SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000"
)
_LONGEST = 2**31  # characters, more than any string has


def trimmed(value: str) -> str:
    """Without white space at both ends."""
    return f"trim({value}, {text(_SPACES)})"


def _of(operation: Callable[[str], str]) -> Lower:
    return lambda operands: operation(operands.value(0, STRING))


def _cased(name: str) -> Lower:
    """In lower or upper case; DuckDB maps each character to one, which Unicode does not (ß, final sigma)."""

    def lower(operands: Operands[str]) -> str:
        value = operands.reused(0, STRING)
        is_ascii = f"strlen({value}) = length({value})"
        return f"CASE WHEN {is_ascii} THEN {name}({value}) ELSE mldsl_{name}({value}) END"

    return lower


def _function(name: str) -> Lower:
    return lambda operands: f"{name}({', '.join(operands.values(STRING))})"


def _substring(operands: Operands[str]) -> str:
    """The characters at the positions start … start + n - 1 that there are; a negative n gives none."""
    value, start, count = operands.value(0, STRING), operands.reused(1, INT), operands.reused(2, INT)
    first = f"greatest({start}, 1)"
    length = f"least(greatest({whole(start)} + {count} - {first}, 0), {_LONGEST})"
    found = f"substring({value}, least({first}, {_LONGEST}), CAST({length} AS BIGINT))"
    return f"CASE WHEN {start} IS NOT NULL AND {count} IS NOT NULL THEN {found} END"


def _matches(operands: Operands[str]) -> str:
    value, pattern = operands.value(0, STRING), operands.constant(1)
    if pattern is None:
        return "CAST(NULL AS BOOLEAN)"
    translate(pattern)  # refuses what RE2 refuses, in the words of every engine
    operands.lowering.pattern(pattern)
    return f"regexp_matches({value}, {text(pattern)})"


STRINGS: Mapping[str, Lower] = {
    "lower": _cased("lower"),
    "upper": _cased("upper"),
    "trim": _of(trimmed),
    "length": _of(lambda value: f"CAST(length({value}) AS BIGINT)"),
    "contains": _function("contains"),
    "starts_with": _function("starts_with"),
    "ends_with": _function("suffix"),
    "replace": _function("replace"),
    "substring": _substring,
    "matches": _matches,
    "concat": lambda operands: f"({' || '.join(operands.values(STRING))})",
}
"""Functions of strings by name."""
