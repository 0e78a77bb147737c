"""mldsl: one small declarative language for the whole machine-learning lifecycle.

`mldsl.load("pipeline.ml")` reads and checks a program; see `mldsl.api`. Everything is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mldsl.api import Program, clean, find_run, history, load
    from mldsl.errors import MldslError, PlanError, ProgramError, StepError, StoreError, UsageError

__version__ = "0.1.0"

__all__ = [
    "MldslError",
    "PlanError",
    "Program",
    "ProgramError",
    "StepError",
    "StoreError",
    "UsageError",
    "__version__",
    "clean",
    "find_run",
    "history",
    "load",
]

_API = ("Program", "clean", "find_run", "history", "load")


def __getattr__(name: str) -> object:
    """What `__all__` lists, from the module that has it."""
    if name not in __all__:
        raise AttributeError(f"module 'mldsl' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("mldsl.api" if name in _API else "mldsl.errors"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
