"""What a step raises when it cannot do its work."""

from __future__ import annotations

from mldsl.errors import StepError


class StepFailed(StepError):  # noqa: N818 - it reads as what happened
    """A step could not do its work, for a reason that the user can understand and mend.

    `message` is one sentence, `help` the way out where there is one, `code` the diagnostic's code where one fits
    (ML212: the data does not fit its schema, ML213: a `python` or `sql` step returned something else).
    """

    def __init__(self, message: str, help: str | None = None, code: str | None = None) -> None:
        super().__init__(message, help)
        self.code = code


class UserCodeFailed(StepFailed):
    """A user's Python failed. What it raised is the cause, and its traceback is worth keeping."""
