"""Exact sums of floats in SQL; see `mldsl.runtime.engine.exact`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from mldsl.runtime.engine.exact import BITS, LARGEST, PIECES, UNITS

Once = Callable[[str], str]
_PIECE = (1 << 48) - 1


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
    high, low = UNITS
    fits = once(f"CASE WHEN abs({value}) < {_float(LARGEST)} THEN {value} END")
    first = once(f"trunc({fits} * {_power(-high)})")
    rest = once(f"({fits} - {first} * {_power(high)}) * {_power(-low)}")
    second = once(f"trunc({rest})")
    odd = once(f"({rest} IS DISTINCT FROM {second} OR ({fits} IS NULL AND {value} IS NOT NULL))")
    return Limbs(value, (f"CAST({first} AS HUGEINT)", f"CAST({second} AS HUGEINT)"), odd)


def total(sums: list[str], odd: str, once: Once) -> str:
    """The sum, from the columns of its limbs' sums and of the list of odd ones; null where it is no float.

    The limbs' sums are made to overlap no more, cut into whole numbers that a float holds exactly, and added from the
    greatest down: what is rounded on the way is less than two bits of the result.
    """
    high, low = (once(f"coalesce({item}, 0)") for item in sums)
    carried = {
        UNITS[0]: once(f"CAST({high} + ({low} >> {BITS}) AS HUGEINT)"),
        UNITS[1]: once(f"({low} & {(1 << BITS) - 1})"),
    }
    found = once(" + ".join(_piece(carried[unit], shift, unit) for shift, unit in PIECES))
    listed = ", ".join(f"CAST({item} AS VARCHAR)" for item in (high, low))
    return f"CASE WHEN {odd} IS NOT NULL THEN mldsl_total({listed}, {odd}) WHEN isfinite({found}) THEN {found} END"


def _piece(limb: str, shift: int, unit: int) -> str:
    bits = f"({limb} >> {shift})" if shift else limb
    whole = bits if shift == BITS else f"({bits} & {_PIECE})"
    return f"CAST({whole} AS DOUBLE) * {_power(unit + shift)}"


def _power(exponent: int) -> str:
    return _float(math.ldexp(1.0, exponent))


def _float(value: float) -> str:
    return f"CAST('{value!r}' AS DOUBLE)"
