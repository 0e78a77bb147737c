"""Pictures as numbers: decoded once to squares of one size, then their pixels, or a vector of what they look like.

The vector's directions are the principal components, among the training pictures, of three descriptors that need no
network: the picture in 16 × 16 greys, the mean colours of 4 × 4 fields, and histograms of oriented gradients (Dalal and
Triggs 2005) over 8 × 8 cells, each of the three weighted to vary equally in all. Missing is all zeros.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.untyped import Prepared

Floats = npt.NDArray[np.float64]
Squares = npt.NDArray[np.int16]
"""Rows × side × side × 3 (red, green, blue) from 0 to 255; -1 all over where there is no picture."""

EMBEDDED_SIDE = 32
_GREY = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
_CELLS, _DIRECTIONS = 8, 9


def squares(column: pl.Series, side: int) -> Squares:
    """The pictures in a column of files' bytes. Raises StepFailed, naming the row, for bytes that are no picture."""
    from PIL import Image

    from mldsl.runtime.sources.images import decoded
    from mldsl.runtime.sources.one_each import UnreadableError

    found = np.full((len(column), side, side, 3), -1, np.int16)
    for row, data in enumerate(column.to_list()):
        if data is None:
            continue
        try:
            picture = decoded(data)
        except UnreadableError as error:
            raise StepFailed(f"`{column.name}` of row {row + 1:,} cannot be read: {error}") from error
        grows = min(picture.size) < side
        by = Image.Resampling.BILINEAR if grows else Image.Resampling.BOX  # smooth, or the mean of what becomes one
        found[row] = np.asarray(_opaque(picture, Image).resize((side, side), by))
    return found


def _opaque(picture: object, module: object) -> Prepared:
    """In colours, what shines through lying on white."""
    if "A" in picture.getbands() or "transparency" in picture.info:  # type: ignore[attr-defined]
        above = picture.convert("RGBA")  # type: ignore[attr-defined]
        below = module.new("RGBA", above.size, "white")  # type: ignore[attr-defined]
        return module.alpha_composite(below, above).convert("RGB")  # type: ignore[attr-defined]
    if picture.mode.startswith("I;16"):  # type: ignore[attr-defined]
        return module.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")  # type: ignore[attr-defined]
    return picture.convert("RGB")  # type: ignore[attr-defined]


class Pixels:
    """Each pixel as a number from 0 to 1: one of grey, or three of red, green and blue. Nothing is learned."""

    def __init__(self, side: int, color: bool) -> None:
        self.size = side * side * (3 if color else 1)
        self.color = color

    def fit_transform(self, pictures: Squares, target: object = None) -> Floats:
        """Nothing is learned."""
        return self.transform(pictures)

    def transform(self, pictures: Squares) -> Floats:
        """Rows × pixels, row by row of the picture."""
        there = np.maximum(pictures, 0) / 255.0
        return (there if self.color else there @ _GREY).reshape(len(pictures), -1)


class PictureEmbedding:
    """A vector for each picture; `size` long, zeros where the training pictures have fewer directions."""

    def __init__(self, size: int) -> None:
        self.size = size

    def fit_transform(self, pictures: Squares, target: object = None) -> Floats:
        """Learns how much each descriptor varies, and the directions."""
        from sklearn.decomposition import PCA

        parts = _descriptors(pictures)
        self.weights = [1 / max(float(np.sqrt(part.var(axis=0).sum())), 1e-12) for part in parts]
        whole = self._together(parts)
        self.directions = PCA(min(self.size, *whole.shape), svd_solver="full")
        with np.errstate(invalid="ignore"):  # the shares of variance of pictures that are all alike
            return self._widened(self.directions.fit_transform(whole), pictures)

    def transform(self, pictures: Squares) -> Floats:
        """Rows × size."""
        return self._widened(self.directions.transform(self._together(_descriptors(pictures))), pictures)

    def _together(self, parts: list[Floats]) -> Floats:
        return np.hstack([part * weight for part, weight in zip(parts, self.weights, strict=True)])

    def _widened(self, vectors: Floats, pictures: Squares) -> Floats:
        missing = pictures[:, 0, 0, 0] < 0
        found = np.pad(vectors, ((0, 0), (0, self.size - vectors.shape[1])))
        return np.where(missing[:, None], 0.0, found)


def _descriptors(pictures: Squares) -> list[Floats]:
    colors = np.maximum(pictures, 0) / 255.0
    greys = colors @ _GREY
    rows = len(pictures)
    fields = _means(colors, 4).reshape(rows, -1)
    return [_means(greys[..., None], 16).reshape(rows, -1), fields, _gradients(greys)]


def _means(pictures: Floats, count: int) -> Floats:
    """The means of count × count fields of each picture."""
    rows, side, _, channels = pictures.shape
    step = side // count
    found = pictures.reshape(rows, count, step, count, step, channels).mean(axis=(2, 4))
    return np.asarray(found, np.float64)


def _gradients(greys: Floats) -> Floats:
    """For each cell the strengths of its edges by direction (of 180°, shared by the two nearest), each picture's of
    length 1.
    """
    down, right = np.gradient(greys, axis=(1, 2)) if len(greys) else (greys, greys)
    strength = np.hypot(down, right)
    place = (np.arctan2(down, right) % np.pi) / np.pi * _DIRECTIONS
    lower = np.floor(place).astype(int) % _DIRECTIONS
    share = place - np.floor(place)
    found = []
    for direction in range(_DIRECTIONS):
        near = np.where(lower == direction, 1 - share, 0) + np.where((lower + 1) % _DIRECTIONS == direction, share, 0)
        found.append(_means((strength * near)[..., None], _CELLS)[..., 0])
    whole = np.stack(found, axis=-1).reshape(len(greys), -1)
    length = np.linalg.norm(whole, axis=1, keepdims=True)
    return np.where(length > 0, whole / np.where(length > 0, length, 1), 0.0)
