"""`mldsl check FILE…`: everything that is wrong with programs; nothing is run."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.syntax.loading import UnreadableFileError

if TYPE_CHECKING:
    from mldsl.diagnostics.model import Diagnostic

EXAMPLES = """\
  mldsl check pipeline.ml
  mldsl check pipelines/*.ml
  mldsl check pipeline.ml --format json | jq '.diagnostics[].code'"""


def add_arguments(parser: Arguments) -> None:
    """The files, and for whom the result is."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a program; what it imports is checked with it")
    parser.add_argument(
        "--format", choices=("human", "json"), default="human", help="for people (the default), or one JSON document"
    )


def run(options: Namespace) -> int:
    """Check every file; the status is the worst of them."""
    from mldsl.analysis.analyze import check

    found: list[Diagnostic] = []
    status = 0
    for path in dict.fromkeys(options.files):
        try:
            found += check(path).diagnostics
        except UnreadableFileError as error:
            console.tell(error)
            status = max(status, error.exit_status)
    if found or not status or options.format == "json":
        _print(found, options.format)
    return max(status, 1 if any(item.severity.value == "error" for item in found) else 0)


def _print(found: list[Diagnostic], format_: str) -> None:
    if format_ == "json":
        from mldsl.diagnostics.render.json import document

        console.out_json(document(found))
    elif found:
        console.show(found)
    else:
        console.say("no errors")
