"""Every test here runs on every engine."""

from tests.support.engines import engine

__all__ = ["engine"]
