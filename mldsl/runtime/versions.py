"""Which version of a library is installed, without importing it, nor what reads the descriptions of packages."""

from __future__ import annotations

import os
import re
import sys
from functools import cache

# What an installed package is described in: `scikit_learn-1.6.0.dist-info`.
_DESCRIPTION = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)\.dist-info")


@cache
def library_version(library: str) -> str | None:
    """The installed version of a library that keys ask for; xgboost also goes by another name."""
    return installed_version(library) or installed_version(f"{library}-cpu")


def installed_version(library: str) -> str | None:
    """The version of the package of that name; None if it is not there."""
    for place in sys.path:
        found = _installed(place).get(_plain(library))
        if found is not None:
            return found
    return _by_description(library)


def _by_description(library: str) -> str | None:
    """The version of a package that is installed in another way (an egg, a zip file)."""
    from importlib import metadata

    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


@cache
def _installed(place: str) -> dict[str, str]:
    """The versions of the packages in a directory of Python's path, by their plain names."""
    try:
        with os.scandir(place or ".") as entries:
            names = [entry.name for entry in entries]
    except OSError:
        return {}
    found = (match for name in names if (match := _DESCRIPTION.fullmatch(name)) is not None)
    return {_plain(match["name"]): match["version"] for match in found}


def _plain(name: str) -> str:
    """A package's name with the spelling out of it that does not count."""
    return re.sub(r"[-_.]+", "_", name).lower()
