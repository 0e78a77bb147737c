"""`mldsl plan FILE`: each step, cached or to run, and why."""

from __future__ import annotations

from argparse import Namespace

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.program import add_program, load

EXAMPLES = """\
  mldsl plan pipeline.ml
  mldsl plan pipeline.ml --to churn_model --set cutoff=2025-06-01
  mldsl plan pipeline.ml --json | jq '.steps[] | select(.state == "to run").name'"""


def add_arguments(parser: Arguments) -> None:
    """What would be run."""
    add_program(parser)
    parser.add_argument("--to", metavar="NAME", help="only what this table, model or evaluation needs")
    parser.add_argument("--force", action="store_true", help="as `mldsl run --force` would")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: Namespace) -> int:
    """Print what a run would do with each step; runs nothing."""
    program = load(options)
    steps = [step.document() for step in program.explain(options.to, force=options.force)]
    if options.json:
        name = program.plan().name
        console.out_json({"version": 1, "pipeline": name, "profile": program.profile, "steps": steps})
    else:
        rows = [(step["kind"], step["name"], step["state"], step["reason"]) for step in steps]
        console.out(console.table(("KIND", "NAME", "STATE", "WHY"), rows))
    return 0
