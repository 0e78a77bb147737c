"""Golden files: what must come out. `UPDATE_GOLDEN=1 pytest …` writes them anew; read them before committing."""

from __future__ import annotations

import os
from pathlib import Path


def same_as(path: Path, text: str) -> None:
    """Asserts that `text` is what the golden file holds."""
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"no golden file {path}: write it with UPDATE_GOLDEN=1"
    assert text == path.read_text(encoding="utf-8")
