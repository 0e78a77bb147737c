"""Bins: scikit-learn's histogram boosting bins its rows at every fit, and all trials on the same rows bin them alike.

There is no public way to give it rows that are binned already, so its own method is called once and what it made is
given to the fits that follow. Where that method is missing or takes other arguments than are known here, every fit bins
on its own: slower, and the same models.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from copy import copy
from threading import Lock

import numpy as np

from mldsl.runtime.models.features import Floats
from mldsl.runtime.models.untyped import Fitted, Prepared

_KNOWN = frozenset({"X", "sample_weight", "is_training_data"})


class Bins:
    """The bins of some rows, and the rows in them, as they were made last: a byte for each value."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._key: Hashable = None
        self._mapper: Fitted = None
        self._binned: Prepared = None

    @contextmanager
    def shared(self, estimator: Fitted, rows: int) -> Iterator[None]:
        """A fit of the estimator in here takes the bins of the one before where it would make the same."""
        own = getattr(estimator, "_bin_data", None)
        if own is None:
            yield
            return
        signature = inspect.signature(own)

        def bin_data(*given: Fitted, **named: Fitted) -> Prepared:
            arguments = signature.bind(*given, **named).arguments
            if not _alike(arguments, estimator, rows):
                return own(*given, **named)
            key = _key(estimator, arguments.get("sample_weight"))
            with self._lock:
                if key != self._key:
                    self._binned = own(*given, **named)
                    self._key, self._mapper = key, estimator._bin_mapper
                estimator._bin_mapper = copy(self._mapper)
                return self._binned

        estimator._bin_data = bin_data
        try:
            yield
        finally:
            del estimator._bin_data


def _alike(arguments: dict[str, Fitted], estimator: Fitted, rows: int) -> bool:
    """Whether these are all training rows (some may be held out), with no column that the estimator takes apart."""
    if not set(arguments) <= _KNOWN or not arguments.get("is_training_data") or len(arguments["X"]) != rows:
        return False
    mapper = getattr(estimator, "_bin_mapper", None)
    return mapper is not None and getattr(mapper, "is_categorical", True) is None


def _key(estimator: Fitted, weights: Floats | None) -> Hashable:
    """What bins depend on beside the rows."""
    weighed = None if weights is None else hashlib.sha256(np.ascontiguousarray(weights).tobytes()).digest()
    mapper = estimator._bin_mapper
    return type(estimator).__name__, mapper.n_bins, getattr(mapper, "subsample", None), mapper.random_state, weighed
