"""Notices: what libraries warn of while a model is fitted, once each and in plain words."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_IGNORED = (
    DeprecationWarning,
    PendingDeprecationWarning,
    FutureWarning,
    RuntimeWarning,
    ImportWarning,
    ResourceWarning,
)


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is warned of in here; for what is tried and thrown away."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def noticed(name: str, found: list[str]) -> Iterator[None]:
    """Adds what is warned of in here to `found`, in the order in which it happens; `name` is the algorithm's."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        if not issubclass(warning.category, _IGNORED):
            message = _plain(name, warning.category.__name__, str(warning.message))
            if message not in found:
                found.append(message)


def _plain(name: str, category: str, text: str) -> str:
    if category == "ConvergenceWarning":
        return f"`{name}` stopped before it had converged: raise its `max_iter`, or scale the features"
    return f"`{name}`: {' '.join(text.split())}"
