"""`mldsl run FILE`: carry a program out on this machine."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.program import add_program, load, say_warnings, values
from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.runs import RunResult

EXAMPLES = """\
  mldsl run pipeline.ml
  mldsl run pipeline.ml --set cutoff=2025-06-01 --profile prod
  mldsl run pipeline.ml --to features --output out     only what `features` needs, written to out/features.parquet
  mldsl run pipeline.ml --dry-run --rows 500           every step on 500 rows of each source; leaves nothing behind
  mldsl run pipeline.ml --scheduled nightly            scores the table of `nightly` with the champion; for cron
  mldsl run pipeline.ml --json | jq .status"""


def add_arguments(parser: Arguments) -> None:
    """What to run, how much of it, and how."""
    add_program(parser)
    parser.add_argument(
        "--to",
        action="append",
        metavar="NAME",
        help="run only what this table, model or evaluation needs; may be given several times",
    )
    parser.add_argument(
        "--scheduled",
        metavar="NAME",
        help="what this batch deployment or monitor runs on its own schedule: with the champion, and no training",
    )
    parser.add_argument("--output", metavar="DIR", help="write the results of --to into this directory")
    parser.add_argument("--export", choices=("onnx",), help="write models among the results of --to as ONNX, too")
    parser.add_argument("--jobs", type=int, metavar="N", help="how many steps at once; one a processor by default")
    parser.add_argument("--force", action="store_true", help="run every step, also those whose results are there")
    parser.add_argument("--dry-run", action="store_true", help="run every step on a few rows, and deploy nothing")
    parser.add_argument("--rows", type=int, metavar="N", help="how many rows of each source a dry run reads; 1000")
    parser.add_argument("--json", action="store_true", help="print what came of it as one JSON document")


def run(options: Namespace) -> int:
    """Run it; the exit status says how it ended."""
    if options.output is not None and options.to is None:
        raise UsageError("`--output` needs `--to`", "name what to write: `--to features --output out`")
    if options.export is not None and (options.output is None or options.dry_run):
        raise UsageError("`--export` needs `--output`, and no dry run", "write `--to MODEL --output DIR --export onnx`")
    if options.scheduled is not None and (options.to is not None or options.dry_run):
        raise UsageError("`--scheduled` runs as a whole", "leave `--to` and `--dry-run` out")
    if options.rows is not None and not options.dry_run:
        raise UsageError("`--rows` needs `--dry-run`")
    result = _repeated(options) or _run(options)
    if options.json:
        console.out_json(result.document())
    return result.exit_status


def _run(options: Namespace) -> RunResult:
    """Read the program and run it; of a monitor's schedule, what it asks for comes behind."""
    from mldsl.api import DRY_ROWS
    from mldsl.cli.watch import Watcher

    program = load(options)
    result = program.run(
        options.to,
        output=options.output,
        export=options.export,
        jobs=options.jobs,
        force=options.force,
        dry_run=options.dry_run,
        rows=DRY_ROWS if options.rows is None else options.rows,
        observer=Watcher(),
        scheduled=options.scheduled,
    )
    if options.scheduled is not None:
        from mldsl.monitors import follow

        follow(program, options.scheduled, result, observer=Watcher())
    return result


def _repeated(options: Namespace) -> RunResult | None:
    """What came of the run, if nothing had changed; None if the program has to be read."""
    fits = options.jobs is None or options.jobs > 0
    if options.force or options.dry_run or options.scheduled or options.output is not None or not fits:
        return None
    from mldsl.api import repeat
    from mldsl.cli.watch import Watcher

    return repeat(
        options.file,
        options.profile,
        values(options.set),
        options.to,
        observer=Watcher(),
        warned=partial(say_warnings, options),
    )
