"""`mldsl clean`: free what no recent run needs."""

from __future__ import annotations

from argparse import Namespace
from datetime import timedelta
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.history import add_place
from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl_local.cleaning import Cleaned

EXAMPLES = """\
  mldsl clean --dry-run             what would be freed
  mldsl clean                       keeps what the last 5 runs of each pipeline made or used
  mldsl clean --keep 1 --older-than 30d
  mldsl clean --store /shared/artifacts --older-than 14d    what only tasks of an orchestrator's use
  mldsl clean --in examples/churn --json | jq .bytes"""


def add_arguments(parser: Arguments) -> None:
    """What to keep, and where."""
    add_place(parser)
    parser.add_argument("--store", metavar="DIR", help="clean this artifact store, which has no history of runs here")
    parser.add_argument("--keep", type=int, metavar="N", help="keep the last N runs of each pipeline; 5 by default")
    parser.add_argument("--older-than", metavar="TIME", help="keep what is younger, too: `30d`, `12h`")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be freed")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: Namespace) -> int:
    """Clean every store that is found; what was freed is said."""
    from mldsl.api import clean

    found = clean(
        options.folder,
        keep=options.keep,
        older_than=_age(options.older_than),
        dry_run=options.dry_run,
        store=options.store,
    )
    if options.json:
        total = sum(item.bytes for item in found)
        stores = [item.document() for item in found]
        console.out_json({"version": 1, "dry_run": options.dry_run, "bytes": total, "stores": stores})
    for item in found:
        console.say(_sentence(item, dry=options.dry_run))
        for place in item.elsewhere:
            console.say(f"  artifacts in `{place}` are left alone: other machines may need them")
    if not found:
        console.say("nothing has been run here yet, so there is nothing to free")
    return 0


def _age(text: str | None) -> timedelta | None:
    if text is None:
        return None
    from mldsl.catalog.texts import TextProblem, parse_value
    from mldsl.catalog.types import DURATION

    found = parse_value(text, DURATION)
    if isinstance(found, TextProblem):
        raise UsageError(f"`--older-than`: {found.message}", "write `--older-than 30d`")
    assert isinstance(found, timedelta)
    return found


def _sentence(found: Cleaned, *, dry: bool) -> str:
    parts = [
        f"{count} {one if count == 1 else many}"
        for count, one, many in (
            (len(found.runs), "run", "runs"),
            (found.records, "record of a step", "records of steps"),
            (found.artifacts, "artifact", "artifacts"),
        )
        if count
    ]
    what = f" ({', '.join(parts)})" if parts else ""
    return f"{found.folder}: {'would free' if dry else 'freed'} {size(found.bytes)}{what}"


def size(count: int) -> str:
    """A number of bytes for people, in powers of ten."""
    value, units = float(count), ["kB", "MB", "GB", "TB"]
    if value < 1000:
        return f"{count} bytes"
    while value >= 1000 and units:
        value, unit = value / 1000, units.pop(0)
    return f"{value:.1f} {unit}"
