"""What the row path leaves to the reference path."""

from __future__ import annotations


class Beyond(Exception):  # noqa: N818 - it reads as what is the matter
    """A value, an error or a part of a plan that the row path has no answer to."""
