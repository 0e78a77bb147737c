"""The local backend: carries a plan out on this machine."""

from __future__ import annotations

from mldsl_local.backend import LocalBackend
from mldsl_local.options import RunOptions

__all__ = ["LocalBackend", "RunOptions"]
