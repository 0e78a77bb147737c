"""The versions of all that mldsl brings with which it was tested: what an image pins. See `scripts/pin_tested.py`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def _read() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(Path(__file__).with_name("tested.json").read_text(encoding="utf-8"))
    return found


def python() -> str:
    """The version of Python, such as `3.11`."""
    return str(_read()["python"])


def constraints(extras: Iterable[str], requirements: str) -> str:
    """The text of a `constraints.txt` for mldsl with these extras: a line for each package.

    Those that `requirements` names itself are left to it.
    """
    tested = _read()
    pinned: dict[str, str] = dict(tested["core"])
    for extra in extras:
        pinned |= tested["extras"].get(extra, {})
    own = {_plain(found[1]) for line in requirements.splitlines() if (found := _NAME.match(line))}
    lines = [f"{name}=={version}" for name, version in sorted(pinned.items()) if name not in own]
    return "\n".join(["# what this version of mldsl was tested with", *lines]) + "\n"


def _plain(name: str) -> str:
    """As PyPI tells names apart."""
    return re.sub(r"[-_.]+", "-", name).lower()
