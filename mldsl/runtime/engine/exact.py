"""Sums of floats that do not depend on the order: the same bits on every engine, for any number of threads.

Adding floats rounds, and so the sum depends on the order, which parallel engines do not keep. Here each float is cut
into two limbs, whole numbers of fixed units that are 96 bits apart; sums of whole numbers of 128 bits are exact. At the
end the limbs' sums are put together in one fixed way. A float whose bits lie beyond the limbs (tiny ones, huge ones) is
an odd one: those are kept in a list and added as fractions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

BITS = 96
# The limbs' units as powers of 2, the greater first: every float between 2⁻⁶⁴ and 2⁷⁵ fits, and most that are smaller.
UNITS = (-20, -116)
LARGEST = 2.0**75
"""Floats from here on are odd ones: of smaller ones, 2³¹ add up to less than 2¹²⁷ units."""
PIECES = ((96, -20), (48, -20), (0, -20), (48, -116), (0, -116))
"""How the limbs' sums are put together: by how many bits a limb is shifted to give a piece, and the limb's unit.

The pieces, of 48 bits but for the first, are floats without rounding, and are added from the greatest down.
"""


def total(sums: Sequence[int], odd: Sequence[float]) -> float | None:
    """The limbs' sums and what they lack of the odd ones, rounded once; None where no float is as large."""
    found = sum((_lacking(value) for value in odd), Fraction(0))
    for value, unit in zip(sums, UNITS, strict=True):
        found += Fraction(value) * Fraction(2) ** unit
    try:
        return float(found)
    except OverflowError:
        return None


def _lacking(value: float) -> Fraction:
    """What the limbs of an odd one do not hold: all of it, or what is below the last of them."""
    whole, unit = Fraction(value), Fraction(2) ** UNITS[-1]
    if abs(value) >= LARGEST:
        return whole
    return whole - math.trunc(whole / unit) * unit
