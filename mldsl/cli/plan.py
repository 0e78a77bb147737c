"""`mldsl plan FILE`: each step, cached or to run, and why; with a target, the tasks that it would be compiled to."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.program import add_program, load
from mldsl.cli.targeting import add_target, of_target
from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.api import Program
    from mldsl.backend import PlannedTask

EXAMPLES = """\
  mldsl plan pipeline.ml
  mldsl plan pipeline.ml --to churn_model --set cutoff=2025-06-01
  mldsl plan pipeline.ml --target airflow --granularity declaration
  mldsl plan pipeline.ml --json | jq '.steps[] | select(.state == "to run").name'"""


def add_arguments(parser: Arguments) -> None:
    """What would be run."""
    add_program(parser)
    parser.add_argument("--to", action="append", metavar="NAME", help="only what this table, model or evaluation needs")
    parser.add_argument("--force", action="store_true", help="as `mldsl run --force` would")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    add_target(parser, "show the tasks that this backend would make of the steps")


def run(options: Namespace) -> int:
    """Print what a run would do with each step; runs nothing."""
    if options.target is not None:
        return _tasks(options)
    program = load(options)
    steps = [step.document() for step in program.explain(options.to, force=options.force)]
    if options.json:
        name = program.plan().name
        console.out_json({"version": 1, "pipeline": name, "profile": program.profile, "steps": steps})
    else:
        rows = [(step["kind"], step["name"], step["state"], step["reason"]) for step in steps]
        console.out(console.table(("KIND", "NAME", "STATE", "WHY"), rows))
    return 0


def _tasks(options: Namespace) -> int:
    """Print the tasks of a target."""
    for name, given in (("--to", options.to), ("--force", options.force), ("--set", options.set)):
        if given:
            raise UsageError(f"`{name}` is about a run on this machine, and `--target` about another one's tasks")
    program = load(options)
    tasks = program.tasks(options.target, of_target(options))
    if options.json:
        listed = [
            {"name": task.name, "steps": list(task.steps), "needs": list(task.needs), "copies": task.copies}
            for task in tasks
        ]
        facts = {"version": 1, "pipeline": program.plan().name, "profile": program.profile, "target": options.target}
        console.out_json({**facts, "tasks": listed})
        return 0
    rows = [
        (
            task.name if task.copies == 1 else f"{task.name} × {task.copies}",
            _steps(program, task),
            _all(task.needs),
        )
        for task in tasks
    ]
    console.out(console.table(("TASK", "STEPS", "AFTER"), rows))
    return 0


def _steps(program: Program, task: PlannedTask) -> str:
    """The steps as the program has them, those in brackets that are computed within the next."""
    words = []
    for id_ in task.steps:
        step = program.plan().step(id_)
        within = step.inlined and step.kind == "transform"
        words.append(f"({step.kind} {step.name})" if within else f"{step.kind} {step.name}")
    return _all(tuple(words)) if task.copies == 1 else f"a share of the trials of {_all(tuple(words))}"


def _all(words: tuple[str, ...]) -> str:
    return ", ".join(words)
