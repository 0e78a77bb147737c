"""Programs given as text, checked: what the tests of the analysis share."""

from __future__ import annotations

from mldsl.analysis.analyze import Analysis, analyze
from mldsl.diagnostics.model import Diagnostic
from mldsl.source import SourceFile
from mldsl.syntax.loading import UnreadableFileError
from mldsl.syntax.parser import ParseResult, parse

# What is said of any short program: unused names, unchecked sources, unread columns.
HYGIENE = frozenset({"ML109", "ML501", "ML701", "ML702", "ML703"})

PRELUDE = """\
pipeline test
param cutoff: date = @2025-01-01
param limit: int = 10
source people = csv("people.csv") {
  id: string key
  name: string
  age: int
  height: float?
  born: date
  seen: datetime
  plan: enum("basic", "pro", "team")
  level: enum("low", "high")?
  active: bool
  note: text?
  gender: enum("f", "m") sensitive
  face: vector(3)
}
source orders = csv("orders.csv") {
  order: int key
  person: string
  at: datetime time
  amount: float
  status: string?
}
"""


def analyze_text(text: str, path: str = "test.ml", files: dict[str, str] | None = None) -> Analysis:
    """The analysis of a program; `files` are those that it may import, by path."""

    def load(wanted: str) -> ParseResult:
        if files is None or wanted not in files:
            raise UnreadableFileError(wanted, "there is no such file")
        return parse(SourceFile(wanted, files[wanted]))

    parsed = parse(SourceFile(path, text))
    return analyze(parsed.module, syntax=parsed.diagnostics, load=load, every_profile=True)


def check_text(text: str, path: str = "test.ml", files: dict[str, str] | None = None) -> list[Diagnostic]:
    """All diagnostics of a program."""
    return list(analyze_text(text, path, files).diagnostics)


def found(text: str) -> list[tuple[str, str]]:
    """Code and text under the carets of every diagnostic, hygiene left out."""
    return [(item.code, item.span.text) for item in check_text(text) if item.code not in HYGIENE]


def transform(body: str, table: str = "people") -> str:
    """A program whose transform `result` has these verbs."""
    return f"{PRELUDE}transform result = {table} {{\n{body}\n}}\n"


def check(body: str, table: str = "people") -> str:
    """A program with these expectations on a table."""
    return f"{PRELUDE}check {table} {{\n{body}\n}}\n"


def columns(text: str, name: str = "result") -> list[str]:
    """The columns of a table as they would be written in a schema; the program must have no errors."""
    analysis = analyze_text(text)
    assert analysis.program is not None, [(item.code, item.message) for item in analysis.diagnostics]
    schema = analysis.program.tables[name]
    return [" ".join([f"{item.name}: {item.type}", *sorted(item.roles)]) for item in schema.columns]
