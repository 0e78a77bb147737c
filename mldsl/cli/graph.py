"""`mldsl graph FILE`: the steps and what they need from each other."""

from __future__ import annotations

from argparse import Namespace

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.program import add_program, load

EXAMPLES = """\
  mldsl graph pipeline.ml
  mldsl graph pipeline.ml --format svg > pipeline.svg
  mldsl graph pipeline.ml --format mermaid      for a Markdown page"""


def add_arguments(parser: Arguments) -> None:
    """The program and the form of the drawing."""
    from mldsl.plan.render import FORMATS

    add_program(parser, params=False)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=FORMATS, default="text", help="text by default")
    form.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")


def run(options: Namespace) -> int:
    """Print the drawing."""
    from mldsl.plan.render import render

    console.out(render(load(options).plan(), options.format), end="")
    return 0
