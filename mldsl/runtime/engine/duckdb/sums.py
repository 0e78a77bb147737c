"""Exact sums of floats in SQL; see `mldsl.runtime.engine.exact`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from mldsl.runtime.engine.exact import BITS, LARGEST, UNITS

Once = Callable[[str], str]
Over = Callable[[str], str]
# How many bits of a limb's sum are put into the lower one of the two floats that hold it.
_CUTS = (40, 31, 31)


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
    """A column of floats, cut. What is left of an odd one below the last limb is added by `exact.total`."""
    rest = once(f"CASE WHEN abs({value}) < {_float(LARGEST)} THEN {value} END")
    found: list[str] = []
    for unit in UNITS[:-1]:
        limb = once(f"trunc({rest} * {_power(-unit)})")
        rest = once(f"{rest} - {limb} * {_power(unit)}")
        found.append(limb)
    last = once(f"{rest} * {_power(-UNITS[-1])}")
    found.append(once(f"trunc({last})"))
    odd = once(f"({last} IS DISTINCT FROM {found[-1]} OR ({rest} IS NULL AND {value} IS NOT NULL))")
    return Limbs(value, tuple(f"CAST({limb} AS BIGINT)" for limb in found), odd)


def total(sums: list[str], odd: str, once: Once) -> str:
    """The sum, from the columns of its limbs' sums and of the list of odd ones; null where it is no float.

    The limbs' sums are made to overlap no more, cut into whole numbers that a float holds exactly, and added from the
    greatest down: what is rounded on the way is less than a bit of the result.
    """
    known = [once(f"coalesce({item}, 0)") for item in sums]
    parts = []
    for item, unit, cut in zip(_carried(known, once), UNITS, _CUTS, strict=True):
        parts.append(f"CAST({item} >> {cut} AS DOUBLE) * {_power(unit + cut)}")
        parts.append(f"CAST({item} & {(1 << cut) - 1} AS DOUBLE) * {_power(unit)}")
    found = once(" + ".join(parts))
    listed = ", ".join(f"CAST({item} AS VARCHAR)" for item in known)
    return f"CASE WHEN {odd} IS NOT NULL THEN mldsl_total({listed}, {odd}) WHEN isfinite({found}) THEN {found} END"


def _carried(sums: list[str], once: Once) -> list[str]:
    """The sums with all but the first from 0 to 62 bits: what is beyond goes to the next greater limb."""
    carry, low = "0", []
    for item in reversed(sums[1:]):
        whole = once(f"CAST({item} + {carry} AS HUGEINT)")
        carry = f"({whole} >> {BITS})"
        low.append(f"({whole} & {(1 << BITS) - 1})")
    return [once(f"CAST({sums[0]} + {carry} AS HUGEINT)"), *reversed(low)]


def _power(exponent: int) -> str:
    return _float(math.ldexp(1.0, exponent))


def _float(value: float) -> str:
    return f"CAST('{value!r}' AS DOUBLE)"
