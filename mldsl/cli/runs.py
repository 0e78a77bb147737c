"""`mldsl runs`: the runs so far, newest first."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.history import add_place

if TYPE_CHECKING:
    from mldsl.runs import Row

EXAMPLES = """\
  mldsl runs
  mldsl runs --in examples/churn --limit 3
  mldsl runs --json | jq '.runs[0].run'"""

LIMIT = 20


def add_arguments(parser: Arguments) -> None:
    """Where to look, and how many to show."""
    add_place(parser)
    parser.add_argument("--limit", type=int, default=LIMIT, metavar="N", help=f"at most so many; {LIMIT} by default")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: Namespace) -> int:
    """Print them as a table or as JSON."""
    from mldsl.api import history

    rows = history(options.folder, max(options.limit, 0))
    if options.json:
        console.out_json({"version": 1, "runs": [_document(row) for row in rows]})
    elif rows:
        cells = [(row.id, row.pipeline, row.profile or "", row.started[:19], row.status, _took(row)) for row in rows]
        console.out(console.table(("RUN", "PIPELINE", "PROFILE", "STARTED (UTC)", "STATUS", "TOOK"), cells, right=[5]))
    else:
        console.say("nothing has been run here yet: `mldsl run FILE` runs a pipeline")
    return 0


def _took(row: Row) -> str:
    from mldsl.cli.results import seconds

    return "" if row.seconds is None else seconds(row.seconds)


def _document(row: Row) -> dict[str, object]:
    return {
        "run": row.id,
        "pipeline": row.pipeline,
        "profile": row.profile,
        "started": row.started,
        "status": row.status,
        "exit_status": row.exit_status,
        "seconds": row.seconds,
    }
