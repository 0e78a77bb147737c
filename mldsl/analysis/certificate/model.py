"""What a certificate says, and its form as plain data."""

from __future__ import annotations

import json
from typing import Literal as Choice

from mldsl.records import record

VERSION = 1
"""Raised when the document's shape changes in a way that readers notice."""

Within = Choice["own row", "same key", "same group", "same values", "any row"]
Time = Choice["strictly earlier", "same or earlier", "strictly later", "same or later"]


@record
class Claim:
    """What one rule says: that nothing was found (`proved`), or the warning that it gives (`found`)."""

    rule: str
    outcome: Choice["proved", "found"]
    sentence: str

    def document(self) -> dict[str, object]:
        """As plain data."""
        return {"rule": self.rule, "outcome": self.outcome, "sentence": self.sentence}


@record
class Dependency:
    """A column that goes into a feature, and the rows that it is read from.

    `same` names the values that these rows have in common with the row at hand, `time` how they lie to it in time.
    """

    column: str
    within: Within
    same: tuple[str, ...] = ()
    time: Time | None = None

    def document(self) -> dict[str, object]:
        """As plain data."""
        return {"column": self.column, "within": self.within, "same": list(self.same), "time": self.time}


@record
class Feature:
    """A feature with all that goes into it."""

    name: str
    depends_on: tuple[Dependency, ...]

    def document(self) -> dict[str, object]:
        """As plain data."""
        return {"name": self.name, "depends_on": [item.document() for item in self.depends_on]}


@record
class CertifiedModel:
    """A model: what it is fitted on and reads, and what was proved of it. `split` is None without one."""

    name: str
    task: str
    target: str | None
    fitted_on: str
    split: str | None
    features: tuple[Feature, ...]
    claims: tuple[Claim, ...]

    def document(self) -> dict[str, object]:
        """As plain data."""
        return {
            "name": self.name,
            "task": self.task,
            "target": self.target,
            "fitted_on": self.fitted_on,
            "split": self.split,
            "features": [item.document() for item in self.features],
            "claims": [item.document() for item in self.claims],
        }


@record
class CertifiedEvaluation:
    """An evaluation and what was proved of it."""

    model: str
    table: str
    claims: tuple[Claim, ...]

    def document(self) -> dict[str, object]:
        """As plain data."""
        return {"model": self.model, "table": self.table, "claims": [item.document() for item in self.claims]}


@record
class Fact:
    """What a run checks, or what is assumed: of which sort it is, the declaration that it is about, and a sentence."""

    kind: str
    about: str
    sentence: str

    def document(self) -> dict[str, object]:
        """As plain data."""
        return {"kind": self.kind, "about": self.about, "sentence": self.sentence}


@record
class Certificate:
    """What is known of a program under one profile. `meaning` is the SHA-256 of its plan, 64 hexadecimal digits."""

    mldsl: str
    program: str
    profile: str | None
    meaning: str
    models: tuple[CertifiedModel, ...]
    evaluations: tuple[CertifiedEvaluation, ...]
    run_time: tuple[Fact, ...]
    assumed: tuple[Fact, ...]

    def document(self) -> dict[str, object]:
        """The whole document as plain data."""
        return {
            "version": VERSION,
            "mldsl": self.mldsl,
            "program": self.program,
            "profile": self.profile,
            "meaning": self.meaning,
            "models": [item.document() for item in self.models],
            "evaluations": [item.document() for item in self.evaluations],
            "run_time": [item.document() for item in self.run_time],
            "assumed": [item.document() for item in self.assumed],
        }

    def to_json(self) -> bytes:
        """The document as JSON, the same bytes for the same program."""
        return json.dumps(self.document(), ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
