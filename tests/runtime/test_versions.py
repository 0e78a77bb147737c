"""Versions of installed packages, read from the names of their descriptions."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from mldsl.runtime.versions import installed_version


@pytest.mark.parametrize("name", ["polars", "scikit-learn", "Scikit_Learn", "numpy", "pandas", "mldsl"])
def test_it_is_what_the_package_says(name: str):
    try:
        expected = metadata.version(name)
    except metadata.PackageNotFoundError:
        expected = None
    assert installed_version(name) == expected


def test_what_is_not_installed_has_none():
    assert installed_version("no-such-package-anywhere") is None


def test_the_first_place_of_the_path_counts(tmp_path: Path):
    for place, version in (("one", "1.2"), ("two", "3.4")):
        (tmp_path / place / f"some_thing-{version}.dist-info").mkdir(parents=True)
    code = "from mldsl.runtime.versions import installed_version as v; print(v('some.thing'), 'email' in sys.modules)"
    path = [str(tmp_path / "one"), str(tmp_path / "two"), *filter(None, sys.path)]
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == ["1.2", "False"]
