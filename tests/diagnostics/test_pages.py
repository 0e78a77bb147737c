"""The pages of the diagnostics: one for each code, in one shape, and true: what they call wrong and right is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mldsl.analysis.analyze import check
from mldsl.api import refused
from mldsl.diagnostics.codes import CODES
from mldsl.diagnostics.pages import page
from mldsl.source import SourceFile
from mldsl.syntax.parser import parse
from tests.support.pages import FOLDER, TARGETS, read_page

HEADINGS = ["## Why it matters", "## Wrong", "## Right"]
WHEN_DATA_IS_READ = {"ML212", "ML310", "ML314", "ML410"}


def test_there_is_a_page_for_every_code_and_for_nothing_else() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == {*CODES, "README"}


def test_the_list_of_codes_is_whole() -> None:
    rows = re.findall(r"^\| \[(ML\d+)\]\((.+)\) \| (\w+) \| (.+) \|$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert rows == [(code.code, f"{code.code}.md", code.severity.value, code.title) for code in CODES.values()]


@pytest.mark.parametrize("code", CODES)
def test_a_page_has_its_title_its_severity_and_its_parts(code: str) -> None:
    text = page(code)
    first, _, severity, *rest = text.splitlines()
    assert first == f"# {code}: {CODES[code].title}"
    assert severity.startswith(f"{CODES[code].severity.value.capitalize()}.")
    assert [line for line in rest if line.startswith("#") and line in HEADINGS] == HEADINGS
    assert max(map(len, text.splitlines())) <= 120
    for other in re.findall(r"\]\((ML\d+)\.md\)", text):
        assert other in CODES


@pytest.mark.parametrize("code", CODES)
def test_both_programs_are_written_as_programs_are(code: str) -> None:
    found = read_page(code)
    assert not parse(SourceFile("right.ml", found.right)).diagnostics
    wrong = {diagnostic.code for diagnostic in parse(SourceFile("wrong.ml", found.wrong)).diagnostics}
    assert wrong <= {code}


def found_in(code: str, folder: Path, program: str) -> list[str]:
    path = read_page(code).write(folder, program)
    found = [diagnostic.code for diagnostic in check(str(path)).diagnostics]
    return [*found, *(item.code for item in refused(path, "airflow", TARGETS[code]))] if code in TARGETS else found


@pytest.mark.parametrize("code", CODES)
def test_the_right_program_is_right(code: str, tmp_path: Path) -> None:
    assert found_in(code, tmp_path, read_page(code).right) == []


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_program_has_that_mistake_and_no_other(code: str, tmp_path: Path) -> None:
    """What is checked from a later version on, or only when data is read, is the one mistake of its program."""
    found = read_page(code)
    expected = [] if found.later or code in WHEN_DATA_IS_READ else [code]
    assert found_in(code, tmp_path, found.wrong) == expected
