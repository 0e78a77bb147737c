"""What a request gets that cannot be answered: a status and one sentence."""

from __future__ import annotations


class RefusedError(Exception):
    """A request that is not answered, and why.

    `message` is one sentence for whoever sent it, and may quote what was sent. `field` and `row` (from 0) say where it
    is wrong, where that is known; they are what a log may hold. `version` is that of the model that failed, if one did.
    """

    def __init__(
        self, status: int, message: str, *, field: str | None = None, row: int | None = None, version: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.row = row
        self.version = version

    def document(self) -> dict[str, object]:
        """What the answer holds: `error`, as the Open Inference Protocol has it, and where it is."""
        found: dict[str, object] = {"error": self.message}
        if self.field is not None:
            found["field"] = self.field
        if self.row is not None:
            found["row"] = self.row
        return found


def bad(message: str, *, field: str | None = None, row: int | None = None) -> RefusedError:
    """A request that is wrong in itself."""
    return RefusedError(400, message, field=field, row=row)
