"""Writes `mldsl/backend/tested.json`: the versions of all that mldsl brings in the environment that runs this.

Run it where the tests have passed: `python scripts/pin_tested.py`. It needs every extra but `airflow`.
"""

from __future__ import annotations

import json
import platform
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
# Not in an image of a pipeline's containers.
_NOT = ("airflow", "all", "dev", "lsp", "kubeflow")


def main() -> None:
    """Write the file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = _closure(project["dependencies"])
    extras = {
        name: {key: version for key, version in _closure(listed).items() if key not in core}
        for name, listed in sorted(project["optional-dependencies"].items())
        if name not in _NOT
    }
    python = ".".join(platform.python_version_tuple()[:2])
    found = {"python": python, "core": core, "extras": extras}
    path = ROOT / "mldsl" / "backend" / "tested.json"
    path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _closure(requirements: list[str]) -> dict[str, str]:
    """The installed versions of what is required, and of what that requires, by name."""
    found: dict[str, str] = {}
    waiting = [Requirement(text) for text in requirements]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if (name, frozenset(wanted.extras)) in seen:
            continue
        seen.add((name, frozenset(wanted.extras)))
        there = distribution(name)
        found[name] = there.version
        for text in there.requires or ():
            more = Requirement(text)
            if more.marker is None or any(more.marker.evaluate({"extra": extra}) for extra in (*wanted.extras, "")):
                waiting.append(more)
    return dict(sorted(found.items()))


if __name__ == "__main__":
    main()
