"""Layers and order: which row each step stands in, and where in it, so that few arrows cross.

The method is Sugiyama's (1981): a step stands one layer below the lowest of what it needs; arrows over several layers
get a stand-in in each layer between; rows are sorted by where their neighbours stand, down and up in turn.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from mldsl.plan.graph import StepGraph

_SWEEPS = 12

# A step's id, or the stand-in of an arrow (its ends) in a layer.
Cell = str | tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Layers:
    """Rows of cells from top to bottom, and which cells of neighbouring rows an arrow joins."""

    rows: tuple[tuple[Cell, ...], ...]
    above: Mapping[Cell, tuple[Cell, ...]]
    below: Mapping[Cell, tuple[Cell, ...]]


def layers(graph: StepGraph) -> Layers:
    """The layers of a graph without circles."""
    rank = _ranks(graph)
    rows: list[list[Cell]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for id_ in graph:
        rows[rank[id_]].append(id_)
    above: dict[Cell, list[Cell]] = {id_: [] for id_ in graph}
    below: dict[Cell, list[Cell]] = {id_: [] for id_ in graph}
    for start, end in graph.edges:
        path = chain(start, end, rank[start], rank[end])
        for layer, cell in enumerate(path[1:-1], rank[start] + 1):
            rows[layer].append(cell)
        for upper, lower in pairwise(path):
            below.setdefault(upper, []).append(lower)
            above.setdefault(lower, []).append(upper)
    ordered = _sorted(rows, above, below)
    return Layers(
        tuple(tuple(row) for row in ordered),
        {cell: tuple(cells) for cell, cells in above.items()},
        {cell: tuple(cells) for cell, cells in below.items()},
    )


def chain(start: str, end: str, first: int, last: int) -> list[Cell]:
    """The cells that an arrow from layer `first` to layer `last` runs through."""
    return [start, *((start, end, layer) for layer in range(first + 1, last)), end]


def _ranks(graph: StepGraph) -> dict[str, int]:
    """Each step's layer."""
    rank: dict[str, int] = {}
    for id_ in nx.lexicographical_topological_sort(graph, key={id_: place for place, id_ in enumerate(graph)}.get):
        rank[id_] = max((rank[before] + 1 for before in graph.predecessors(id_)), default=0)
    return rank


def _sorted(
    rows: list[list[Cell]], above: Mapping[Cell, Sequence[Cell]], below: Mapping[Cell, Sequence[Cell]]
) -> list[list[Cell]]:
    """The order with the fewest crossings that the sweeps come by."""
    best, fewest = rows, _crossings(rows, below)
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        rows = _swept(rows, above) if downwards else _swept(rows[::-1], below)[::-1]
        count = _crossings(rows, below)
        if count < fewest:
            best, fewest = rows, count
    return best


def _swept(rows: Sequence[Sequence[Cell]], neighbours: Mapping[Cell, Sequence[Cell]]) -> list[list[Cell]]:
    """Each row sorted by the mean place of its neighbours in the row before it; cells without any stay about."""
    place: dict[Cell, float] = {}
    result = []
    for row in rows:
        own = {cell: float(index) for index, cell in enumerate(row)}
        wanted = {cell: _mean([place[other] for other in neighbours.get(cell, ())], own[cell]) for cell in row}
        result.append(sorted(row, key=lambda cell: (wanted[cell], own[cell])))
        place |= {cell: float(index) for index, cell in enumerate(result[-1])}
    return result


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _crossings(rows: Sequence[Sequence[Cell]], below: Mapping[Cell, Sequence[Cell]]) -> int:
    """How many pairs of arrows cross."""
    count = 0
    for upper, lower in pairwise(rows):
        place = {cell: index for index, cell in enumerate(lower)}
        seen: list[int] = []
        for cell in upper:
            ends = sorted(place[other] for other in below.get(cell, ()))
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return count
