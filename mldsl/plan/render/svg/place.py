"""Places: where on the sheet each cell of the layers stands, near its neighbours and never over another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mldsl.plan.render.svg.layers import Cell, Layers

_ROUNDS = 16


def places(layers: Layers, widths: Mapping[Cell, float], gap: float) -> dict[Cell, float]:
    """The middle of each cell, from left to right, with at least `gap` between neighbours in a row; the least is 0."""
    x: dict[Cell, float] = {}
    for row in layers.rows:
        x |= dict(zip(row, _offsets(row, widths, gap), strict=True))
    for number in range(_ROUNDS):
        downwards = number % 2 == 0
        for row in layers.rows if downwards else layers.rows[::-1]:
            near = layers.above if downwards else layers.below
            wanted = [_wanted(cell, near.get(cell, ()), x) for cell in row]
            x |= dict(zip(row, _apart(wanted, _offsets(row, widths, gap)), strict=True))
    left = min((x[cell] - widths[cell] / 2 for cell in x), default=0.0)
    return {cell: middle - left for cell, middle in x.items()}


def _wanted(cell: Cell, near: Sequence[Cell], x: Mapping[Cell, float]) -> float:
    """The mean of the neighbours' places; its own where it has none."""
    return sum(x[other] for other in near) / len(near) if near else x[cell]


def _offsets(row: Sequence[Cell], widths: Mapping[Cell, float], gap: float) -> list[float]:
    """The middles of a row's cells when they stand as close as they may."""
    result, edge = [], 0.0
    for cell in row:
        result.append(edge + widths[cell] / 2)
        edge += widths[cell] + gap
    return result


def _apart(wanted: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) that keep order and distance.

    Less their offsets, places only have to rise: an isotonic regression, done by pooling neighbours that do not.
    """
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        value, count = want - offset, 1
        while pools and pools[-1][0] >= value:
            before, size = pools.pop()
            value, count = (before * size + value * count) / (size + count), size + count
        pools.append((value, count))
    shifts = [value for value, count in pools for _ in range(count)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]
