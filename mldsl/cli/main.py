"""`mldsl …`: finds the command, runs it, and turns whatever happens into a sentence and an exit status."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from mldsl import __version__
from mldsl.cli import console
from mldsl.errors import MldslError, ProgramError, UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from mldsl.cli.arguments import Arguments

COMMANDS: dict[str, str] = {
    "new": "makes a folder with a pipeline that runs as it is, from a data file",
    "check": "finds what is wrong, as it stands and under each profile; runs nothing",
    "fmt": "writes the one canonical layout; comments stay",
    "graph": "draws the steps and what they need from each other",
    "plan": "says of each step whether it is cached or will run, and why",
    "diff": "says what changed in meaning between two versions, step by step",
    "run": "carries a program out on this machine",
    "compile": "writes a backend's files for a program",
    "runs": "lists the runs so far",
    "show": "shows what came of one run",
    "models": "lists what is deployed, its versions and its history",
    "promote": "puts a version of a model into production",
    "rollback": "goes back to the version that was in production before",
    "approve": "approves of what a run made, and goes on with its deployments",
    "serve": "answers requests for predictions at an endpoint, over HTTP",
    "monitor": "looks at what a deployment predicts, and acts on a breach",
    "clean": "frees what no recent run needs",
    "infer": "prints a source block for a data file",
    "explain": "prints the page of a diagnostic: what it means, and an example mended",
    "lsp": "serves editors; they start it themselves",
    "targets": "lists the backends and what each can do",
}
"""Every command and what it does; `mldsl.cli.NAME` is its module, imported only when it is used."""

# How many objects more than before until garbage is looked for: imports, trees and plans are many, and no garbage, so
# that with Python's 700 a sixth of a short command's time goes into looking.
_GARBAGE = 50_000

INTERNAL_ERROR = 70
INTERRUPTED = 130

_EXAMPLES = """\
examples:
  mldsl check pipeline.ml           is it right?
  mldsl run pipeline.ml             run it here
  mldsl explain ML201               what does this code mean?

`mldsl COMMAND --help` says more about a command."""


class Command(Protocol):
    """What a command's module has."""

    EXAMPLES: str

    def add_arguments(self, parser: Arguments) -> None:
        """Declare what the command takes."""

    def run(self, options: Namespace) -> int:
        """Do it; the exit status."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status; no exception leaves it."""
    gc.set_threshold(_GARBAGE, *gc.get_threshold()[1:])
    console.prepare_streams()
    try:
        return _attempt(list(sys.argv[1:] if argv is None else argv))
    except BrokenPipeError:
        console.abandon_stdout()
        return console.PIPE_CLOSED
    except KeyboardInterrupt:
        console.say("interrupted")
        return INTERRUPTED


def _attempt(words: list[str]) -> int:
    try:
        status = _dispatch(words)
        console.finish()
    except ProgramError as error:
        console.show(error.diagnostics)
        return error.exit_status
    except MldslError as error:
        console.tell(error)
        return error.exit_status
    except BrokenPipeError:
        raise
    except Exception as error:  # the last net: a bug of ours
        return _internal_error(error)
    return status


def _dispatch(words: list[str]) -> int:
    name = words[0] if words else ""
    if name in ("-h", "--help", "help"):
        console.out(_overview())
        return 0
    if name in ("-V", "--version"):
        console.out(f"mldsl {__version__}")
        return 0
    if name not in COMMANDS:
        raise _no_such_command(name)
    from mldsl.cli.arguments import Arguments

    command = cast("Command", import_module(f"mldsl.cli.{name}"))
    parser = Arguments(name, COMMANDS[name], command.EXAMPLES, words[1:])
    command.add_arguments(parser)
    try:
        options = parser.read()
    except SystemExit:  # how argparse ends after --help
        return 0
    return command.run(options)


def _overview() -> str:
    wide = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{wide}}  {summary}" for name, summary in COMMANDS.items())
    return f"usage: mldsl COMMAND …\n\ncommands:\n{commands}\n\n{_EXAMPLES}"


def _no_such_command(name: str) -> UsageError:
    from mldsl.diagnostics.suggest import did_you_mean

    known = f"the commands are {', '.join(COMMANDS)}; `mldsl --help` says what they do"
    if not name:
        return UsageError("a command is missing", known)
    if name.endswith(".ml"):
        return UsageError(f"`{name}` is no command", f"did you mean `mldsl run {name}`?")
    near = did_you_mean(name, COMMANDS)
    return UsageError(f"there is no command `{name}`", f"{near} {known}" if near else known)


def _internal_error(error: Exception) -> int:
    """Keep the traceback out of the user's way, but not from who mends it."""
    import os
    import tempfile
    import traceback

    try:
        handle, path = tempfile.mkstemp(prefix="mldsl-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(f"mldsl {__version__}, Python {sys.version}\n{sys.argv}\n")
            traceback.print_exception(error, file=stream)
        where = f"its traceback is in {path}"
    except OSError:
        where = "its traceback could not be written anywhere"
    console.say(f"internal error: {type(error).__name__}: {error} (a bug in mldsl; {where})".replace("\n", " "))
    return INTERNAL_ERROR
