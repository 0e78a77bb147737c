"""ML603: a password or a token written in the file, where everyone who reads the file reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mldsl.analysis.rules.subject import Subject
from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span
from mldsl.syntax import tree

# What a secret is, and how it is found: the group `secret` is the part that should not be there. `{…}`, `$…` and `<…>`
# are placeholders.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a password", re.compile(r"\w://[^\s/:@\"]*:(?P<secret>[^\s/@\"{$<][^\s/@\"]*)@")),
    (
        "a password or a token",
        re.compile(
            r"(?i)[?&;](?:password|passwd|pwd|token|access_token|api_?key|secret)=(?P<secret>[^&;\s\"{$<][^&;\s\"]*)"
        ),
    ),
    ("a webhook's token", re.compile(r"hooks\.slack\.com/services/(?P<secret>\w+/\w+/\w+)")),
    (
        "an access key",
        re.compile(r"(?<!\w)(?P<secret>(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{36,}|xox[abpr]-[\w-]{10,})"),
    ),
)


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One error for each secret in a string."""
    for module in subject.files.modules:
        for what, pattern in _PATTERNS:
            for found in pattern.finditer(module.file.text):
                span = Span(module.file, found.start("secret"), found.end("secret"))
                if not _in_comment(span, module):
                    help_ = 'use `secret("NAME")`, which is read when the program runs'
                    yield Diagnostic("ML603", f"{what} is written in the file", span, help=help_)


def _in_comment(span: Span, module: tree.Module) -> bool:
    return any(comment.span.start <= span.start < comment.span.end for comment in module.comments)
