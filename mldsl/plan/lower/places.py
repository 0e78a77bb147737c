"""Paths and places of a plan: relative to the program's folder, with `/`, so that a plan means the same everywhere."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mldsl.records import record
from mldsl.source import Span

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@record
class Places:
    """What relates to the folder of the program."""

    folder: str

    @classmethod
    def of(cls, program_path: str) -> Places:
        """The places of the program in that file."""
        return cls(os.path.dirname(program_path) or ".")  # noqa: PTH120 - Path would lose a leading `./`

    def relative(self, path: str) -> str:
        """`path`, joined to the working directory, as seen from the program's folder.

        URIs stay, and so do absolute paths unless the program's own path is absolute as well and shares a folder.
        """
        if _URI.match(path) or path[1:2] == ":" or (Path(path).is_absolute() and not self._shares_root(path)):
            return path
        return os.path.relpath(path, self.folder).replace(os.sep, "/")

    def location(self, span: Span) -> str:
        """`file:line:column` of where `span` starts."""
        line, column = span.file.position(span.start)
        return f"{self.relative(span.file.path)}:{line}:{column}"

    def _shares_root(self, path: str) -> bool:
        folder = Path(self.folder)
        return folder.is_absolute() and folder.parts[1:2] == Path(path).parts[1:2] != ()
