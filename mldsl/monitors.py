"""Monitors, from Python: look at a deployment once, and train again where a monitor says so.

```python
from mldsl import monitors

looked = monitors.look(monitors.find("churn_watch"), "churn_watch")
print(looked.outcome, looked.report["expectations"])
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mldsl.errors import MldslError, UsageError
from mldsl.records import record

if TYPE_CHECKING:
    from mldsl.api import Program
    from mldsl.plan.nodes import Plan
    from mldsl.runs import RunResult
    from mldsl.runs.observer import Observer

_DEEP = 3


@record
class Looked:
    """What came of looking once: the monitor's run and, where it asked for that, the run that trained again.

    `problem` says why the pipeline could not be started for it.
    """

    monitor: str
    result: RunResult
    retrained: RunResult | None = None
    problem: str | None = None

    @property
    def report(self) -> Mapping[str, Any]:
        """What the monitor found; empty where it could not look."""
        return next((step.details for step in self.result.steps if step.id == f"monitor:{self.monitor}"), {})

    @property
    def outcome(self) -> str:
        """`passed`, `breach`, `inconclusive`, or `failed` where it could not look."""
        return str(self.report.get("outcome", "failed"))

    @property
    def exit_status(self) -> int:
        """3 on a breach, whatever came of its actions; 4 where it could not look; 0 otherwise."""
        return self.result.exit_status

    def document(self) -> dict[str, Any]:
        """As plain JSON: what `mldsl monitor --json` prints."""
        step = self.result.step(f"monitor:{self.monitor}").document()
        found = {name: value for name, value in self.report.items() if name != "findings"}
        document: dict[str, Any] = {
            "version": 1,
            "monitor": self.monitor,
            "pipeline": self.result.pipeline,
            "run": self.result.run,
            "outcome": self.outcome,
            "exit_status": self.exit_status,
            **{("model_version" if name == "version" else name): value for name, value in found.items()},
        }
        document |= {name: step[name] for name in ("error", "warnings", "reason") if name in step}
        if self.retrained is not None:
            run = self.retrained
            document["retrained"] = {"run": run.run, "status": run.status, "exit_status": run.exit_status}
        return document | ({"problem": self.problem} if self.problem else {})


def look(program: Program, name: str, *, observer: Observer | None = None) -> Looked:
    """Judge a monitor's expectations on what its deployment has predicted, once, and do what a breach causes.

    Raises what `Program.run` raises; what fails later is part of the result.
    """
    _check(program.plan(), name)
    return follow(program, name, program.run(scheduled=name, observer=observer), observer=observer)


def follow(program: Program, name: str, result: RunResult, *, observer: Observer | None = None) -> Looked:
    """Train again, where that was a monitor's run, and asked for it."""
    from mldsl.runtime.monitoring.requested import retraining_requested

    looked = Looked(name, result)
    return _retrained(program, looked, observer) if retraining_requested(looked.report) else looked


def find(
    name: str, folder: str = ".", profile: str | None = None, params: Mapping[str, object] | None = None
) -> Program:
    """The program in a folder, or up to three levels below, that declares the monitor `name`.

    Raises UsageError where there is none, or several.
    """
    from mldsl.api import load

    if not Path(folder).is_dir():
        raise UsageError(f"there is no directory `{folder}`")
    declared = dict(_declared(Path(folder)))
    found = [path for path, names in declared.items() if name in names]
    if not found:
        names = sorted({item for names in declared.values() for item in names})
        raise _unknown(name, folder, names)
    if len(found) > 1:
        listed = ", ".join(f"`{path}`" for path in found)
        message = f"several programs have a monitor `{name}`: {listed}"
        raise UsageError(message, f"say which: `mldsl monitor {name} FILE`")
    return load(found[0], profile, params)


def _retrained(program: Program, looked: Looked, observer: Observer | None) -> Looked:
    """The pipeline run as a whole; what came of it is kept in the deployment's history."""
    try:
        run = program.run(observer=observer)
    except MldslError as error:
        looked = Looked(looked.monitor, looked.result, problem=f"the pipeline could not be started: {error.message}")
        _note(program.plan(), program.folder, looked, looked.problem or "", {})
        return looked
    words = {0: "and all its requirements are met", 3: "and not everything it requires is met"}
    sentence = f"the run {run.run} trained again, {words.get(run.exit_status, 'and failed')}"
    details = {"run": run.run, "status": run.status, "exit_status": run.exit_status}
    _note(program.plan(), program.folder, looked, sentence, details)
    return Looked(looked.monitor, looked.result, run)


def _note(plan: Plan, folder: Path, looked: Looked, sentence: str, details: dict[str, Any]) -> None:
    from mldsl_local.stores import plan_store

    from mldsl.runtime.registry import open_registry

    registry = open_registry(plan_store(plan, folder), str(looked.report["name"]))
    registry.note(
        "retrained",
        version=looked.report["version"],
        by=f"monitor {looked.monitor}",
        reason=sentence,
        details=details | {"monitor": looked.monitor},
    )


def _declared(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The programs there and the names of their monitors, as far as the text shows; folders that are hidden are not."""
    for depth in range(_DEEP + 1):
        for path in sorted(folder.glob("*/" * depth + "*.ml")):
            if any(part.startswith(".") for part in path.relative_to(folder).parts):
                continue
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            if names := re.findall(r"^\s*monitor\s+`?(\w+)`?\s*=", text, re.MULTILINE):
                yield str(path), names


def _check(plan: Plan, name: str) -> None:
    """Raises UsageError where the plan has no such monitor."""
    from mldsl.plan.nodes import MonitorBody

    watched = {step.name: step.body.deployment for step in plan.steps if isinstance(step.body, MonitorBody)}
    if name in watched:
        return
    watching = [monitor for monitor, deployment in watched.items() if deployment == name]
    if watching:
        listed = " or ".join(f"`mldsl monitor {item}`" for item in watching)
        raise UsageError(f"`{name}` is a deployment, and no monitor", f"{listed} looks at it")
    raise UsageError(f"the pipeline `{plan.name}` has no monitor `{name}`", _known(name, sorted(watched)))


def _unknown(name: str, folder: str, names: list[str]) -> UsageError:
    return UsageError(f"no program in `{folder}` has a monitor `{name}`", _known(name, names))


def _known(name: str, names: list[str]) -> str:
    from mldsl.diagnostics.suggest import did_you_mean

    listed = ", ".join(f"`{item}`" for item in names)
    return did_you_mean(name, names) or (f"there is {listed}" if names else "there is no monitor at all")
