"""Casts: a value that does not fit is an error, which the engine words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from mldsl.catalog.types import STRING
from mldsl.runtime.scoring.rows.beyond import Beyond
from mldsl.runtime.scoring.rows.expressions import Operands, Value
from mldsl.runtime.scoring.rows.functions.common import WHITE, Lower, applied, checked, finite

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BOOLS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_PLAIN = (1e-4, 1e15)  # floats of this size have no exponent in any notation


def _int(operands: Operands) -> Value:
    match operands.kind(0):
        case "int" | "null":
            return operands.value(0)
        case "bool":
            return applied(int, operands.value(0))
        case "float":
            return applied(_whole, operands.value(0))
        case _:
            return applied(_read_int, operands.value(0, STRING))


def _whole(value: float) -> int:
    if not value.is_integer():
        raise Beyond
    return checked(int(value))


def _read_int(text: str) -> int:
    text = text.strip(WHITE)
    if _WHOLE.fullmatch(text) is None:
        raise Beyond
    return checked(int(text))


def _float(operands: Operands) -> Value:
    if operands.kind(0) in ("int", "float", "bool", "null"):
        return applied(float, operands.value(0))
    return applied(_read_float, operands.value(0, STRING))


def _read_float(text: str) -> float | None:
    text = text.strip(WHITE)
    if _DECIMAL.fullmatch(text) is None:
        raise Beyond
    return finite(float(text))


def _bool(operands: Operands) -> Value:
    match operands.kind(0):
        case "bool" | "null":
            return operands.value(0)
        case "int" | "float":
            return applied(_truth, operands.value(0))
        case _:
            return applied(_read_bool, operands.value(0, STRING))


def _truth(value: float) -> bool:
    if value not in (0, 1):
        raise Beyond
    return value == 1


def _read_bool(text: str) -> bool:
    found = _BOOLS.get(text.strip(WHITE).lower())
    if found is None:
        raise Beyond
    return found


def _string(operands: Operands) -> Value:
    match operands.kind(0):
        case "bool":
            return applied(lambda value: "true" if value else "false", operands.value(0))
        case "float":
            return applied(_text_of_float, operands.value(0))
        case "datetime":
            return applied(_text_of_datetime, operands.value(0))
        case "date":
            return applied(lambda day: day.isoformat(), operands.value(0))
        case "null":
            return operands.value(0)
        case _:
            return applied(str, operands.value(0))


def _text_of_float(value: float) -> str:
    if value != 0 and not _PLAIN[0] <= abs(value) < _PLAIN[1]:
        raise Beyond
    return repr(value)


def _text_of_datetime(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds")


CASTS: Mapping[str, Lower] = {"int": _int, "float": _float, "bool": _bool, "string": _string}
"""Casts by name; those to dates are with the dates."""
