"""`python(…)` as a transform: the file is read, never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from mldsl.analysis.program import PythonBody, PythonFunction
from tests.support.checking import HYGIENE, PRELUDE, analyze_text

CODE = """
raise SystemExit("never run")

def clean(frame, limit): ...

class Thing: ...
"""

WRONG = [
    ('python("steps.py:clean", people)', "ML107", 'python("steps.py:clean", people)'),
    ("python() { a: int }", "ML107", "python()"),
    ('python("step.py:clean", people) { a: int }', "ML111", "step.py"),
    ('python("broken.py:clean", people) { a: int }', "ML111", "broken.py"),
    ('python("steps.py:claen", people) { a: int }', "ML101", "claen"),
    ('python("steps.py", people) { a: int }', "ML111", '"steps.py"'),
    ("python(people) { a: int }", "ML111", "people"),
    ('python("steps.py:clean", peple) { a: int }', "ML101", "peple"),
    ('python("steps.py:clean", people + 1) { a: int }', "ML111", "people + 1"),
    ('python("steps.py:clean", people, row_wise: true) { a: int }', "ML106", "row_wise"),
    ('python("steps.py:clean", people, rowwise: 1) { a: int }', "ML111", "1"),
    ('python("steps.py:clean", people) { a: itn }', "ML101", "itn"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "steps.py").write_text(CODE)
    (tmp_path / "broken.py").write_text("def clean(:\n")
    return tmp_path


@pytest.mark.parametrize(("call", "code", "place"), WRONG, ids=[f"{code} {call}" for call, code, _ in WRONG])
def test_one_mistake_is_one_diagnostic_at_its_place(folder: Path, call: str, code: str, place: str) -> None:
    analysis = analyze_text(f"{PRELUDE}transform result = {call}\n", str(folder / "main.ml"))
    assert [(item.code, item.span.text) for item in analysis.diagnostics if item.code not in HYGIENE] == [(code, place)]


def test_what_is_right_is_read(folder: Path) -> None:
    call = 'python("steps.py:clean", people, limit, run_date, 3, "x", rowwise: true) { id: string key; score: float }'
    program = analyze_text(f"{PRELUDE}transform result = {call}\n", str(folder / "main.ml")).program
    assert program is not None
    step = program.transforms["result"]
    arguments = (("table", "people"), ("param", "limit"), ("param", "run_date"), ("value", 3), ("value", "x"))
    assert step.body == PythonBody(PythonFunction(str(folder / "steps.py"), "clean"), arguments, rowwise=True)
    assert step.schema.names == ("id", "score")
