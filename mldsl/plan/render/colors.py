"""The colours of the kinds of steps, the same in every drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Colors(NamedTuple):
    """A light one for a box, a strong one for its line."""

    fill: str
    line: str


COLORS: Mapping[str, Colors] = {
    "source": Colors("#e3f2fd", "#1976d2"),
    "check": Colors("#fff8e1", "#f59f00"),
    "transform": Colors("#f1f3f5", "#868e96"),
    "split": Colors("#e6fcf5", "#0ca678"),
    "model": Colors("#f3e8ff", "#7c3aed"),
    "evaluate": Colors("#fff0f6", "#d6336c"),
    "deploy": Colors("#ebfbee", "#2f9e44"),
    "monitor": Colors("#fff4e6", "#e8590c"),
}
