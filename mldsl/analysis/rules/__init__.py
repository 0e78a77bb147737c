"""Rules: what is worth a warning in a program that has a meaning; one file a rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.files import Files
from mldsl.diagnostics.model import Diagnostic
from mldsl.syntax import tree


def warnings(context: Context, declarations: Sequence[tree.Declaration], files: Files) -> Iterator[Diagnostic]:
    """What every rule has to say of a program whose declarations have been resolved."""
    yield from ()
