"""Which rows a table holds: regions of a source's rows, and whether two of them can have a row in common."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Literal as Choice

from mldsl.records import record

Sign = Choice["<", "<=", ">", ">=", "==", "!="]

# What lies beyond these many regions is merged into regions without conditions.
_MOST = 32


@record
class Part:
    """The row is in a part of a split; `out` says that it is not."""

    split: str
    part: str
    out: bool = False


@record
class Bound:
    """A column's value stands in this relation to a value; `column` is told by its identity.

    `value` is a constant of the program, or the name of a parameter in a tuple.
    """

    column: Hashable
    sign: Sign
    value: Hashable


@record
class Sampled:
    """The row is in the sample taken at `place`; `out` says that it is not."""

    place: Hashable
    out: bool = False


Condition = Part | Bound | Sampled


@record
class Region:
    """Rows of the sources `bases` (several: a row of each, joined) that meet all conditions.

    `grains` are the groups, by their places, that rows were put together by: two regions hold the same kind of rows
    only where they are equal.
    """

    bases: frozenset[str]
    conditions: frozenset[Condition] = frozenset()
    grains: tuple[Hashable, ...] = ()

    def within(self, *conditions: Condition) -> Region:
        """The rows of it that meet these conditions as well."""
        return Region(self.bases, self.conditions | set(conditions), self.grains)

    @property
    def parts(self) -> frozenset[tuple[str, str]]:
        """The parts of splits that the rows lie in."""
        return frozenset((item.split, item.part) for item in self.conditions if isinstance(item, Part) and not item.out)

    @property
    def splits(self) -> frozenset[str]:
        """The splits that the rows lie in one part of."""
        return frozenset(split for split, _ in self.parts)

    def meets(self, other: Region) -> bool:
        """Whether a row of one source may be in both."""
        return bool(self.bases & other.bases) and not self._excludes(other)

    def repeats(self, other: Region) -> bool:
        """Whether the very same rows may be in both."""
        return self.bases == other.bases and self.grains == other.grains and not self._excludes(other)

    def _excludes(self, other: Region) -> bool:
        return any(_contrary(one, two) for one in self.conditions for two in other.conditions)


Regions = frozenset[Region]


def meet(one: Iterable[Region], other: Iterable[Region]) -> bool:
    """Whether a row may be in both."""
    others = tuple(other)
    return any(region.meets(item) for region in one for item in others)


def narrowed(regions: Regions, *conditions: Condition) -> Regions:
    """The rows that meet these conditions as well."""
    return frozenset(region.within(*conditions) for region in regions) if conditions else regions


def paired(left: Regions, right: Regions) -> Regions:
    """Rows made of one row of each side."""
    return few(
        Region(one.bases | two.bases, one.conditions | two.conditions, (*one.grains, *two.grains))
        for one in left
        for two in right
    )


def few(regions: Iterable[Region]) -> Regions:
    """The regions; where there are very many, without their conditions."""
    found = frozenset(regions)
    if len(found) <= _MOST:
        return found
    return frozenset(Region(region.bases, frozenset(), region.grains) for region in found)


def without(regions: Regions, other: Region) -> Regions:
    """The rows that are not in `other`, so far as it is told apart by one condition."""

    def rest(region: Region) -> Region:
        more = other.conditions - region.conditions
        if region.bases != other.bases or region.grains != other.grains or len(more) != 1:
            return region
        return region.within(*(_opposite(item) for item in more))

    return frozenset(rest(region) for region in regions)


_OPPOSITE: dict[Sign, Sign] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def _opposite(condition: Condition) -> Condition:
    """What rows that do not meet a condition meet; a null meets neither, nor any other bound."""
    match condition:
        case Part(split=split, part=part, out=out):
            return Part(split, part, not out)
        case Sampled(place=place, out=out):
            return Sampled(place, not out)
        case Bound(column=column, sign=sign, value=value):
            return Bound(column, _OPPOSITE[sign], value)


# --- conditions that exclude each other ------------------------------------------------------------------------------


def _contrary(one: Condition, other: Condition) -> bool:
    """Whether no row meets both."""
    if isinstance(one, Part) and isinstance(other, Part):
        if one.split != other.split:
            return False
        return one.part == other.part if one.out != other.out else not one.out and one.part != other.part
    if isinstance(one, Sampled) and isinstance(other, Sampled):
        return one.place == other.place and one.out != other.out
    if isinstance(one, Bound) and isinstance(other, Bound) and one.column == other.column:
        return _apart(one, other) or _apart(other, one)
    return False


_CONTRARY = {("<", ">="), ("<", ">"), ("<", "=="), ("<=", ">"), ("==", "!="), ("==", ">"), ("==", "<")}


def _apart(one: Bound, other: Bound) -> bool:
    """Whether two bounds of a column exclude each other, `one` being the lower."""
    if one.value == other.value:
        return (one.sign, other.sign) in _CONTRARY
    if isinstance(one.value, tuple) or isinstance(other.value, tuple):
        return False
    if one.sign == other.sign == "==":
        return True
    if one.sign not in ("<", "<=", "==") or other.sign not in (">", ">=", "=="):
        return False
    try:
        return bool(one.value < other.value)  # type: ignore[operator]
    except TypeError:
        return False
