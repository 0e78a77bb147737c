"""Seeds: one root seed gives every step its own."""

from __future__ import annotations

import hashlib


def derive_seed(root: int, path: str) -> int:
    """A seed from 0 to 2³² - 1 for what `path` names (a step's id, or `id/trial 3`): from SHA-256 of both."""
    return int.from_bytes(hashlib.sha256(f"{root}:{path}".encode()).digest()[:4], "big")
