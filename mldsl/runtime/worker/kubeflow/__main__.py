"""`python3 -m mldsl.runtime.worker.kubeflow`: what the containers of a compiled pipeline run.

The plan and the user's Python lie in the image, in the folder that the variable MLDSL_PIPELINE names. What happens is
told on standard error. The exit status is 1 for a plan that cannot be read, 2 for wrong usage, 4 for a failed step.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mldsl.plan.ports import RUN, STATUS
from mldsl.runtime.worker.command import carried_out, log
from mldsl.runtime.worker.kubeflow.executor import ExecutorInput, read_input
from mldsl.runtime.worker.kubeflow.home import home
from mldsl.runtime.worker.kubeflow.limit import within
from mldsl.runtime.worker.plans import read_plan


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit status."""
    given = _parser().parse_args(arguments)
    return carried_out(lambda: _run(given))


def _run(given: argparse.Namespace) -> None:
    with within(None if given.approval else given.timeout):  # who waits for people ends by himself
        _task(given, read_input(given.executor_input))


def _task(given: argparse.Namespace, told: ExecutorInput) -> None:
    place = home(given.pipeline, given.digest)
    if given.notify:
        from mldsl.runtime.worker.kubeflow.webhook import tell

        run, status = str(told.parameters.get(RUN) or ""), told.parameters.get(STATUS) or {}
        log(tell(read_plan(place / "plan.json"), status, run))
        return
    if given.clock:
        from mldsl.runtime.worker.kubeflow.clock import tell_time

        log(tell_time(read_plan(place / "plan.json"), told))
        return
    from mldsl.runtime.worker.kubeflow.approval import Waiting
    from mldsl.runtime.worker.kubeflow.task import Told, carry_out

    folder = given.folder or place
    waits = Waiting(given.timeout) if given.approval else None
    carry_out(Told(place, given.scheduled, tuple(given.steps), folder, given.shares, waits, log), told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m mldsl.runtime.worker.kubeflow", description="Carries out a task of Kubeflow Pipelines."
    )
    parser.add_argument("--pipeline", required=True, help="the pipeline's name")
    parser.add_argument("--digest", required=True, help="of the plan and the code that the image must have")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--steps", nargs="+", metavar="STEP", help="ids of steps, in order")
    what.add_argument("--notify", action="store_true", help="tell the webhook of a run that failed")
    what.add_argument("--clock", action="store_true", help="give the run's logical date and time")
    parser.add_argument("--scheduled", metavar="NAME", help="of the plan that this deployment or monitor runs")
    parser.add_argument("--approval", action="store_true", help="wait for those who must approve of the deployment")
    parser.add_argument("--shares", type=int, metavar="N", help="make one of so many shares of the step's trials")
    parser.add_argument("--folder", type=Path, help="where relative paths of data and the store start")
    parser.add_argument("--timeout", type=float, metavar="S", help="end after so many seconds")
    parser.add_argument("--executor-input", required=True, metavar="JSON", help="what Kubeflow tells the container")
    return parser


if __name__ == "__main__":
    sys.exit(main())
