"""What a breach causes, in the order in which the program says it, and never twice for the same rows.

`rollback` and `notify` are done here. `retrain` is asked for: whoever runs the monitor starts the pipeline, locally as
a run of the program, under an orchestrator by its own means; what is trained passes the same gates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mldsl.errors import MldslError
from mldsl.plan.nodes import Action, MonitorBody
from mldsl.runtime.notify import notify
from mldsl.runtime.registry import Registry

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Breach:
    """Expectations that do not hold: the monitor, its pipeline, the deployment's registry, what was found.

    `run` is the id of the run that found it, empty where there is none.
    """

    monitor: str
    pipeline: str
    registry: Registry
    report: Json
    message: str
    run: str = ""

    @property
    def by(self) -> str:
        """Who acts, for the history."""
        return f"monitor {self.monitor}"

    def about(self) -> list[Json]:
        """What names the rows of each expectation that failed."""
        failed = [item for item in self.report["expectations"] if item["outcome"] == "failed"]
        return [{"text": item["text"], "data": item["data"], "until": self.report["until"]} for item in failed]


def act(body: MonitorBody, breach: Breach) -> list[Json]:
    """Do what the monitor says; of each action `action`, `state` and `message`.

    `state` is `done`, `requested` (a retraining, which the caller starts), `failed`, or `skipped` where it was done for
    the same rows before. (A run that is carried out again asks again: nobody may have heard it.) An action that fails
    keeps none of the others from being done. Each is an event of the deployment's history.
    """
    found = []
    for place, action in enumerate(body.actions):
        name = action.name if action.name != "notify" else f"notify {place}"
        if _done_before(name, body, breach):
            found.append(_told(action, "skipped", "it was done for the same rows before"))
            continue
        outcome = _attempt(action, breach)
        found.append(outcome)
        details = {**outcome, "monitor": breach.monitor, "action": name, "about": breach.about(), "run": breach.run}
        breach.registry.note(
            "action", version=breach.report["version"], by=breach.by, reason=outcome["message"], details=details
        )
    return found


def _attempt(action: Action, breach: Breach) -> Json:
    try:
        match action.name:
            case "retrain":
                return _told(action, "requested", f"`{breach.pipeline}` is to be trained again")
            case "rollback":
                event = breach.registry.rollback(by=breach.by, reason=breach.message)
                return _told(action, "done", f"version {event.state.champion} is in production again")
            case "notify":
                assert action.target is not None
                return _told(action, "done", notify(action.target, message_of(breach), breach.message))
    except MldslError as error:
        return _told(action, "failed", f"`{action.name}` failed: {error.message}")


def message_of(breach: Breach) -> Json:
    """What a webhook is told, as plain JSON. `text` is what Slack, Mattermost and others show."""
    report = breach.report
    return {
        "text": f"{breach.pipeline}: `{breach.monitor}` found a breach. {breach.message}",
        "version": 1,
        "event": "breach",
        "pipeline": breach.pipeline,
        "monitor": breach.monitor,
        "deployment": report["deployment"],
        "model_version": report["version"],
        "rows": report["rows"],
        "expectations": [
            {name: item[name] for name in ("text", "outcome", "value", "threshold", "reason")}
            for item in report["expectations"]
        ],
    }


def _told(action: Action, state: str, message: str) -> Json:
    return {"action": action.name, "state": state, "message": message}


def _done_before(name: str, body: MonitorBody, breach: Breach) -> bool:
    """Whether this was done for the rows of every expectation that failed now."""
    earlier = [
        item
        for event in breach.registry.events()
        if event.kind == "action" and event.by == breach.by and event.version == breach.report["version"]
        if event.details["action"] == name and _was_done(event.details, breach.run)
        for item in event.details["about"]
    ]
    served = breach.report["target"] == "endpoint"
    return all(_same_rows(item, earlier, body, served) for item in breach.about())


def _was_done(details: Mapping[str, Any], run: str) -> bool:
    asked_by_us = bool(run) and details.get("run") == run
    return details["state"] == "done" or (details["state"] == "requested" and not asked_by_us)


def _same_rows(item: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]], body: MonitorBody, served: bool) -> bool:
    """The same batch; of an endpoint, whose rows never stop coming, less than `every` has passed since."""
    alike = [other for other in earlier if other["text"] == item["text"]]
    if any(other["data"] == item["data"] for other in alike):
        return True
    if not served:
        return False
    now = datetime.fromisoformat(item["until"])
    return any(now - datetime.fromisoformat(other["until"]) < timedelta(seconds=body.every) for other in alike)
