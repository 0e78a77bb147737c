"""Processes that carry out steps which take Python's lock, or which may have to be killed."""

from __future__ import annotations

from mldsl.runtime.processes.messages import Surroundings, Terms
from mldsl.runtime.processes.needs import needs_process
from mldsl.runtime.processes.pool import Pool

__all__ = ["Pool", "Surroundings", "Terms", "needs_process"]
