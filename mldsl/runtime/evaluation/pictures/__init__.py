"""Reports as pictures: SVG files that are drawn from an evaluation's JSON alone."""

from __future__ import annotations

from mldsl.runtime.evaluation.pictures.draw import draw

__all__ = ["draw"]
