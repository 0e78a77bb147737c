"""The graph as an SVG picture, laid out in layers by ourselves: no program has to be installed for it."""

from __future__ import annotations

from mldsl.plan.render.svg.draw import render

__all__ = ["render"]
