"""Tokens, as the layout hands them to the parser."""

from __future__ import annotations

from dataclasses import dataclass

END = "_END"
"""The terminal of a statement's end: a line's end or a `;`."""

FINISH = "$END"
"""The terminal of the file's end."""

WRONG = "WRONG"
"""A token that no rule takes and whose mistake has been reported already."""


@dataclass(slots=True, eq=False)
class Token:
    """A terminal's name and the characters `start` up to `end` it was read from."""

    type: str
    text: str
    start: int
    end: int
