"""What a step prints: kept in a file of the run's logs, as far as anyone would read it, without secrets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from io import BufferedWriter
from pathlib import Path

# Bytes: of what is printed the beginning is kept, and the end.
_HEAD, _TAIL = 1 << 20, 1 << 16


@dataclass(slots=True)
class Printed:
    """What one attempt at a step prints. `place` gives the file, when there is something to write."""

    place: Callable[[], Path]
    redact: Callable[[str], str]
    _path: Path | None = None
    _file: BufferedWriter | None = None
    _line: bytes = b""  # not written yet: a secret must not be cut in two
    _taken: int = 0
    _total: int = 0
    _tail: bytearray = field(default_factory=bytearray)

    @property
    def tail(self) -> str:
        """The last of it."""
        return self._tail.decode("utf-8", "replace")

    def add(self, data: bytes) -> None:
        """Take what comes next."""
        head = data[: max(_HEAD - self._taken, 0)]
        self._total += len(data)
        self._taken += len(head)
        self._tail += data
        del self._tail[:-_TAIL]
        whole, end, rest = (self._line + head).rpartition(b"\n")
        self._line = rest
        self._write(whole + end)

    def close(self) -> Path | None:
        """Write what is left; the file, if anything was printed."""
        self._write(self._line)
        left_out = self._total - self._taken
        if left_out > 0:
            end = bytes(self._tail[-left_out:])
            omitted = left_out - len(end)
            self._write((f"\n… {omitted:,} bytes left out …\n".encode() if omitted else b"") + end)
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        return self._path

    def _write(self, data: bytes) -> None:
        """A log that cannot be written is no reason for a step to fail."""
        if not data:
            return
        with suppress(OSError):
            if self._file is None:
                self._path = self.place()
                self._file = self._path.open("ab")
            self._file.write(self.redact(data.decode("utf-8", "replace")).encode("utf-8", "replace"))
            self._file.flush()
