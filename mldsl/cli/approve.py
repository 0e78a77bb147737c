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
  mldsl approve --in examples/churn
  mldsl approve churn --team risk --store s3://ml/churn    what a run on Kubeflow waits for"""


def add_arguments(parser: Arguments) -> None:
    """Of what, and for whom."""
    help_ = "an id, its start, or `last`; with --store also the name under which it is deployed"
    parser.add_argument("run", nargs="?", default="last", metavar="RUN", help=help_)
    parser.add_argument("--team", metavar="NAME", help="for this team; for all that are asked by default")
    add_place(parser)
    help_ = "of a run that is not recorded here: the artifact store in which it waits, a directory or s3://…"
    parser.add_argument("--store", metavar="URI", help=help_)
    add_actor(parser)
    parser.add_argument("--json", action="store_true", help="print what came of the deployments as one JSON document")


def run(options: Namespace) -> int:
    """Note the approval; where none is missing any more, deploy. The exit status is that of the deployment."""
    if options.store is not None:
        return _in_store(options)
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


def _in_store(options: Namespace) -> int:
    """Note the approval; whoever waits for it goes on. The exit status is 3 while that of another team is missing."""
    from mldsl.deployments import approve_in

    noted = approve_in(options.store, options.run, team=options.team, by=options.by, reason=options.reason)
    if options.json:
        found = [
            {"name": item.registry.name, "version": item.version.number, "waiting_for": list(item.teams)}
            for item in noted
        ]
        console.out_json({"version": 1, "approved": found})
    for item in noted:
        missing = ", ".join(f"`{team}`" for team in item.teams)
        left = f", and waits for that of {missing}" if missing else ": who waits for it goes on"
        console.say(f"version {item.version.number} of {item.registry.name} has the approval{left}")
    return 3 if any(item.teams for item in noted) else 0
