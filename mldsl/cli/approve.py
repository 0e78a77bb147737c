"""`mldsl approve [RUN]`: approve of what a run made, and go on with its deployments."""

from __future__ import annotations

from argparse import Namespace

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.deployed import add_actor
from mldsl.cli.history import add_place

EXAMPLES = """\
  mldsl approve                                  the last run, for all teams that are asked
  mldsl approve 20261123-1805 --team risk --by "Ada" --reason "model card read"
  mldsl approve --in examples/churn"""


def add_arguments(parser: Arguments) -> None:
    """Of what, and for whom."""
    parser.add_argument("run", nargs="?", default="last", metavar="RUN", help="an id, its start, or `last`")
    parser.add_argument("--team", metavar="NAME", help="for this team; for all that are asked by default")
    add_place(parser)
    add_actor(parser)
    parser.add_argument("--json", action="store_true", help="print what came of the deployments as one JSON document")


def run(options: Namespace) -> int:
    """Note the approval; where none is missing any more, deploy. The exit status is that of the deployment."""
    from mldsl.cli.watch import Watcher
    from mldsl.deployments import approve

    result = approve(
        options.run,
        team=options.team,
        folder=options.folder,
        by=options.by,
        reason=options.reason,
        observer=Watcher(),
    )
    if result is None:
        console.say("noted; the approval of another team is missing")
        return 3
    if options.json:
        console.out_json(result.document())
    return result.exit_status
