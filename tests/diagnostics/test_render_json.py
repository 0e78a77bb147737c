"""The JSON document that `mldsl check --format json` prints, read the way a program would."""

from __future__ import annotations

import json

from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.diagnostics.render.json import document
from mldsl.source import SourceFile, Span

FILE = SourceFile("a.ml", 'é日\tx\n  word \\ "q"\n')


def read(*diagnostics: Diagnostic) -> dict[str, object]:
    return json.loads(json.dumps(document(diagnostics)))


def test_one_diagnostic_has_the_fields_of_the_reference() -> None:
    start = FILE.text.index("word")
    label = Label(Span(FILE, 3, 4), "declared here")
    diagnostic = Diagnostic("ML201", 'no "column"', Span(FILE, start, start + 4), "here", (label,), "write `x`")
    assert read(diagnostic) == {
        "version": 1,
        "diagnostics": [
            {
                "code": "ML201",
                "severity": "error",
                "message": 'no "column"',
                "file": "a.ml",
                "span": {"start": {"line": 2, "column": 3}, "end": {"line": 2, "column": 7}},
                "labels": [
                    {
                        "file": "a.ml",
                        "span": {"start": {"line": 1, "column": 4}, "end": {"line": 1, "column": 5}},
                        "text": "declared here",
                    }
                ],
                "help": "write `x`",
            }
        ],
    }


def test_no_diagnostics_are_an_empty_list_and_no_help_is_null() -> None:
    assert read() == {"version": 1, "diagnostics": []}
    [found] = read(Diagnostic("ML109", "unused", Span(FILE, 0, 1)))["diagnostics"]
    assert (found["severity"], found["help"], found["labels"]) == ("warning", None, [])
