"""Trees of scikit-learn, walked without it: nested tuples for one row, arrays for many.

All comparisons are of one kind: which is next is the left where `value <= threshold`, and NaN is not. A node whose
missing values go left looks at the negated value instead, with its sides exchanged: `x > t` is `-x <= -u` for the next
float u above t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mldsl.runtime.models.features import Floats, Ints
from mldsl.runtime.models.untyped import Fitted

Node = Any
"""A leaf's number, or a tuple: which value is looked at, the threshold, the left node, the right one."""

_FEW = 12  # rows: up to so many the tuples are faster
_MANY_NODES = 200_000  # beyond, tuples would take much memory


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """The nodes of one tree; `left` is -1 for a leaf."""

    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    missing_left: npt.NDArray[np.bool_]


class Forest:
    """Several trees, whose leaves are numbered through: `values` has a row for each node."""

    def __init__(self, trees: Sequence[Tree], width: int, values: Floats) -> None:
        self.values = values
        starts = np.cumsum([0, *(len(tree.feature) for tree in trees)])[:-1]
        self._roots = starts.astype(np.int64)
        parts = [_uniform(tree, width, int(start)) for tree, start in zip(trees, starts, strict=True)]
        self._feature, self._threshold, self._left, self._right = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        few = len(self._feature) <= _MANY_NODES
        self._nested = [self._nest(int(root)) for root in self._roots] if few else None

    @property
    def count(self) -> int:
        """How many trees there are."""
        return len(self._roots)

    def leaves(self, rows: Floats) -> Ints:
        """The numbers of the leaves: rows × trees."""
        if self._nested is None or len(rows) > _FEW:
            return self._all(np.concatenate((rows, -rows), axis=1))
        return np.array([self.walk(row) for row in rows.tolist()], dtype=np.int64)

    def walk(self, row: list[float]) -> list[int]:
        """The numbers of the leaves of one row, by trees."""
        if self._nested is None:
            found: list[int] = self.leaves(np.array([row]))[0].tolist()
            return found
        both = [*row, *(-number for number in row)]
        found = []
        for node in self._nested:
            while node.__class__ is tuple:
                feature, threshold, left, right = node
                node = left if both[feature] <= threshold else right
            found.append(node)
        return found

    def _all(self, both: Floats) -> Ints:
        """Level by level, all rows and trees at once."""
        at = np.broadcast_to(self._roots, (len(both), len(self._roots))).copy()
        lines = np.arange(len(both))[:, None]
        while True:
            left = self._left[at]
            inner = left >= 0
            if not inner.any():
                return at
            goes_left = both[lines, self._feature[at]] <= self._threshold[at]
            at = np.where(inner, np.where(goes_left, left, self._right[at]), at)

    def _nest(self, root: int) -> Node:
        """A tree as nested tuples, the deepest nodes first."""
        order = [root]
        made: dict[int, Node] = {}
        for number in order:
            if self._left[number] >= 0:
                order += [int(self._left[number]), int(self._right[number])]
        for number in reversed(order):
            left, right = int(self._left[number]), int(self._right[number])
            if left < 0:
                made[number] = number
            else:
                feature, threshold = int(self._feature[number]), float(self._threshold[number])
                made[number] = (feature, threshold, made.pop(left), made.pop(right))
        return made[root]


def _uniform(tree: Tree, width: int, start: int) -> tuple[Ints, Floats, Ints, Ints]:
    """The tree's nodes with one kind of comparison, numbered from `start`."""
    inner = tree.left >= 0
    turned = inner & tree.missing_left
    feature = np.where(inner, tree.feature, 0) + np.where(turned, width, 0)
    threshold = np.where(turned, -np.nextafter(tree.threshold, np.inf), tree.threshold)
    left = np.where(turned, tree.right, tree.left)
    right = np.where(turned, tree.left, tree.right)
    return feature, threshold, np.where(inner, left + start, -1), np.where(inner, right + start, -1)


def boosted(trees: Sequence[Fitted], width: int) -> Forest | None:
    """The trees of histogram gradient boosting; None where one takes categories apart."""
    nodes = [tree.nodes for tree in trees]
    if any(bool(part["is_categorical"].any()) for part in nodes):
        return None
    made = [
        Tree(
            part["feature_idx"].astype(np.int64),
            part["num_threshold"].astype(np.float64),
            np.where(part["is_leaf"] == 1, -1, part["left"].astype(np.int64)),
            np.where(part["is_leaf"] == 1, -1, part["right"].astype(np.int64)),
            part["missing_go_to_left"] == 1,
        )
        for part in nodes
    ]
    return Forest(made, width, np.concatenate([part["value"] for part in nodes])[:, None])


def grown(trees: Sequence[Fitted], width: int) -> Forest:
    """Decision trees (`tree_` of each), with a row of values for each node."""
    made = [
        Tree(
            tree.feature.astype(np.int64),
            tree.threshold.astype(np.float64),
            tree.children_left.astype(np.int64),
            tree.children_right.astype(np.int64),
            np.asarray(getattr(tree, "missing_go_to_left", np.zeros(tree.node_count))).astype(bool),
        )
        for tree in trees
    ]
    return Forest(made, width, np.concatenate([tree.value[:, 0, :] for tree in trees]))
