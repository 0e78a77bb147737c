"""What the store remembers of a step: its outputs, what it found, and what its key was made of."""

from __future__ import annotations

import json
from dataclasses import field
from typing import Any, Literal

from mldsl.records import record

RECORD_VERSION = 1
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True).encode

StoredKind = Literal["table", "model", "json", "bytes"]


@record
class Stored:
    """One artifact. `digest` is the SHA-256 of its bytes, `size` their number, `rows` a table's number of rows."""

    digest: str
    suffix: str
    kind: StoredKind
    size: int
    rows: int | None = None

    @property
    def path(self) -> str:
        """Where it lies in the store."""
        return f"objects/{self.digest}{self.suffix}"

    def document(self) -> dict[str, object]:
        """As plain JSON."""
        return {name: getattr(self, name) for name in ("digest", "suffix", "kind", "size", "rows")}


@record
class Record:
    """What came of a step. `passed` is false when an expectation was not met; its outputs are there all the same.

    `details` is the step's report as plain JSON, `parts` what its key was made of, `seconds` how long it took.
    """

    key: str
    step: str
    kind: str
    outputs: dict[str, Stored]
    passed: bool = True
    details: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    parts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """The record as a JSON document."""
        document = {
            "version": RECORD_VERSION,
            "key": self.key,
            "step": self.step,
            "kind": self.kind,
            "passed": self.passed,
            "outputs": {name: item.document() for name, item in self.outputs.items()},
            "details": self.details,
            "warnings": list(self.warnings),
            "seconds": self.seconds,
            "parts": self.parts,
        }
        return _encode(document)


def record_from_json(text: str) -> Record | None:
    """The record in a document; None where it is damaged or of another version, and so as good as not there."""
    try:
        document = json.loads(text)
        if document["version"] != RECORD_VERSION:
            return None
        outputs = {name: Stored(**item) for name, item in document["outputs"].items()}
        return Record(
            document["key"],
            document["step"],
            document["kind"],
            outputs,
            document["passed"],
            document["details"],
            tuple(document["warnings"]),
            document["seconds"],
            document["parts"],
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
