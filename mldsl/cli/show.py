"""`mldsl show [RUN]`: what came of one run."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.history import add_place

if TYPE_CHECKING:
    from mldsl.runs import RunResult

EXAMPLES = """\
  mldsl show                    the last run
  mldsl show 20261123-1805      by its id, or the start of one
  mldsl show --json | jq '.steps[] | select(.kind == "evaluate").metrics'"""


def add_arguments(parser: Arguments) -> None:
    """Which run, and where to look for it."""
    parser.add_argument("run", nargs="?", default="last", metavar="RUN", help="an id, its start, or `last`")
    add_place(parser)
    parser.add_argument("--json", action="store_true", help="print the document that `mldsl run --json` printed")


def run(options: Namespace) -> int:
    """Print it."""
    from mldsl.api import find_run
    from mldsl.errors import UsageError

    found = find_run(options.run, options.folder)
    if found.result is None:
        raise UsageError(f"the run {found.summary.id} has no result: it is {found.summary.status}")
    if options.json:
        console.out_json(found.result.document())
    else:
        console.out(_text(found.result))
    return 0


def _text(result: RunResult) -> str:
    from mldsl.cli.results import result_lines, step_lines
    from mldsl.diagnostics.render.cells import visible, width

    style = console.style_of(sys.stdout)
    wide = max((width(visible(step.name)) for step in result.steps), default=0)
    lines = [f"started {result.started}" + (f", profile {result.profile}" if result.profile else "")]
    lines += [f"{name} = {value}" for name, value in result.params.items()]
    lines += [line for step in result.steps for line in step_lines(step, wide, style, whole=True)]
    return "\n".join([*lines, *result_lines(result, style)])
