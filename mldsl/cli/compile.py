"""`mldsl compile FILE --target T`: a backend's files for a program."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.program import add_program, load
from mldsl.cli.targeting import add_target, of_target

EXAMPLES = """\
  mldsl compile pipeline.ml --target airflow -o ~/airflow/dags
  mldsl compile pipeline.ml --target airflow --profile prod --operator kubernetes ghcr.io/me/ml:1
  mldsl compile pipeline.ml --target airflow --granularity declaration --folder /opt/programs/pipeline
  mldsl compile pipeline.ml --target local -o build"""


def add_arguments(parser: Arguments) -> None:
    """For whom, and where to."""
    add_program(parser, params=False)
    parser.add_argument(
        "-o", "--output", metavar="DIR", help="where the files go; build/TARGET beside the program by default"
    )
    parser.add_argument("--force", action="store_true", help="overwrite files that were edited or are not mldsl's")
    add_target(parser, "the backend; `mldsl targets` lists them", required=True)


def run(options: Namespace) -> int:
    """Write the files and say where they are."""
    program = load(options)
    folder = Path(options.output) if options.output else program.folder / "build" / options.target
    files = program.compile(options.target, folder, of_target(options), force=options.force, tell=console.say)
    for name in files:
        console.say(f"wrote {folder / name}")
    return 0
