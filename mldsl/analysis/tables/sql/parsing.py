"""SQL text to sqlglot's tree."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from mldsl.analysis.tables.sql.scopes import Reporter
from mldsl.source import Span


def parse_query(reporter: Reporter) -> exp.Query | None:
    """The one query of the text in DuckDB's dialect; None after ML111, at the place where it stops making sense."""
    text = reporter.text
    try:
        statements = [item for item in sqlglot.parse(text.masked, dialect="duckdb") if item is not None]
    except ParseError as wrong:
        span, near = _place(wrong, reporter)
        context = f" near `{near}`" if near else ""
        reporter.context.report("ML111", f"this is not DuckDB's SQL{context}", span)
        return None
    except (SqlglotError, RecursionError):
        message = "this is not DuckDB's SQL: a quote or a bracket is never closed, or it is nested too deep"
        reporter.context.report("ML111", message, text.literal)
        return None
    if len(statements) == 1 and isinstance(statements[0], exp.Query):
        return statements[0]
    message = "a `sql` block is one query, a `select`" if statements else "there is no SQL here"
    reporter.context.report("ML111", message, text.literal)
    return None


def _place(wrong: ParseError, reporter: Reporter) -> tuple[Span, str]:
    """Where the parser stopped, and the word that stands there; sqlglot counts columns to the word's end."""
    text = reporter.text
    first = wrong.errors[0] if wrong.errors else {}
    line, column, word = first.get("line"), first.get("col"), str(first.get("highlight") or "")
    if not line or not column:
        return text.literal, ""
    start = 0
    for _ in range(line - 1):
        start = text.text.find("\n", start) + 1
    end = min(start + column, len(text.text))
    return text.place(max(end - max(len(word), 1), 0), end), text.text[max(end - len(word), 0) : end]
