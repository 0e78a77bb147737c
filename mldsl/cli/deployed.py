"""Where the commands that look at deployments look for them, and who is said to have acted."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from mldsl.cli import console

if TYPE_CHECKING:
    from mldsl.cli.arguments import Arguments
    from mldsl.runtime.registry import Event, State

STATES = ("champion", "candidate", "earlier champion")


def add_store(parser: Arguments) -> None:
    """The folder, or a store."""
    parser.add_argument(
        "--in",
        dest="folder",
        default=".",
        metavar="DIR",
        help="look at the programs in this directory and three levels below; the current one by default",
    )
    parser.add_argument("--store", metavar="URI", help="look in this artifact store instead: a directory, or s3://…")


def add_actor(parser: Arguments) -> None:
    """Who and why."""
    parser.add_argument("--by", metavar="WHO", help="who does it, for the history; user@host by default")
    parser.add_argument("--reason", metavar="TEXT", help="why, for the history")


def standing(number: int, state: State) -> str:
    """What a version is now; empty for one that never was in production."""
    if number == state.champion:
        return STATES[0]
    if number == state.candidate:
        return STATES[1]
    return STATES[2] if number in state.previous else ""


def event_line(event: Event) -> tuple[str, str, str, str, str]:
    """An event as cells: when, what, which version, who, why."""
    version = "" if event.version is None else str(event.version)
    return event.time[:19], event.kind.replace("_", " "), version, event.by, event.reason or ""


def tell(event: Event, options: Namespace) -> int:
    """Say how things stand after what was done, with `--json` also to programs; the exit status."""
    name, state = options.name, event.state
    if options.json:
        console.out_json({"version": 1, "name": name, "event": event.document()})
    candidate = "" if state.candidate is None else f", version {state.candidate} is its candidate"
    console.say(f"version {state.champion} of {name} is in production{candidate}")
    return 0
