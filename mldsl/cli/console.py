"""What the commands print: people read standard error, or standard output where the text is what they asked for."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from mldsl.diagnostics.model import Diagnostic
    from mldsl.diagnostics.render.text import Style
    from mldsl.errors import MldslError

PIPE_CLOSED = 141
"""The exit status when whoever read standard output has gone: that of a program which SIGPIPE ends."""

_NARROWEST = 60


def out(text: str, end: str = "\n") -> None:
    """Print `text` and `end` on standard output. Raises MldslError when that cannot be written."""
    try:
        print(text, end=end)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(error) from None


def out_json(document: object) -> None:
    """Print one JSON document on standard output, in ASCII, which every reader and every terminal takes."""
    import json

    out(json.dumps(document, indent=2, allow_nan=False))


def say(text: str) -> None:
    """Tell people something, on standard error, after what standard output has been given so far.

    Where standard error cannot be written there is nobody to tell so; the work goes on.
    """
    finish()
    try:
        print(text, file=sys.stderr, flush=True)
    except BrokenPipeError:
        raise
    except OSError:
        _abandon(sys.stderr)


def finish() -> None:
    """Hand over what is still in the buffer. Raises MldslError when standard output cannot be written."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> MldslError:
    from mldsl.errors import MldslError

    abandon_stdout()
    return MldslError(f"standard output cannot be written: {error.strerror}")


def tell(error: MldslError) -> None:
    """Say what went wrong and what to do instead."""
    style = style_of(sys.stderr)
    say(f"{style.paint('error', 'error')}: {error.message}")
    if error.help:
        say(f"{style.paint('help', 'help')}: {error.help}")


def show(diagnostics: Sequence[Diagnostic]) -> None:
    """The diagnostics for people, and how many there are; nothing for none."""
    from mldsl.diagnostics.render.text import render_text, summary

    if diagnostics:
        say(render_text(diagnostics, style_of(sys.stderr)) + summary(diagnostics))


def style_of(stream: TextIO) -> Style:
    """Colours on a terminal only, and not where NO_COLOR is set (https://no-color.org); lines as wide as it is."""
    from mldsl.diagnostics.render.text import PLAIN, Style

    if not stream.isatty():
        return PLAIN
    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return Style(color)
    return Style(color, max(columns - 8, _NARROWEST)) if columns else Style(color)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Text in columns, each as wide as its widest cell; the columns numbered in `right` are set to the right."""
    from mldsl.diagnostics.render.cells import visible, width

    lines = [[visible(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    flush = frozenset(right)
    return "\n".join(
        "  ".join(
            " " * (wide - width(cell)) + cell if at in flush else cell + " " * (wide - width(cell))
            for at, (cell, wide) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def prepare_streams() -> None:
    """A character that the terminal's encoding does not have is shown as `?`, never an error.

    Where a stream was closed by whoever started mldsl (`>&-`), what is written to it goes nowhere. Its number is taken
    too: otherwise the next file that is opened would get it, and with it all that libraries print.
    """
    _hold_closed_descriptors()
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _hold_closed_descriptors() -> None:
    """Open nothing in the place of each of the three standard streams that is closed."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free


def abandon_stdout() -> None:
    """Nobody reads standard output any more: what is still in its buffer goes nowhere, without a complaint at exit."""
    _abandon(sys.stdout)


def _abandon(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
