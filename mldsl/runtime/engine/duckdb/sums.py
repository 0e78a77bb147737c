"""Exact sums of floats in SQL; see `mldsl.runtime.engine.exact`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from mldsl.runtime.engine.exact import BITS, LARGEST, UNITS

Once = Callable[[str], str]
Over = Callable[[str], str]
_WIDE = 1 << BITS
# A limb's sum is cut into two whole numbers that a float holds exactly, each.
_CUT = 40


@dataclass(frozen=True, slots=True)
class Limbs:
    """A column of floats in limbs, the greatest first; `odd` is true where a value does not fit into them."""

    value: str
    limbs: tuple[str, ...]
    odd: str

    def aggregates(self, over: str = "") -> list[str]:
        """What to compute of a group, or over a window: the limbs' sums, and the list of odd ones."""
        sums = [f"sum({limb}){over}" for limb in self.limbs]
        return [*sums, f"list({self.value}) FILTER (WHERE {self.odd}){over}"]


def limbs(value: str, once: Once) -> Limbs:
    """A column of floats, cut."""
    rest = once(f"CASE WHEN abs({value}) < {_float(LARGEST)} THEN {value} END")
    found: list[str] = []
    for unit in UNITS[:-1]:
        limb = once(f"CAST(trunc({rest} * {_power(-unit)}) AS BIGINT)")
        rest = once(f"{rest} - CAST({limb} AS DOUBLE) * {_power(unit)}")
        found.append(limb)
    last = once(f"{rest} * {_power(-UNITS[-1])}")
    fits = once(f"coalesce({last} = trunc({last}), false)")
    kept = tuple(f"CASE WHEN {fits} THEN {limb} END" for limb in found)
    return Limbs(
        value, (*kept, f"CASE WHEN {fits} THEN CAST({last} AS BIGINT) END"), f"NOT {fits} AND {value} IS NOT NULL"
    )


def total(sums: list[str], odd: str, once: Once) -> str:
    """The sum, from the columns of its limbs' sums and of the list of odd ones; null where it is no float."""
    known = [once(f"coalesce({item}, 0)") for item in sums]
    carried = _carried(known, once)
    parts = []
    for item, unit in zip(carried, UNITS, strict=True):
        high = f"({item} // {1 << _CUT})"
        parts += [f"CAST({high} AS DOUBLE) * {_power(unit + _CUT)}"]
        parts += [f"CAST({item} - {high} * {1 << _CUT} AS DOUBLE) * {_power(unit)}"]
    found = once(" + ".join(parts))
    listed = ", ".join(f"CAST({item} AS VARCHAR)" for item in known)
    return f"CASE WHEN {odd} IS NOT NULL THEN mldsl_total({listed}, {odd}) WHEN isfinite({found}) THEN {found} END"


def _carried(sums: list[str], once: Once) -> list[str]:
    """The sums with all but the first below 62 bits: what is beyond goes to the next greater limb."""
    carry, low = "0", []
    for item in reversed(sums[1:]):
        whole = once(f"CAST({item} + {carry} AS HUGEINT)")
        carry = once(f"{whole} // {_WIDE}")
        low.append(once(f"{whole} - {carry} * {_WIDE}"))
    return [once(f"CAST({sums[0]} + {carry} AS HUGEINT)"), *reversed(low)]


def _power(exponent: int) -> str:
    return _float(math.ldexp(1.0, exponent))


def _float(value: float) -> str:
    return f"CAST('{value!r}' AS DOUBLE)"
