"""What a run is asked for, as it was given, and where one like it may be remembered."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path

import mldsl_local

import mldsl
from mldsl.records import record
from mldsl.runs.history import DEFAULT
from mldsl.runs.memory import FOLDER
from mldsl.syntax.grammar import grammar_path

# Where a program may say that its artifacts are. A hint at where to look, no more: what is found there is held against
# the whole program.
_ARTIFACTS = re.compile(r'\bartifacts\s*:\s*"([^"\\]*)"')


@record
class Asked:
    """A program's file as it was given, what was chosen of it, and texts for its parameters."""

    program: str
    profile: str | None = None
    to: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The program's folder."""
        return Path(self.program).parent

    @property
    def place(self) -> str:
        """The file in a store that remembers the last such run, whatever its parameters."""
        words = [str(Path.cwd()), self.program, self.profile, self.to]
        return f"{FOLDER}/{hashlib.sha256(json.dumps(words).encode()).hexdigest()[:32]}.json"


def places(asked: Asked) -> Iterator[Path]:
    """The directories that the run may be recorded in. Raises OSError where the program cannot be read."""
    text = Path(asked.program).read_text(encoding="utf-8", errors="replace")
    named = (found.removeprefix("file://") for found in _ARTIFACTS.findall(text))
    for name in dict.fromkeys([DEFAULT, *(name for name in named if name and "://" not in name)]):
        yield (asked.folder / name).absolute()


@cache
def identity() -> str:
    """What tells this mldsl and Python from any other: the version, and the state of every file of the code.

    Raises OSError where the code does not lie in files.
    """
    roots = (Path(mldsl.__file__).parent, Path(mldsl_local.__file__).parent, grammar_path().parent)
    states = sorted({state for root in roots for state in _states(str(root))})
    words = [mldsl.__version__, sys.version, states]
    return hashlib.sha256(json.dumps(words).encode("utf-8", "surrogatepass")).hexdigest()


def _states(root: str) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of change of every file in a folder and below."""
    waiting = [root]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.name == "__pycache__":
                    continue
                if entry.is_dir():
                    waiting.append(entry.path)
                else:
                    status = entry.stat()
                    yield entry.path, status.st_size, status.st_mtime_ns
