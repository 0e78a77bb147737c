"""`mldsl fmt`: the one canonical layout of a program; comments and literals stay as written."""

from mldsl.syntax.fmt.format import FormatResult, format_text

__all__ = ["FormatResult", "format_text"]
