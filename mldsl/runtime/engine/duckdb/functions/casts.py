"""Casts: a value that does not fit is an error that names the row."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.catalog.types import STRING
from mldsl.runtime.engine.duckdb.functions.common import Lower, finite, required
from mldsl.runtime.engine.duckdb.functions.strings import trimmed
from mldsl.runtime.engine.operands import Operands

# The floats from -2⁶³ up to, but without, 2⁶³ are those that 64 bits hold.
_LOWEST, _BEYOND = "CAST('-9223372036854775808' AS DOUBLE)", "CAST('9223372036854775808' AS DOUBLE)"
_INT = r"^[+-]?[0-9]+$"
_FLOAT = r"^[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|(?i:nan|inf|infinity))$"


def _int(operands: Operands[str]) -> str:
    match operands.kind(0):
        case "int":
            return operands.value(0)
        case "bool" | "null":
            return f"CAST({operands.value(0)} AS BIGINT)"
        case "float":
            value = operands.hoisted(operands.guarded(operands.value(0)))
            fits = f"({value} = floor({value}) AND {value} >= {_LOWEST} AND {value} < {_BEYOND})"
            return required(operands, f"CAST({value} AS BIGINT)", f"(NOT {fits})", value)
        case _:
            text, plain = texts(operands)
            value = operands.hoisted(
                f"CASE WHEN regexp_matches({plain}, '{_INT}') THEN TRY_CAST({plain} AS BIGINT) END"
            )
            return required(operands, value, f"({value} IS NULL AND {text} IS NOT NULL)", text)


def _float(operands: Operands[str]) -> str:
    if operands.kind(0) in ("int", "float", "bool", "null"):
        return f"CAST({operands.value(0)} AS DOUBLE)"
    text, plain = texts(operands)
    bad = operands.hoisted(f"(NOT regexp_matches({plain}, '{_FLOAT}'))")
    value = operands.hoisted(f"CASE WHEN NOT {bad} THEN TRY_CAST({plain} AS DOUBLE) END")
    return finite(operands, required(operands, value, bad, text))


def _bool(operands: Operands[str]) -> str:
    match operands.kind(0):
        case "bool" | "null":
            return f"CAST({operands.value(0)} AS BOOLEAN)"
        case "int" | "float":
            value = operands.hoisted(operands.guarded(operands.value(0)))
            return required(operands, f"({value} = 1)", f"({value} NOT IN (0, 1))", value)
        case _:
            text, plain = texts(operands)
            word = operands.hoisted(f"lower({plain})")
            yes, no = f"{word} IN ('true', '1', 'yes')", f"{word} IN ('false', '0', 'no')"
            return required(operands, f"({yes})", f"(NOT ({yes} OR {no}))", text)


def _string(operands: Operands[str]) -> str:
    value = operands.reused(0)
    match operands.kind(0):
        case "float":
            return _float_text(operands, value)
        case "datetime":
            parts = "%Y-%m-%dT%H:%M:%S"
            is_whole = f"epoch_us({value}) % 1000000 = 0"
            return f"CASE WHEN {is_whole} THEN strftime({value}, '{parts}') ELSE strftime({value}, '{parts}.%f') END"
        case _:
            return f"CAST({value} AS VARCHAR)"


def _float_text(operands: Operands[str], value: str) -> str:
    """The shortest digits that give the float again; as Polars writes them: `0.00001`, `1e-6`, `1e+16`."""
    found = operands.hoisted(f"CAST({value} AS VARCHAR)")
    short = rf"regexp_replace({found}, '^(-?)([0-9])(?:\.([0-9]+))?e-05$', '\10.0000\2\3')"
    return f"CASE WHEN contains({found}, 'e-0') THEN replace({short}, 'e-0', 'e-') ELSE {found} END"


def texts(operands: Operands[str]) -> tuple[str, str]:
    """A text that is parsed: as it is, and without white space around it."""
    text = operands.hoisted(operands.guarded(operands.value(0, STRING)))
    return text, operands.hoisted(trimmed(text))


CASTS: Mapping[str, Lower] = {"int": _int, "float": _float, "bool": _bool, "string": _string}
"""Casts by name; those to dates are with the dates."""
