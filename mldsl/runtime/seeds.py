"""Seeds: one root seed gives every step its own."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager


def derive_seed(root: int, path: str) -> int:
    """A seed from 0 to 2³² - 1 for what `path` names (a step's id, or `id/trial 3`): from SHA-256 of both."""
    return int.from_bytes(hashlib.sha256(f"{root}:{path}".encode()).digest()[:4], "big")


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """While this lasts, the random generators of Python and NumPy that everybody shares start at `seed`.

    A user's function that draws from them gives the same every time, whatever was drawn before.
    """
    import numpy as np

    before, numpy_before = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(numpy_before)
