"""The diagnostics' pages, read the way the tests need them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mldsl.diagnostics.codes import CODES, Code

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "diagnostics"
LATER = "Checked from a later version on."

# The options under which what is checked for a target is found.
TARGETS = {"ML601": {}, "ML602": {"operator": "kubernetes reg.io/ml:1"}, "ML604": {}}

_BLOCK = re.compile(r"^```(\w+) (wrong|right|file=\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its text, its two programs, and the files they need by their path."""

    code: Code
    text: str
    wrong: str
    right: str
    files: dict[str, str]

    @property
    def later(self) -> bool:
        """Whether the page says that its rule is not checked yet."""
        return LATER in self.text

    def write(self, folder: Path, program: str) -> Path:
        """Put a program and the files it needs into `folder`; its path."""
        inner = folder / "programs"
        for name, text in self.files.items():
            path = inner / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        path = inner / f"{self.code.code}.ml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(program, encoding="utf-8")
        return path


@cache
def read_page(code: str) -> Page:
    """The page of a code; its two programs must be there."""
    text = (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    blocks = {kind: content for _, kind, content in _BLOCK.findall(text)}
    files = {kind.removeprefix("file="): content for kind, content in blocks.items() if kind.startswith("file=")}
    return Page(CODES[code], text, blocks["wrong"], blocks["right"], files)
