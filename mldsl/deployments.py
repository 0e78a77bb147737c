"""What is live, from Python: find a deployment's registry, promote, roll back, approve.

```python
from mldsl import deployments

registry = deployments.find("churn")
print(registry.state().champion, [version.number for version in registry.versions()])
deployments.promote("churn", 3, reason="asked for by sales")
```
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mldsl.errors import StoreError, UsageError
from mldsl.records import record

if TYPE_CHECKING:
    from mldsl.plan.nodes import DeployBody, Plan
    from mldsl.runs import Run, RunResult
    from mldsl.runs.observer import Observer
    from mldsl.runtime.registry import Event, Registry, Version
    from mldsl.runtime.store import Store


def registries(folder: str = ".", store: str | None = None) -> list[Registry]:
    """Every deployment in the stores of the programs in a folder and three levels below, or in one `store`."""
    from mldsl.runtime.registry import open_registry
    from mldsl.runtime.registry import registries as named

    return [open_registry(place, name) for place in _stores(folder, store) for name in named(place)]


def find(name: str, folder: str = ".", store: str | None = None) -> Registry:
    """The registry of that name. Raises UsageError if there is none, or several."""
    from mldsl.diagnostics.suggest import did_you_mean

    there = registries(folder, store)
    found = [registry for registry in there if registry.name == name]
    if not found:
        names = sorted({registry.name for registry in there})
        listed = f"there {'is' if len(names) == 1 else 'are'} {', '.join(f'`{item}`' for item in names)}"
        none = "nothing has been deployed here yet: `mldsl run FILE` does, where the file has a `deploy`"
        help_ = (did_you_mean(name, names) or listed) if names else none
        raise UsageError(f"nothing is deployed under the name `{name}`", help_)
    if len(found) > 1:
        places = ", ".join(f"`{registry.store}`" for registry in found)
        raise UsageError(f"`{name}` is in several stores: {places}", "say which: `--store`")
    return found[0]


def promote(
    name: str,
    version: int | None = None,
    *,
    folder: str = ".",
    store: str | None = None,
    by: str | None = None,
    reason: str | None = None,
) -> Event:
    """Put a version into production: the candidate, or the newest one, unless one is named.

    Raises UsageError where there is none, or an approval that its deployment requires is missing, and RegistryError
    where its model was altered or somebody else changed the deployment meanwhile.
    """
    from mldsl.runtime.registry import whoami

    registry = find(name, folder, store)
    state = registry.state()
    number = version if version is not None else state.candidate or _newest(registry, state.champion)
    chosen = registry.version(number)
    if number == state.champion:
        raise UsageError(f"version {number} of `{name}` is in production already")
    _check_approved(registry, chosen)
    return registry.promote(number, by=by or whoami(), reason=reason or "by hand", seen=state)


def rollback(
    name: str,
    to: int | None = None,
    *,
    folder: str = ".",
    store: str | None = None,
    by: str | None = None,
    reason: str | None = None,
) -> Event:
    """Go back to the champion before, or to that version. Raises UsageError or RegistryError where that cannot be."""
    from mldsl.runtime.registry import whoami

    registry = find(name, folder, store)
    state = registry.state()
    if to is not None and to == state.champion:
        raise UsageError(f"version {to} of `{name}` is in production already")
    if to is not None:
        _check_approved(registry, registry.version(to))
    return registry.rollback(by=by or whoami(), reason=reason or "by hand", to=to, seen=state)


@record
class Waiting:
    """A version of a deployment that a run made and that waits for approvals."""

    registry: Registry
    version: Version
    step: str
    teams: tuple[str, ...]


def waiting(run: Run) -> list[Waiting]:
    """What waits for an approval since a run, where that still holds."""
    from mldsl.plan.document import load
    from mldsl.runtime.deploy.approvals import missing_approvals
    from mldsl.runtime.registry import open_registry

    found: list[Waiting] = []
    plan = load(run.plan)
    store = _store_of(plan, run)
    for report in run.result.steps if run.result is not None else ():
        if report.kind == "deploy" and report.details.get("state") == "waiting":
            registry = open_registry(store, str(report.details["name"]))
            version = registry.version(int(report.details["version"]))
            body = _body(version, registry)
            teams = missing_approvals(registry, version, body)
            if teams:
                found.append(Waiting(registry, version, report.id, teams))
    return found


def approve(
    run: str = "last",
    *,
    team: str | None = None,
    folder: str = ".",
    by: str | None = None,
    reason: str | None = None,
    observer: Observer | None = None,
) -> RunResult | None:
    """Approve of what a run made, for a team or all that are asked, and go on with its deployments.

    What came of that is the result; None while another team's approval is missing. Raises UsageError where nothing
    waits for it.
    """
    from mldsl.api import find_run
    from mldsl.runtime.deploy.approvals import approve as note
    from mldsl.runtime.registry import whoami

    found = find_run(run, folder)
    there = waiting(found)
    asked = [(item, name) for item in there for name in item.teams if team in (None, name)]
    if not asked:
        raise _nothing_waits(f"the run {found.summary.id}", there, team)
    for item, name in asked:
        note(item.registry, item.version, name, by=by or whoami(), reason=reason)
    given = {(item.step, name) for item, name in asked}
    complete = [item.step for item in there if all((item.step, name) in given for name in item.teams)]
    return _continued(found, complete, observer) if complete else None


def approve_in(
    store: str, what: str = "last", *, team: str | None = None, by: str | None = None, reason: str | None = None
) -> list[Waiting]:
    """Approve of what waits in an artifact store, for a team or all that are asked; who waits there goes on by itself.

    So it is with what Kubeflow runs: no run of it is recorded here. `what` is the run that made the version, the start
    of its name, or the name under which it is deployed; `last` is whatever waits. Each version that was approved of is
    given back with the teams that are still missing. Raises UsageError where nothing waits for it, or several things.
    """
    from mldsl.runtime.deploy.approvals import approve as note
    from mldsl.runtime.registry import whoami

    there = list(_waiting_in(store, what))
    asked = [(item, name) for item in there for name in item.teams if team in (None, name)]
    if not asked:
        raise _nothing_waits(f"`{what}` in `{store}`" if what != "last" else f"`{store}`", there, team)
    names = sorted({item.registry.name for item, _ in asked})
    if what == "last" and len(names) > 1:
        listed = ", ".join(f"`{name}`" for name in names)
        message = f"several deployments in `{store}` wait: {listed}"
        raise UsageError(message, "say which: `mldsl approve NAME --store …`")
    for item, name in asked:
        note(item.registry, item.version, name, by=by or whoami(), reason=reason)
    given = {(item.registry.name, name) for item, name in asked}
    return [_left(item, given) for item in there if any(item is other for other, _ in asked)]


def _left(item: Waiting, given: set[tuple[str, str]]) -> Waiting:
    """What it waits for after these teams have approved of it."""
    teams = tuple(name for name in item.teams if (item.registry.name, name) not in given)
    return Waiting(item.registry, item.version, item.step, teams)


def _waiting_in(store: str, what: str) -> Iterator[Waiting]:
    """The newest version of each deployment in a store, of a run or under a name, where approvals of it are missing."""
    from mldsl.runtime.deploy.approvals import missing_approvals

    for registry in registries(store=store):
        versions = [item for item in registry.versions() if what in ("last", registry.name) or _is_of(item, what)]
        if versions:
            version = versions[-1]
            teams = missing_approvals(registry, version, _body(version, registry))
            if teams:
                yield Waiting(registry, version, f"deploy:{version.deployment}", teams)


def _is_of(version: Version, run: str) -> bool:
    return version.run is not None and version.run.startswith(run)


def _continued(run: Run, steps: list[str], observer: Observer | None) -> RunResult:
    """The deployments of a run, with its own plan and parameters: what it found before is in the store."""
    from mldsl_local.options import RunOptions

    from mldsl.api import _local
    from mldsl.plan.document import load
    from mldsl.plan.params import params_from_document
    from mldsl.runs.observer import Silent

    plan = load(run.plan)
    assert run.result is not None
    params = params_from_document(plan, dict(run.result.params))
    options = RunOptions(
        folder=_folder(run),
        program=run.summary.program,
        params=params,
        to=tuple(steps),
        observer=observer or Silent(),
    )
    return _local().run(plan, options)


def _nothing_waits(where: str, there: list[Waiting], team: str | None) -> UsageError:
    if there:
        teams = ", ".join(sorted({f"`{name}`" for item in there for name in item.teams}))
        return UsageError(f"{where} does not wait for `{team}`", f"it waits for {teams}")
    help_ = "`mldsl runs` lists the runs on this machine, `mldsl models` what is deployed"
    return UsageError(f"nothing in {where} waits for an approval", help_)


# --- where things are ------------------------------------------------------------------------------------------------


def _stores(folder: str, store: str | None) -> Iterator[Store]:
    from mldsl.runtime.store import open_store

    if store is not None:
        yield open_store(store, Path())
        return
    if not Path(folder).is_dir():
        raise UsageError(f"there is no directory `{folder}`")
    from mldsl.runs import run_roots

    seen = set()
    for root in run_roots(Path(folder)):
        for place in (str(root.absolute()), *_elsewhere(root)):
            if place not in seen:
                seen.add(place)
                yield open_store(place, Path())


def _elsewhere(root: Path) -> Iterator[str]:
    """The stores elsewhere of the newest run of each pipeline and profile that is recorded here."""
    from mldsl.plan.document import load
    from mldsl.runs import list_runs, load_run
    from mldsl.runtime.store.place import artifacts_place

    seen = set()
    for row in list_runs(root):
        if (row.pipeline, row.profile) in seen:
            continue
        seen.add((row.pipeline, row.profile))
        try:
            document = json.loads(load_run(root, row.id).plan)
            place = document["settings"]["artifacts"]
            if isinstance(place, dict) or "://" in str(place).removeprefix("file://"):
                yield artifacts_place(load(json.dumps(document)))
        except (OSError, ValueError, KeyError, TypeError):
            continue


def _store_of(plan: Plan, run: Run) -> Store:
    from mldsl_local.stores import plan_store

    return plan_store(plan, _folder(run))


def _folder(run: Run) -> Path:
    """The folder of the program that was run; where that is not recorded, the one of its store."""
    first = next(iter(run.events), {})
    folder = first.get("folder")
    return Path(folder) if isinstance(folder, str) and Path(folder).is_dir() else run.folder.parents[2]


def _newest(registry: Registry, champion: int | None) -> int:
    numbers = [version.number for version in registry.versions() if version.number != champion]
    if not numbers:
        raise UsageError(f"`{registry.name}` has no other version than the one in production")
    return numbers[-1]


def _check_approved(registry: Registry, version: Version) -> None:
    from mldsl.runtime.deploy.approvals import missing_approvals

    missing = missing_approvals(registry, version, _body(version, registry))
    if missing:
        teams = ", ".join(f"`{team}`" for team in missing)
        message = f"version {version.number} of `{registry.name}` waits for the approval of {teams}"
        raise UsageError(message, f"`mldsl approve {version.run or 'RUN'}` gives it")


def _body(version: Version, registry: Registry) -> DeployBody:
    """What the program said of the deployment when the version was made."""
    from mldsl.plan.document import load
    from mldsl.plan.nodes import DeployBody

    plan = load(registry.read(version, version.plan).decode("utf-8", "surrogatepass"))
    body = plan.step(f"deploy:{version.deployment}").body
    if not isinstance(body, DeployBody):
        raise StoreError(f"the plan of version {version.number} of `{registry.name}` has no such deployment")
    return body
