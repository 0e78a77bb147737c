"""RE2's regular expressions, kept where Rust's engine reads them otherwise."""

from __future__ import annotations

import polars as pl
import pytest

from mldsl.runtime.engine.regex import translate
from mldsl.runtime.errors import StepFailed


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^\d+$", "123", True),
        (r"^\d+$", "١٢٣", False),  # RE2's \d is ASCII
        (r"^\w+$", "a_1", True),
        (r"^\w+$", "é", False),
        (r"^\W+$", "é", True),
        (r"\s", "\u00a0", False),
        (r"\S", "\u00a0", True),
        (r"\bcat\b", "a cat!", True),
        (r"\bcat\b", "écaté", True),  # é is no word character in ASCII
        (r"^[[a]+$", "[a[", True),
        (r"^[a&&b]+$", "a&b", True),
        (r"^[a~~b]+$", "~", True),
        (r"^[]a]+$", "]a", True),
        (r"^[^]a]+$", "b", True),
        (r"^[\d\-x]+$", "3-x", True),
        (r"^[^\W]+$", "ab", True),
        (r"^[a-c-]+$", "b-", True),
        (r"[[:digit:]]", "7", True),
        (r"^[[:alpha:]_]+$", "ab_", True),
        (r"\Q.*\E$", "x.*", True),
        (r"\Q.*\E$", "xyz", False),
        (r"\<a\>", "<a>", True),
        (r"\x41\x{42}", "AB", True),
        (r"\101", "A", True),
        (r"\pL\p{Greek}", "aβ", True),
        (r"(?i)STRASSE", "strasse", True),
        (r"(?P<y>\d)-", "5-", True),
        (r"^.$", "日", True),
        (r"a.b", "a\nb", False),
        (r"(?s)a.b", "a\nb", True),
        (r"\é", "é", True),
        (r"\#\&\~\ ", "#&~ ", True),
        ("", "x", True),
    ],
)
def test_meaning(pattern: str, text: str, found: bool) -> None:
    assert pl.select(pl.lit(text).str.contains(translate(pattern))).item() is found


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(a)\1", "no backreferences"),
        ("a\\", "it ends in"),
        ("[a", "never closed"),
        (r"\y", "RE2 does not know"),
        (r"\p{L", "never closed"),
    ],
)
def test_what_re2_refuses(pattern: str, why: str) -> None:
    with pytest.raises(StepFailed, match=why):
        translate(pattern)
