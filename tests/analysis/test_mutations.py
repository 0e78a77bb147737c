"""Whatever is changed in a program, the checker answers with diagnostics that lie in it, never with a crash."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.analysis.analyze import analyze
from mldsl.diagnostics.codes import CODES
from mldsl.diagnostics.model import Diagnostic
from mldsl.source import SourceFile
from mldsl.syntax.parser import parse
from tests.support.checking import check_text, transform
from tests.support.mutants import examples, mutants

LANGUAGE = (Path(__file__).parents[1] / "syntax" / "programs" / "language.ml").read_text()
MORE = (
    transform(
        """
  filter height is not null and plan in ("basic", "pro") or level == "low"
  derive { x = lag(age, 2) over (partition by plan order by seen desc); y = if active then age / 2 else null }
  rename note to remark
  asof join orders on id == orders.person and seen >= orders.at
  sort by age
  distinct on plan, gender
  group by plan { first = first(age); n = count(); q = quantile(height, 0.5) ?? 0 }
  sample 10%
"""
    )
    + 'transform s = sql("""select p.id, count(*) n from {people} p join {orders} o on o.person = p.id group by 1""")\n'
)
TOKEN = re.compile(r'"""[^"]*"""|"[^"\n]*"|@[\w:-]+|\w+|\s+|[^\w\s]')
PROGRAMS = [TOKEN.findall(text) for text in (LANGUAGE, MORE)]
WORDS = sorted({token for tokens in PROGRAMS for token in tokens if not token.isspace()})

CHANGE = st.tuples(st.sampled_from(("drop", "put", "add")), st.integers(0, 10_000), st.sampled_from(WORDS))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(PROGRAMS), st.lists(CHANGE, min_size=1, max_size=4))
def test_a_changed_program_is_answered(tokens: list[str], changes: list[tuple[str, int, str]]) -> None:
    changed = list(tokens)
    for what, where, word in changes:
        place = where % len(changed)
        changed[place : place + (what != "add")] = [] if what == "drop" else [word, " "]
    text = "".join(changed)
    for problem in check_text(text):
        assert problem.code in CODES
        assert 0 <= problem.span.start <= problem.span.end <= len(text)


def test_a_slip_in_an_example_is_little_more_than_one_diagnostic() -> None:
    """Of 500 programs with a token dropped, doubled or misspelt: a name's uses count, and there is never a crash."""
    total = number = 0
    programs = examples()
    share, rest = divmod(500, len(programs))
    for place, (path, text) in enumerate(programs.items()):
        before = len(analyze_file(path, text))
        for what, changed in mutants(text, share + (place < rest), seed=7):
            found = analyze_file(path, changed)
            assert all(item.code in CODES for item in found), what
            total += max(len(found) - before, 0)
            number += 1
    assert number == 500
    assert total / number <= 1.3


def analyze_file(path: str, text: str) -> tuple[Diagnostic, ...]:
    """All diagnostics of a text that stands in a file's place, the data beside it at hand."""
    parsed = parse(SourceFile(path, text))
    return analyze(parsed.module, syntax=parsed.diagnostics).diagnostics
