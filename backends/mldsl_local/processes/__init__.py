"""Processes that carry out steps which take Python's lock, or which may have to be killed."""

from __future__ import annotations

from mldsl_local.processes.messages import Surroundings, Terms
from mldsl_local.processes.needs import needs_process
from mldsl_local.processes.pool import Pool

__all__ = ["Pool", "Surroundings", "Terms", "needs_process"]
