"""`mldsl fmt FILE…`: the one canonical layout, written, only asked about, or shown as a difference."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.errors import MldslError
from mldsl.source import SourceFile

EXAMPLES = """\
  mldsl fmt pipeline.ml
  mldsl fmt --check pipelines/*.ml      exit status 1 when one is laid out otherwise
  mldsl fmt --diff pipeline.ml
  mldsl fmt - < pipeline.ml             from standard input to standard output"""

STDIN = "-"


def add_arguments(parser: Arguments) -> None:
    """The files, and what becomes of the result."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a program; - is standard input")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--check", action="store_true", help="write nothing; say which files would change")
    instead.add_argument("--diff", action="store_true", help="write nothing; show what would change")


def run(options: Namespace) -> int:
    """Format every file; the status is the worst of them."""
    status = 0
    for path in dict.fromkeys(options.files):
        try:
            status = max(status, _format(path, options))
        except MldslError as error:
            console.tell(error)
            status = max(status, error.exit_status)
    return status


def _format(path: str, options: Namespace) -> int:
    from mldsl.syntax.fmt import format_text
    from mldsl.syntax.loading import MAX_BYTES, decode_source, read_source

    file = decode_source(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>") if path == STDIN else read_source(path)
    result = format_text(file)
    if result.fault is not None:
        raise MldslError(result.fault)
    if result.text is None:
        console.show(result.diagnostics)
        return 1
    if options.diff:
        console.out(_difference(file, result.text), end="")
    elif options.check:
        if result.changed:
            console.say(f"{file.path} would be laid out otherwise")
    elif path == STDIN:
        console.out(result.text, end="")
    elif result.changed:
        from mldsl.cli.files import replace_text

        replace_text(Path(path), result.text)
        console.say(f"{file.path} formatted")
    return int(result.changed and (options.diff or options.check))


def _difference(file: SourceFile, text: str) -> str:
    """A unified difference that `patch` takes."""
    from difflib import unified_diff

    difference = unified_diff(_lines(file.text), _lines(text), file.path, file.path)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in difference)


def _lines(text: str) -> list[str]:
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])
