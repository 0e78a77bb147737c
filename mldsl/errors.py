"""The errors that mldsl raises on purpose: one hierarchy, each with a sentence for people and, often, a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mldsl.diagnostics.model import Diagnostic


class MldslError(Exception):
    """Everything that mldsl raises on purpose.

    `message` is one sentence; `help` says what to do instead, if that is known. `exit_status` is what the command line
    ends with.
    """

    exit_status = 4

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help

    def __str__(self) -> str:
        return self.message if self.help is None else f"{self.message} ({self.help})"


class ProgramError(MldslError):
    """The program has mistakes; `diagnostics` are all that was found in it, warnings included."""

    exit_status = 1

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


class UsageError(MldslError):
    """Asked for something that there is not: an unknown step, parameter, backend or run, a value that does not fit."""

    exit_status = 2


class PlanError(MldslError):
    """No plan can be made of a program, or a plan cannot be read: damaged, or made by a newer mldsl."""

    exit_status = 1


class StoreError(MldslError):
    """An artifact store or a run record that cannot be read or written."""


class StepError(MldslError):
    """A step could not do its work: the data does not fit, a file is missing, a user's function failed."""
