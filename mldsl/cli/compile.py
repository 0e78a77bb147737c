"""`mldsl compile FILE --target T`: a backend's files for a program."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.program import add_program, load

EXAMPLES = """\
  mldsl compile pipeline.ml --target local -o build
  mldsl compile pipeline.ml --target local --profile prod"""


def add_arguments(parser: Arguments) -> None:
    """For whom, and where to."""
    add_program(parser, params=False)
    parser.add_argument("--target", required=True, metavar="TARGET", help="the backend; `mldsl targets` lists them")
    parser.add_argument(
        "-o", "--output", metavar="DIR", help="where the files go; build/TARGET beside the program by default"
    )


def run(options: Namespace) -> int:
    """Write the files and say where they are."""
    program = load(options)
    folder = Path(options.output) if options.output else program.folder / "build" / options.target
    for name in program.compile(options.target, folder):
        console.say(f"wrote {folder / name}")
    return 0
