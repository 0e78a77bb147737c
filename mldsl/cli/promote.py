"""`mldsl promote NAME [VERSION]`: put a version of a deployment's model into production."""

from __future__ import annotations

from argparse import Namespace

from mldsl.cli.arguments import Arguments
from mldsl.cli.deployed import add_actor, add_store, tell

EXAMPLES = """\
  mldsl promote churn                           the candidate, or the newest version
  mldsl promote churn 3 --reason "ticket 4711"
  mldsl promote churn --store s3://ml-prod/churn"""


def add_arguments(parser: Arguments) -> None:
    """What to promote."""
    parser.add_argument("name", metavar="NAME", help="the endpoint's, the registry's, or the batch deployment's")
    parser.add_argument("number", nargs="?", type=int, metavar="VERSION", help="the candidate or the newest by default")
    add_store(parser)
    add_actor(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: Namespace) -> int:
    """Promote it, and say how things stand."""
    from mldsl.deployments import promote

    event = promote(
        options.name,
        options.number,
        folder=options.folder,
        store=options.store,
        by=options.by,
        reason=options.reason,
    )
    return tell(event, options)
