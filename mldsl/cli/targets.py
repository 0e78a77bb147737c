"""`mldsl targets`: the backends, and what each can do."""

from __future__ import annotations

from argparse import Namespace

from mldsl.cli import console
from mldsl.cli.arguments import Arguments

EXAMPLES = """\
  mldsl targets
  mldsl targets --json"""

_KINDS = ("source", "check", "transform", "split", "model", "evaluate", "deploy", "monitor")


def add_arguments(parser: Arguments) -> None:
    """How to print them."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: Namespace) -> int:
    """Print a row for each thing that a program can ask for, a column for each backend."""
    from mldsl.backend import backend, backend_names
    from mldsl.backend.beyond import RESOURCES, SETTINGS

    found = {name: backend(name).capabilities for name in backend_names()}
    if options.json:
        targets = [
            {
                "name": name,
                "summary": can.summary,
                "steps": [kind for kind in _KINDS if kind in can.steps],
                "settings": sorted(can.settings),
                "resources": dict(sorted(can.resources.items())),
                "engines": sorted(can.engines),
                "options": [option.name for option in can.options],
            }
            for name, can in found.items()
        ]
        console.out_json({"version": 1, "targets": targets})
        return 0
    rows = [(kind, *(_yes(kind in can.steps) for can in found.values())) for kind in _KINDS]
    rows += [(f"`{name}`", *(_yes(name in can.settings) for can in found.values())) for name in SETTINGS]
    rows += [(f"`{name}`", *(_with(can.resources.get(name)) for can in found.values())) for name in RESOURCES]
    rows.append(("engines", *(", ".join(sorted(can.engines)) for can in found.values())))
    console.out(console.table(("", *found), rows))
    for name, can in found.items():
        console.say(f"{name}: {can.summary}")
    return 0


def _yes(has: bool) -> str:
    return "yes" if has else "no"


def _with(condition: str | None) -> str:
    """Whether a resource is given, and with which options."""
    if condition is None:
        return "no"
    return f"with {condition}" if condition else "yes"
