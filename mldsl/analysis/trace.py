"""What an editor wants to know beside the diagnostics: what each name refers to, and which columns a verb sees."""

from __future__ import annotations

from dataclasses import dataclass, field

from mldsl.analysis.scope import Named
from mldsl.analysis.typed import Column, Schema
from mldsl.records import record
from mldsl.source import Span


@record
class Use:
    """The name at `span` stands for `target`. A name that stands for a column of two tables has a use for each."""

    span: Span
    target: Column | Named


@dataclass(slots=True)
class Trace:
    """`uses` in the order in which they were found; `seen` has the table before each verb, by the verb's place."""

    uses: list[Use] = field(default_factory=list)
    seen: dict[Span, Schema] = field(default_factory=dict)
