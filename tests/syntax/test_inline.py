"""An expression on one line: the same text however it was laid out."""

from __future__ import annotations

import pytest

from mldsl.syntax.fmt.inline import inline
from tests.support.syntax import parsed


def shown(condition: str) -> str:
    (check,) = parsed(f"check t {{ expect {condition} }}").module.declarations
    return inline(check.expectations[0].condition)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a>0", "a > 0"),
        ("a  >=\n  1_000", "a >= 1_000"),
        ("f ( a,b )>- 1", "f(a, b) > -1"),
        ("a in(1,2)", "a in (1, 2)"),
        ("a-b==-c", "a - b == -c"),
        ("null_rate( `Monthly Charges` )<=5%", "null_rate(`Monthly Charges`) <= 5%"),
        ("a # why\n and b # so", "a and b"),
        ('a=="x  # y"', 'a == "x  # y"'),
        ("lag(a,1)over(partition by b order by c)>0", "lag(a, 1) over (partition by b order by c) > 0"),
        ("not(a or b)", "not (a or b)"),
        ("`plain`>@2025-01-01", "plain > @2025-01-01"),
    ],
)
def test_layout_does_not_matter(written: str, expected: str):
    assert shown(written) == expected
    assert shown(expected) == expected
