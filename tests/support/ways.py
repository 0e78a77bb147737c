"""Programs in Markdown: what the tests of leaks and of clean pipelines share.

A page begins with a block of sources, which stand before each of its programs. A program is a heading with a block
`ml`, and blocks `ml file=NAME` that it imports. A comment at a line's end says what is expected there (`# ML301`, in
SQL `-- ML301`); no comment, nothing. "Not ML301." says which rules somebody might expect to speak, and should not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.checking import HYGIENE, check_text

_BLOCK = re.compile(r"^```ml(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOT = re.compile(r"^Not ((?:ML\d{3}(?:, )?)+)\.$", re.MULTILINE)
_EXPECTED = re.compile(r"(?:#|--)((?: ML\d{3})+)$")


@dataclass(frozen=True, slots=True)
class Way:
    """A page and heading, the text with the page's sources before it, the files it imports, and the rules it tempts."""

    name: str
    text: str
    files: dict[str, str]
    not_: tuple[str, ...]

    def expected(self) -> list[tuple[int, str]]:
        """Line and code of what its comments say."""
        lines = enumerate(self.text.splitlines(), 1)
        return [(number, code) for number, line in lines for code in _codes(line)]

    def found(self) -> list[tuple[int, str]]:
        """Line and code of all that the checker says, hygiene left out, in the order of the lines."""
        said = check_text(self.text, files=self.files)
        places = ((item.span.file.position(item.span.start).line, item.code) for item in said)
        return sorted(item for item in places if item[1] not in HYGIENE)


def _codes(line: str) -> list[str]:
    found = _EXPECTED.search(line)
    return sorted(found[1].split()) if found is not None else []


def ways(folder: Path) -> Iterator[Way]:
    """All programs of the pages of a folder."""
    for page in sorted(folder.glob("*.md")):
        first, *rest = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        ((_, sources),) = _BLOCK.findall(first)
        for section in rest:
            blocks = dict(_BLOCK.findall(section))
            text = sources + blocks.pop("")
            tempting = _NOT.search(section)
            not_ = tuple(tempting[1].split(", ")) if tempting is not None else ()
            yield Way(f"{page.stem}: {section.partition(chr(10))[0]}", text, blocks, not_)
