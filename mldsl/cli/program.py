"""The program that a command is about: its arguments, and loading it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.api import Program
    from mldsl.cli.arguments import Arguments


def add_program(parser: Arguments, *, params: bool = True) -> None:
    """The file, the profile, and (for what looks at values) the parameters."""
    parser.add_argument("file", metavar="FILE", help="the program")
    add_profile(parser, params=params)


def add_profile(parser: Arguments, *, params: bool = True) -> None:
    """The profile and the parameters alone."""
    parser.add_argument("--profile", metavar="NAME", help="under this profile of the program")
    if params:
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a parameter's value; also run_date and run_time; may be given several times",
        )


def load(options: Namespace) -> Program:
    """The program; how many warnings it has is said. Raises ProgramError for one with errors, and UsageError."""
    from mldsl.api import load as load_program
    from mldsl.errors import ProgramError

    program = load_program(options.file, options.profile, values(getattr(options, "set", ())))
    if not program.ok:
        raise ProgramError(f"`{options.file}` has errors", program.diagnostics)
    say_warnings(options, len(program.diagnostics))
    return program


def say_warnings(options: Namespace, count: int) -> None:
    """Say how many warnings the program has, if any."""
    if count:
        console.say(f"{count} warning{'s' if count > 1 else ''}: `mldsl check {options.file}` shows what about")


def values(words: Sequence[str]) -> dict[str, str]:
    """`name=value` words as a mapping; UsageError for one without a `=`, and for a name given twice."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"`--set {word}` sets nothing", "write `--set NAME=VALUE`")
        if name in found:
            raise UsageError(f"`--set {name}=…` is given twice")
        found[name] = value
    return found
