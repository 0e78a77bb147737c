"""What is written here instead of what other languages have: their words, comments and operators."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mldsl.syntax.tokens import Token

OPERATORS: Mapping[str, str] = {"<>": "!=", "===": "==", "!==": "!=", "=<": "<="}
"""Operators of several signs, read as two tokens here."""

STATEMENTS: Mapping[str, str] = {
    **dict.fromkeys(("where",), "filter"),
    **dict.fromkeys(("mutate", "with_columns", "assign", "let", "var", "set", "compute", "extend"), "derive"),
    **dict.fromkeys(("limit", "head"), "take"),
    **dict.fromkeys(("order", "order_by", "arrange", "orderby"), "sort by"),
    **dict.fromkeys(("groupby", "group_by", "aggregate", "summarize", "summarise", "agg"), "group by"),
    **dict.fromkeys(("merge", "lookup", "inner"), "join"),
    **dict.fromkeys(("append", "concat", "bind_rows"), "union"),
    **dict.fromkeys(("remove", "delete", "exclude"), "drop"),
    **dict.fromkeys(("keep", "project"), "select"),
    **dict.fromkeys(("dedupe", "deduplicate", "drop_duplicates", "unique"), "distinct"),
    **dict.fromkeys(("assert", "ensure", "expectation"), "expect"),
    **dict.fromkeys(("dataset", "data", "table", "load", "read"), "source"),
    **dict.fromkeys(("include", "use", "from"), "import"),
    **dict.fromkeys(("const", "parameter", "variable", "arg"), "param"),
    **dict.fromkeys(("train", "fit", "estimator"), "model"),
    **dict.fromkeys(("validate", "test"), "check"),
}
"""The statements and declarations of other languages, and what they are called here."""

_UNITS = re.compile(
    r"(?i)(?P<w>weeks?)|(?P<d>days?)|(?P<h>hours?|hrs?)|(?P<ms>milliseconds?|ms)|(?P<m>minutes?|mins?|m)|(?P<s>seconds?|secs?|s)"
)


def unit(word: str) -> str | None:
    """`days` as the unit of a duration, `d`; None for what is no unit of time."""
    match = _UNITS.fullmatch(word)
    return match.lastgroup if match else None


def comment(tokens: Sequence[Token], at: int) -> str | None:
    """The sign that starts a comment in other languages, if the token at `at` is one: `//`, `--`, `/*`."""
    token = tokens[at]
    behind = tokens[at + 1] if at + 1 < len(tokens) else None
    if token.text == "//":
        return "//"
    pair = token.text + (behind.text if behind is not None and behind.start == token.end else "")
    return pair if pair in ("--", "/*", "/**") else None
