"""What holds for every text: a parse never fails, and the layout never changes what a program says."""

# ruff: noqa: SIM905
from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mldsl.source import SourceFile
from mldsl.syntax.fmt import format_text
from tests.support.generated import programs
from tests.support.syntax import LANGUAGE, parsed

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_SOUP = st.lists(
    st.sampled_from(
        "source transform derive filter expect model predict from { } ( ) = : , ; \n a b 1 5% 2d @2025-01-01 .. | and"
        ' or not if then else in is null "x" " """ ` # - ** ?? ? over . é \t \r\n & [ \' @ 1x'.split(" ")
    ),
    max_size=60,
).map(" ".join)


@FEW
@given(programs)
def test_generated_programs_are_valid(text: str) -> None:
    assert [(d.message, d.span.location) for d in parsed(text).diagnostics] == []


@MANY
@given(programs)
def test_layout_keeps_the_meaning_and_the_comments(text: str) -> None:
    before = parsed(text).module
    result = format_text(SourceFile("a.ml", text))
    assert result.fault is None
    after = parsed(result.text).module
    assert after.declarations == before.declarations
    assert [(c.text, c.own_line) for c in after.comments] == [(c.text, c.own_line) for c in before.comments]


@MANY
@given(programs)
def test_layout_is_stable(text: str) -> None:
    once = format_text(SourceFile("a.ml", text)).text
    twice = format_text(SourceFile("a.ml", once))
    assert (twice.text, twice.changed) == (once, False)


@MANY
@given(st.one_of(st.text(max_size=200), _SOUP))
@example('"' * 999)
@example("`")
@example("source s = csv(")
@example("{" * 300)
@example("\x00")
@example(";#")
def test_no_text_breaks_the_parser(text: str) -> None:
    result = parsed(text)
    for found in result.diagnostics:
        assert found.code in {"ML001", "ML002", "ML003", "ML004"}
        assert 0 <= found.span.start <= found.span.end <= len(text)
    formatted = format_text(SourceFile("a.ml", text))
    assert formatted.fault is None
    assert (formatted.text is None) == bool(result.diagnostics)


@FEW
@given(st.integers(0, len(LANGUAGE) - 1), st.integers(0, 12), st.text(max_size=3))
def test_no_damage_breaks_the_parser(at: int, length: int, put: str) -> None:
    result = parsed(LANGUAGE[:at] + put + LANGUAGE[at + length :])
    assert len(result.diagnostics) <= 25
    assert all(found.message for found in result.diagnostics)


@FEW
@given(programs, st.randoms(use_true_random=False))
def test_damaged_programs_are_read_as_far_as_possible(text: str, random: Random) -> None:
    words = text.split(" ")
    at = random.randrange(len(words))
    damaged = " ".join([*words[:at], *random.choice([[], [words[at]] * 2, [words[at][::-1]]]), *words[at + 1 :]])
    for declaration in parsed(damaged).module.declarations:
        assert declaration.span.start < declaration.span.end
