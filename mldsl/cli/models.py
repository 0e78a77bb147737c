"""`mldsl models [NAME]`: what is deployed, its versions, and how that came to be."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.deployed import add_store, event_line, standing
from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.runtime.registry import Registry, Version

EXAMPLES = """\
  mldsl models                     every deployment, and what is in production
  mldsl models churn               its versions and its history
  mldsl models churn --json | jq '.versions[-1].evaluation'
  mldsl models --store s3://ml-prod/churn"""

LIMIT = 20
# So many metrics of a version are told; the rest is in `--json`.
_METRICS = 3


def add_arguments(parser: Arguments) -> None:
    """Which one, and where to look."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="one deployment, with its versions and its history")
    add_store(parser)
    parser.add_argument(
        "--limit", type=int, metavar="N", help=f"so many of NAME's latest events; {LIMIT} by default, all with --json"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: Namespace) -> int:
    """Print them as tables or as JSON. Raises UsageError for a limit of nothing."""
    _check_limit(options)
    from mldsl.deployments import find, registries

    if options.name is not None:
        _one(find(options.name, options.folder, options.store), options)
        return 0
    found = registries(options.folder, options.store)
    if options.json:
        console.out_json({"version": 1, "deployments": [_document(registry) for registry in found]})
    elif found:
        head = ("NAME", "TARGET", "PIPELINE", "CHAMPION", "CANDIDATE", "VERSIONS", "SINCE (UTC)")
        console.out(console.table(head, list(map(_cells, found)), right=[3, 4, 5]))
    else:
        console.say("nothing is deployed here yet: `mldsl run FILE` does it, where the file has a `deploy`")
    return 0


def _check_limit(options: Namespace) -> None:
    if options.limit is None:
        return
    if options.limit < 1:
        raise UsageError(f"`--limit {options.limit}`: it is 1 at least")
    if options.name is None:
        raise UsageError("`--limit` is about one deployment's history", "name one: `mldsl models NAME --limit 5`")


def _cells(registry: Registry) -> tuple[str, ...]:
    versions, state, events = registry.versions(), registry.state(), registry.events()
    newest = versions[-1] if versions else None
    since = next((event.time for event in reversed(events) if event.state.champion != state.champion), None)
    live = next((event.time for event in events if since is None or event.time > since), "")
    return (
        registry.name,
        newest.target if newest else "",
        newest.pipeline if newest else "",
        "" if state.champion is None else str(state.champion),
        "" if state.candidate is None else str(state.candidate),
        str(len(versions)),
        live[:19] if state.champion is not None else "",
    )


def _one(registry: Registry, options: Namespace) -> None:
    if options.json:
        console.out_json({"version": 1, **_document(registry, options.limit)})
        return
    state = registry.state()
    rows = [
        (
            str(version.number),
            standing(version.number, state),
            version.created[:19],
            version.run or "",
            version.by,
            ", ".join(_metrics(version)),
        )
        for version in registry.versions()
    ]
    console.out(console.table(("VERSION", "STATE", "CREATED (UTC)", "RUN", "BY", "METRICS"), rows, right=[0]))
    events = registry.events()[-(options.limit or LIMIT) :]
    if events:
        console.out("")
        head = ("WHEN (UTC)", "WHAT", "VERSION", "BY", "WHY")
        console.out(console.table(head, list(map(event_line, events)), right=[2]))


def _metrics(version: Version) -> Iterator[str]:
    from mldsl.cli.results import number

    metrics = version.evaluation.get("metrics", {})
    yield from (f"{name} {number(value)}" for name, value in list(metrics.items())[:_METRICS])


def _document(registry: Registry, limit: int | None = None) -> dict[str, Any]:
    """Everything that is known, or so many of the latest events of it."""
    events = registry.events()
    return {
        "name": registry.name,
        "store": str(registry.store),
        "state": registry.state().document(),
        "versions": [version.document() for version in registry.versions()],
        "events": [event.document() for event in events[-(limit or len(events)) :]],
    }
