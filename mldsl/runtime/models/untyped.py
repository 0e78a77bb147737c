"""Names for the values of libraries that have no types of their own, so that signatures still say what is meant."""

from __future__ import annotations

from typing import Any

Prepared = Any
"""Rows × columns: a NumPy array (of floats; of strings and None for a text), or a SciPy CSR array."""

Fitted = Any
"""An estimator or a transformer of scikit-learn, or one with its protocol."""

Json = Any
"""Plain JSON."""
