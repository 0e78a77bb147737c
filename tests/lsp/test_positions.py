"""Positions: UTF-16 by default, whatever the text has in it, and the protocol's own line ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from mldsl.lsp.positions import Lines


def test_utf_16_counts_two_units_for_what_is_beyond_the_basic_plane():
    lines = Lines("a🚀b\nü x")
    assert lines.position(2) == types.Position(0, 3)
    assert lines.position(3) == types.Position(0, 4)
    assert lines.position(5) == types.Position(1, 1)
    assert lines.offset(types.Position(0, 3)) == 2


@pytest.mark.parametrize(("encoding", "units"), [("utf-8", 7), ("utf-16", 4), ("utf-32", 3)])
def test_other_encodings_when_the_client_wants_them(encoding, units):
    lines = Lines("aü🚀b", encoding)
    assert lines.position(3).character == units
    assert lines.offset(types.Position(0, units)) == 3


def test_lines_end_where_the_protocol_says():
    lines = Lines("a\r\nb\rc\u2028d\x0ce\nf")
    assert [lines.line(at) for at in range(len(lines))] == ["a", "b", "c\u2028d\x0ce", "f"]


def test_positions_beyond_a_line_and_beyond_the_text_are_their_ends():
    lines = Lines("ab\ncd")
    assert lines.offset(types.Position(0, 99)) == 2
    assert lines.offset(types.Position(9, 0)) == 5


@settings(max_examples=100, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("aü🚀\n\r\u2028 "), max_size=30), st.sampled_from(["utf-8", "utf-16", "utf-32"])
)
def test_there_and_back(text, encoding):
    lines = Lines(text, encoding)
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] != "\r\n":
            assert lines.offset(lines.position(offset)) == offset
