"""`mldsl rollback NAME`: go back to the version that was in production before."""

from __future__ import annotations

from argparse import Namespace

from mldsl.cli.arguments import Arguments
from mldsl.cli.deployed import add_actor, add_store, tell

EXAMPLES = """\
  mldsl rollback churn                     the champion before; a candidate is taken out, too
  mldsl rollback churn --to 2 --reason "complaints"
  mldsl rollback churn --json | jq .event.state.champion"""


def add_arguments(parser: Arguments) -> None:
    """What to go back to."""
    parser.add_argument("name", metavar="NAME", help="the endpoint's, the registry's, or the batch deployment's")
    parser.add_argument("--to", type=int, metavar="VERSION", help="this version instead of the champion before")
    add_store(parser)
    add_actor(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: Namespace) -> int:
    """Go back, and say how things stand."""
    from mldsl.deployments import rollback

    event = rollback(
        options.name,
        options.to,
        folder=options.folder,
        store=options.store,
        by=options.by,
        reason=options.reason,
    )
    return tell(event, options)
