"""`mldsl monitor NAME`: look at a deployment once."""

from __future__ import annotations

import sys
from argparse import Namespace

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.program import add_profile, values

EXAMPLES = """\
  mldsl monitor churn_watch                    of the one program here, or below, that has it
  mldsl monitor churn_watch churn.ml --profile prod
  mldsl monitor churn_watch --json | jq '.expectations[].columns[] | select(.beyond_chance)'"""


def add_arguments(parser: Arguments) -> None:
    """Which monitor, and of which program."""
    parser.add_argument("name", metavar="NAME", help="the monitor")
    parser.add_argument("file", nargs="?", metavar="FILE", help="the program; looked for where it is not given")
    parser.add_argument(
        "--in",
        dest="folder",
        default=".",
        metavar="DIR",
        help="look for the program in this directory and three levels below; the current one by default",
    )
    add_profile(parser)
    parser.add_argument("--json", action="store_true", help="print what was found as one JSON document")


def run(options: Namespace) -> int:
    """Look; the exit status is 3 on a breach, and 0 where nothing is wrong, or not enough is known."""
    from mldsl import monitors
    from mldsl.api import load
    from mldsl.cli.watch import Watcher

    params = values(options.set)
    if options.file is not None:
        program = load(options.file, options.profile, params)
    else:
        program = monitors.find(options.name, options.folder, options.profile, params)
    found = monitors.look(program, options.name, observer=Watcher())
    if options.json:
        console.out_json(found.document())
    else:
        from mldsl.cli.monitored import looked_lines

        console.out("\n".join(looked_lines(found, console.style_of(sys.stdout))))
    return found.exit_status
