"""`mldsl diff A B`: what changed in meaning between two versions of a program, step by step."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mldsl.cli import console
from mldsl.cli.arguments import Arguments

if TYPE_CHECKING:
    from mldsl.plan.diff import Change, Difference, StepChange
    from mldsl.plan.nodes import Plan

EXAMPLES = """\
  mldsl diff old.ml new.ml
  mldsl diff HEAD~1:churn.ml churn.ml      since the last commit but one
  mldsl diff main:churn.ml churn.ml --json"""

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": "~"}


def add_arguments(parser: Arguments) -> None:
    """The two versions."""
    what = "a file, or REVISION:FILE as it was in a revision of git"
    parser.add_argument("before", metavar="A", help=what)
    parser.add_argument("after", metavar="B", help=what)
    parser.add_argument("--profile", metavar="NAME", help="both under this profile")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: Namespace) -> int:
    """Print what changed; the status is 0 whether or not something did."""
    from mldsl.cli.versions import plan_of
    from mldsl.plan.diff import diff

    before = plan_of(options.before, options.profile)
    after = plan_of(options.after, options.profile)
    found = diff(before, after)
    if options.json:
        console.out_json(_document(found, after))
    elif found.same:
        console.say("no difference in meaning")
    else:
        console.out("\n".join(_lines(found, after)))
    return 0


def _lines(found: Difference, after: Plan) -> Iterator[str]:
    if found.pipeline:
        yield "~ pipeline"
        yield from map(_change, found.pipeline)
    for step in found.steps:
        yield _heading(step)
        yield from map(_change, step.changes)
    if found.reruns:
        yield "will rerun"
        yield from (f"    {step.kind} {step.name}" for step in after.steps if step.id in found.reruns)
    if found.production:
        yield "in production"
        for effect in found.production:
            said = ", ".join(text for text in (effect.state, effect.why) if text)
            yield f"    {f'{effect.kind} {effect.name}'.strip()}: {said}"


def _heading(step: StepChange) -> str:
    renamed = f", called {step.before} before" if step.state == "renamed" else ""
    return f"{_SIGNS[step.state]} {step.kind} {step.name}{renamed}"


def _change(change: Change) -> str:
    """`~ train: 70% → 80%`, `+ column total: float?`, `- filter amount > 0`."""
    name = f"column {change.name}" if change.part == "column" else change.name
    sign = "+" if change.before is None else "-" if change.after is None else "~"
    texts = [text for text in (change.before, change.after) if text is not None]
    if len(texts) == 2:
        texts = [text or "nothing" for text in texts] if any(texts) else []
    return f"    {sign} {': '.join(part for part in (name, ' → '.join(texts)) if part)}"


def _document(found: Difference, after: Plan) -> dict[str, Any]:
    """As `docs/reference/command-line.md` says."""
    return {
        "version": 1,
        "same": found.same,
        "pipeline": list(map(_change_document, found.pipeline)),
        "steps": [
            {
                "kind": step.kind,
                "name": step.name,
                "state": step.state,
                "before": step.before,
                "changes": list(map(_change_document, step.changes)),
            }
            for step in found.steps
        ],
        "reruns": [{"kind": step.kind, "name": step.name} for step in after.steps if step.id in found.reruns],
        "production": [
            {"kind": item.kind, "name": item.name, "state": item.state, "why": item.why} for item in found.production
        ],
    }


def _change_document(change: Change) -> dict[str, Any]:
    return {"part": change.part, "name": change.name, "before": change.before, "after": change.after}
