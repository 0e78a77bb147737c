"""Amounts in words, as messages have them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`90 s`, `10 min`, `2.5 h`."""
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} min" if seconds < 7200 else f"{seconds / 3600:g} h"
