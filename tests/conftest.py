"""Settings of all tests: in continuous integration hypothesis takes the same examples every time."""

from __future__ import annotations

import os

from hypothesis import settings

# A run that lands or not must not depend on luck; at a developer's desk every run tries something new.
settings.register_profile("ci", derandomize=True, database=None, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")
