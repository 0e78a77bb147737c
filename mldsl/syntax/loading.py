"""`read_source`: a file on disk to a `SourceFile`, or one clear sentence on why not."""

from __future__ import annotations

import os
from pathlib import Path

from mldsl.errors import MldslError
from mldsl.source import Position, SourceFile

MAX_BYTES = 4 * 2**20
"""A larger program is refused: no pipeline is that long, a data file given by mistake is."""

_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "zip", b"PAR1": "Parquet", b"\x1f\x8b": "gzip"}


class UnreadableFileError(MldslError):
    """A file that cannot be read as a program.

    `message` is a sentence that names the file, `help` (may be None) says what to do, `position` is the place in the
    file if it has one. The exit status is 2 where the file cannot be had, 1 where what is in it is no program.
    """

    exit_status = 2

    def __init__(self, message: str, help_: str | None = None, position: Position | None = None) -> None:
        super().__init__(message, help_)
        self.position = position


class NotAProgramError(UnreadableFileError):
    """A file that can be read, but not as text that could be a program."""

    exit_status = 1


def read_source(path: str | os.PathLike[str], shown: str | None = None) -> SourceFile:
    """Read the program at `path`, called `shown` in messages (by default as given).

    A byte-order mark is dropped; line ends stay as they are. Raises UnreadableFileError for a file that is missing, a
    directory, not readable, larger than `MAX_BYTES`, or not UTF-8.
    """
    name = shown if shown is not None else os.fspath(path)
    return decode_source(_read_bytes(Path(path), name), name)


def decode_source(data: bytes, name: str) -> SourceFile:
    """The program in `data`, called `name` in messages. Raises NotAProgramError for what is too large or not UTF-8."""
    if len(data) > MAX_BYTES:
        raise NotAProgramError(f"`{name}` is larger than {MAX_BYTES // 2**20} MB, too large for a program")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise _not_utf8(data, wrong, name) from None
    return SourceFile(name, text.removeprefix("\ufeff"))


def _read_bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableFileError(f"there is no file `{name}`", _nearby(path)) from None
    except IsADirectoryError:
        raise UnreadableFileError(f"`{name}` is a directory, not a program", _programs_in(path)) from None
    except PermissionError:
        raise UnreadableFileError(f"`{name}` may not be read", "its permissions do not allow it") from None
    except (OSError, ValueError) as wrong:
        reason = getattr(wrong, "strerror", None) or str(wrong)
        raise UnreadableFileError(f"`{name}` cannot be read: {reason}") from None


def _not_utf8(data: bytes, wrong: UnicodeDecodeError, name: str) -> NotAProgramError:
    kind = next((kind for mark, kind in _OTHER_ENCODINGS.items() if data.startswith(mark)), None)
    help_ = "save it as UTF-8" if kind in (None, "UTF-16") else None
    if kind is not None:
        return NotAProgramError(f"`{name}` is not UTF-8 text but looks like {kind}", help_)
    line_start = data.rfind(b"\n", 0, wrong.start) + 1
    line = data.count(b"\n", 0, wrong.start) + 1
    column = len(data[line_start : wrong.start].decode("utf-8").removeprefix("\ufeff")) + 1
    message = f"`{name}` is not UTF-8 text: byte 0x{data[wrong.start]:02x} at line {line}, column {column}"
    return NotAProgramError(message, help_, Position(line, column))


def _nearby(path: Path) -> str | None:
    """A file of almost the same name in the same directory."""
    from mldsl.diagnostics.suggest import suggest

    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return None
    found = suggest(path.name, names)
    return None if found is None else f"did you mean `{path.parent / found}`?"


def _programs_in(path: Path) -> str | None:
    found = sorted(path.glob("*.ml"))
    return f"did you mean `{found[0]}`?" if found else None
