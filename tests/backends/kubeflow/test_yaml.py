"""Plain data written as YAML is read back as it was, by another library."""

from __future__ import annotations

import math

import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from mldsl_kubeflow.document.yaml import dumps

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WORDS = st.sampled_from(
    ["no", "NULL", "~", "1e3", "0x1", "1_000", "012", "=", "<<", "- a", "a: b", "#", "", " ", ".inf"]
)
SCALARS = st.one_of(
    TEXTS, WORDS, st.booleans(), st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS | WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(DATA)
@example({"a": [[], {}, [[1]], [{"b": [{}]}], {"c": {"d": None}}]})
@example([{"a": 1, "b": [1, 2]}, "x\ny", "\U0001f427\x85\u2028\ufeff\x7f"])
def test_it_is_read_back(data: object) -> None:
    found = yaml.safe_load(dumps(data))
    assert found == data and _types(found) == _types(data)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_a_number_to_the_last_digit(value: float) -> None:
    found = yaml.safe_load(dumps(value))
    assert isinstance(found, float) and found == value and math.copysign(1, found) == math.copysign(1, value)


@given(st.dictionaries(TEXTS, st.integers(), max_size=6))
def test_the_order_in_which_things_were_put_in_does_not_matter(data: dict[str, int]) -> None:
    assert dumps(dict(reversed(data.items()))) == dumps(data)


def _types(data: object) -> object:
    match data:
        case dict():
            return {name: _types(item) for name, item in data.items()}
        case list():
            return [_types(item) for item in data]
        case other:
            return type(other)
