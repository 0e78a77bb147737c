"""Where the grammar is, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_PLACES = (_PACKAGE / "grammar" / "mldsl.lark", _PACKAGE.parent / "grammar" / "mldsl.lark")


def grammar_path() -> Path:
    """The grammar's file: `mldsl/grammar/` in an installed package, `grammar/` beside the package in a checkout."""
    for place in _PLACES:
        if place.is_file():
            return place
    raise FileNotFoundError(
        f"mldsl's grammar is missing: neither {_PLACES[0]} nor {_PLACES[1]} is there; reinstall mldsl"
    )


def grammar_text() -> str:
    """The grammar as written."""
    return grammar_path().read_text(encoding="utf-8")
