"""The trace of an analysis: every name and what it stands for, and the columns that each verb sees."""

from __future__ import annotations

import re

from mldsl.analysis.analyze import analyze
from mldsl.analysis.trace import Trace
from mldsl.analysis.typed import Column
from mldsl.source import SourceFile
from mldsl.syntax.parser import parse

PROGRAM = """\
pipeline p
param least: int = 3
source a = csv("a.csv") {
  id: int key
  n: int
}
source b = csv("b.csv") {
  id: int key
  m: float
}
transform t = a {
  filter n > least
  join b on id
  rename m to weight
  derive more = weight + n
}
transform u = sql("select id, more as extra from {t}")
transform v = u { filter extra > 1 }
profile other {
  param least = 4
}
"""


def _trace(text: str) -> tuple[SourceFile, Trace]:
    file, trace = SourceFile("p.ml", text), Trace()
    parsed = parse(file)
    analyze(parsed.module, syntax=parsed.diagnostics, trace=trace)
    return file, trace


def _targets(line: str, word: str) -> set[str]:
    """What `word` in `line` stands for: where it is declared, and under which name."""
    file, trace = _trace(PROGRAM)
    at = PROGRAM.index(line) + re.search(rf"\b{word}\b", line).start()
    found = set()
    for use in trace.uses:
        if use.span.start == at and use.span.text == word:
            place = use.target.origin if isinstance(use.target, Column) else use.target.name.span
            name = use.target.name if isinstance(use.target, Column) else use.target.name.text
            found.add(f"{name}@{file.position(place.start).line}" if place else name)
    return found


def test_columns_parameters_and_tables():
    assert _targets("filter n > least", "n") == {"n@5"}
    assert _targets("filter n > least", "least") == {"least@2"}
    assert _targets("join b on id", "b") == {"b@7"}
    assert _targets("transform v = u {", "u") == {"u@17"}


def test_a_join_on_one_name_stands_for_both_columns():
    assert _targets("join b on id", "id") == {"id@4", "id@8"}


def test_a_renamed_column_keeps_its_origin_under_its_new_name():
    assert _targets("rename m to weight", "m") == {"m@9"}
    assert _targets("rename m to weight", "weight") == {"weight@9"}
    assert _targets("derive more = weight + n", "weight") == {"weight@9"}


def test_names_in_sql():
    assert _targets('select id, more as extra from {t}"', "id") == {"id@4"}
    assert _targets('select id, more as extra from {t}"', "more") == {"more@15"}
    assert _targets('select id, more as extra from {t}"', "extra") == {"extra@15"}
    assert _targets("{t}", "t") == {"t@11"}


def test_what_a_profile_overrides():
    assert _targets("param least = 4", "least") == {"least@2"}


def test_what_each_verb_sees():
    _, trace = _trace(PROGRAM)
    seen = {span.text.split()[0]: schema.names for span, schema in trace.seen.items()}
    assert seen["join"] == ("id", "n")
    assert seen["rename"] == ("id", "n", "m")
    assert seen["derive"] == ("id", "n", "weight")


def test_nothing_is_noted_unless_asked():
    parsed = parse(SourceFile("p.ml", PROGRAM))
    found = analyze(parsed.module, syntax=parsed.diagnostics)
    assert found.run is not None
    assert found.run.context.trace is None
