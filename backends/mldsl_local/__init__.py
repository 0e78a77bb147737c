"""The local backend: carries a plan out on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mldsl_local.backend import LocalBackend
    from mldsl_local.options import RunOptions

__all__ = ["LocalBackend", "RunOptions"]


def __getattr__(name: str) -> object:
    """What `__all__` lists, when it is first used: a run in which nothing has changed needs neither."""
    if name not in __all__:
        raise AttributeError(f"module 'mldsl_local' has no attribute {name!r}")
    from mldsl_local import backend, options

    return backend.LocalBackend if name == "LocalBackend" else options.RunOptions
