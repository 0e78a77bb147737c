"""Where an orchestrator's tasks end: carries out steps of a compiled plan, wherever the task happens to run.

`python -m mldsl.runtime.worker` is the same for a container.
"""

from __future__ import annotations

from mldsl.runtime.worker.run import TaskFailed, run_steps, run_trials

__all__ = ["TaskFailed", "run_steps", "run_trials"]
