"""The metrics of a clustering: how near rows are to their own cluster and how far from the next.

Rows in no cluster (-1) count as a cluster of one row each: their silhouette is 0, and `davies_bouldin` leaves them out.
"""

from __future__ import annotations

import numpy as np

from mldsl.runtime.evaluation.judged import Floats, Judged

MOST_ROWS = 5_000
"""Of more rows the silhouette looks at this many, evenly spaced: it compares every row with every other."""


def silhouette(judged: Judged, counts: Floats) -> Floats:
    """The mean of the rows' silhouettes. Under a resample each row keeps the silhouette it has among all rows."""
    from sklearn.metrics import silhouette_samples

    points = _points(judged)
    seen = _evenly_spaced(judged.rows)
    clusters = judged.predicted[seen]
    inside = clusters >= 0
    groups = len(np.unique(clusters[inside]))
    if groups < 2 or groups >= int(inside.sum()):
        return np.full(len(counts), np.nan)
    each = np.zeros(len(seen))
    each[inside] = silhouette_samples(points[seen][inside], clusters[inside])
    weights = counts[:, seen]
    rows = weights.sum(axis=1)
    return np.asarray(np.where(rows == 0, np.nan, weights @ each / np.where(rows == 0, 1, rows)))


def davies_bouldin(judged: Judged, counts: Floats) -> Floats:
    """The mean, over clusters, of the greatest (spread + spread) / distance of centres to another cluster."""
    points, there = _points(judged), np.unique(judged.predicted[judged.predicted >= 0])
    if len(there) < 2:
        return np.full(len(counts), np.nan)
    members = [np.flatnonzero(judged.predicted == cluster) for cluster in there]
    return np.array([_davies_bouldin(points, members, row) for row in counts])


def _davies_bouldin(points: Floats, members: list[np.typing.NDArray[np.intp]], row: Floats) -> float:
    members = [rows for rows in members if row[rows].sum() > 0]
    if len(members) < 2:
        return float("nan")
    centres = np.array([np.average(points[rows], axis=0, weights=row[rows]) for rows in members])
    spreads = np.array(
        [
            np.average(np.linalg.norm(points[rows] - centre, axis=1), weights=row[rows])
            for rows, centre in zip(members, centres, strict=True)
        ]
    )
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    apart[apart == 0] = np.inf
    return float(((spreads[:, None] + spreads[None]) / apart).max(axis=1).mean())


def _points(judged: Judged) -> Floats:
    if judged.points is None:
        raise ValueError("a clustering is judged by its points")
    return judged.points


def _evenly_spaced(rows: int) -> np.typing.NDArray[np.intp]:
    if rows <= MOST_ROWS:
        return np.arange(rows)
    return np.linspace(0, rows - 1, MOST_ROWS).astype(np.intp)
