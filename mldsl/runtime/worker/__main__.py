"""`python -m mldsl.runtime.worker`: carries out steps of a compiled plan, for containers.

Secrets are in the environment. What happens is told on standard error, what came of it as JSON on standard output, or
in the file that `--answer` names; the exit status is 1 for a plan that cannot be read, 2 for wrong usage, 3 for an
expectation that was not met (with `--verdicts` the JSON says so, and the status is 0), 4 for a step that failed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mldsl.errors import StoreError, UsageError
from mldsl.runtime.worker.command import carried_out, log
from mldsl.runtime.worker.run import run_steps, run_trials


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit status."""
    given = _parser().parse_args(arguments)
    return carried_out(lambda: _answer(given.answer, json.dumps(_run(given), sort_keys=True)))


def _answer(file: Path | None, text: str) -> None:
    if file is None:
        print(text)  # noqa: T201
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot write the answer to `{file}`: {error.strerror or error}") from error


def _run(given: argparse.Namespace) -> Mapping[str, object]:
    terms: dict[str, Any] = {
        "store": given.store,
        "folder": given.folder,
        "code": given.code or given.plan.parent / "code",
        "params": _params(given.params),
        "run_date": given.run_date,
        "run_time": given.run_time,
        "log": log,
        "run": given.run,
    }
    if given.shares is None:
        return run_steps(given.plan, given.steps, verdicts=given.verdicts, **terms)
    if len(given.steps) != 1 or given.verdicts:
        raise UsageError("trials are of one step, and give no verdict")
    return run_trials(given.plan, given.steps[0], share=given.share, shares=given.shares, **terms)


def _params(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--params is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise UsageError("--params is not a JSON object")
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mldsl.runtime.worker", description="Carries out steps of a compiled plan."
    )
    parser.add_argument("--plan", type=Path, required=True, help="the plan's file")
    parser.add_argument("--steps", nargs="+", required=True, metavar="STEP", help="ids of steps, in order")
    parser.add_argument("--store", default="", help="the artifact store (by default the pipeline's own)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where relative paths of data and the store start")
    parser.add_argument("--code", type=Path, help="where Python files lie (by default `code` beside the plan)")
    parser.add_argument("--params", default="{}", metavar="JSON", help="values of parameters, as a JSON object")
    parser.add_argument("--run-date", required=True, metavar="DATE", help="the run's date, as 2025-01-31")
    parser.add_argument("--run-time", required=True, metavar="TIME", help="the run's time, as 2025-01-31T10:00:00")
    parser.add_argument("--run", metavar="NAME", help="the run that this belongs to: its tasks share what they find")
    parser.add_argument("--verdicts", action="store_true", help="an expectation that is not met is an answer, no error")
    parser.add_argument("--answer", type=Path, metavar="FILE", help="where the answer goes, if not to standard output")
    parser.add_argument("--share", type=int, default=0, metavar="I", help="make only this share of the step's trials")
    parser.add_argument("--shares", type=int, metavar="N", help="how many shares there are")
    return parser


if __name__ == "__main__":
    sys.exit(main())
