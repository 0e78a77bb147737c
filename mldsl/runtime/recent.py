"""Small tables that this process has just stored: who reads one next need not read its file.

They are known by the hash of their file's content, and never change.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Bytes of all of them; the one that was longest not asked for goes first.
_MOST = 32 << 20

# The tables, each with its size: to ask for that takes long enough to do it once.
_frames: OrderedDict[str, tuple[pl.DataFrame, float]] = OrderedDict()
_lock = threading.Lock()


def keep(digest: str, frame: pl.DataFrame) -> None:
    """Remember the table whose file has that hash."""
    with _lock:
        _frames[digest] = frame, frame.estimated_size()
        size = sum(size for _, size in _frames.values())
        while size > _MOST:
            size -= _frames.popitem(last=False)[1][1]


def find(digest: str) -> pl.DataFrame | None:
    """The table whose file has that hash, if it is remembered."""
    with _lock:
        found = _frames.get(digest)
        if found is None:
            return None
        _frames.move_to_end(digest)
        return found[0]
