"""Whole programs: the one that the language's description starts with, and all examples, have no errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from mldsl.analysis.analyze import check
from mldsl.diagnostics.codes import Severity
from tests.support.checking import columns, found

ROOT = Path(__file__).parents[2]
LANGUAGE = ROOT / "tests" / "syntax" / "programs" / "language.ml"
EXAMPLES = sorted((ROOT / "examples").glob("*/*.ml"))


def test_the_first_program_has_no_errors() -> None:
    assert found(LANGUAGE.read_text()) == []


def test_the_schemas_of_the_first_program() -> None:
    text = LANGUAGE.read_text()
    assert columns(text, "spend") == ["customer_id: string", "orders: int", "total: float", "latest: datetime"]
    assert columns(text, "data.test")[-4:] == ["orders: int?", "total: float", "per_month: float?", "is_new: bool"]
    assert columns(text, "features")[:5] == [
        "id: string key",
        "signup: date",
        'plan: enum("basic", "pro", "team")',
        'gender: enum("f", "m") sensitive',
        "tenure: int",
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_examples_have_no_errors(path: Path) -> None:
    errors = [item for item in check(str(path)).diagnostics if item.severity is Severity.ERROR]
    assert errors == []
