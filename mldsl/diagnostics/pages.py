"""The page of a diagnostic, wherever it is: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_PLACES = (_PACKAGE / "docs" / "diagnostics", _PACKAGE.parent / "docs" / "diagnostics")


def page(code: str) -> str:
    """The Markdown of `code`'s page. Raises FileNotFoundError where the installation has lost its pages."""
    for place in _PLACES:
        path = place / f"{code}.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise FileNotFoundError(f"the page of {code} is missing from {_PLACES[0]} and {_PLACES[1]}; reinstall mldsl")
