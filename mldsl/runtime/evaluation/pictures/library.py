"""matplotlib, imported whatever its surroundings say.

Notebooks and shells name a backend for drawing on a screen in `MPLBACKEND`, perhaps one that is not there; files are
drawn without any. Where it cannot keep its list of fonts it would say so at every run.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGER = logging.getLogger("matplotlib")


@contextmanager
def quiet() -> Iterator[None]:
    """Meanwhile matplotlib logs nothing but errors."""
    level = _LOGGER.level
    _LOGGER.setLevel(logging.ERROR)
    try:
        yield
    finally:
        _LOGGER.setLevel(level)


@contextmanager
def _without_backend() -> Iterator[None]:
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        yield
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend


with quiet(), _without_backend():
    import matplotlib
    from matplotlib.figure import Figure

__all__ = ["Figure", "matplotlib", "quiet"]
