"""Many ways to leak, each found on its line, and many pipelines that do not leak, of which nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from mldsl.diagnostics.codes import CODES
from tests.support.ways import Way, ways

FOLDER = Path(__file__).parent / "ways"
LEAKING = list(ways(FOLDER / "leaking"))
CLEAN = list(ways(FOLDER / "clean"))


@pytest.fixture(autouse=True)
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of the Python steps."""
    monkeypatch.chdir(tmp_path)
    names = ("clean", "more", "score")
    (tmp_path / "steps.py").write_text("".join(f"def {name}(table):\n    return table\n\n\n" for name in names))


@pytest.mark.parametrize("way", LEAKING, ids=lambda way: way.name)
def test_a_leak_is_found(way: Way) -> None:
    assert way.expected(), "the page says nothing of where it leaks"
    assert way.found() == way.expected()


@pytest.mark.parametrize("way", CLEAN, ids=lambda way: way.name)
def test_a_clean_pipeline_is_not_flagged(way: Way) -> None:
    assert way.found() == []


def test_there_are_many_of_either() -> None:
    assert len(LEAKING) >= 60
    assert len(CLEAN) >= 60
    names = [way.name for way in (*LEAKING, *CLEAN)]
    assert len(names) == len(set(names))


# Found in the data, while a run looks at the training rows: tests/runtime/models/test_suspects.py, steps/test_sides.py.
OF_THE_DATA = {"ML310", "ML314"}


@pytest.mark.parametrize("code", sorted(code for code in CODES if code.startswith("ML3") and code not in OF_THE_DATA))
def test_every_rule_is_tried_both_ways(code: str) -> None:
    assert sum(code in {found for _, found in way.expected()} for way in LEAKING) >= 3
    assert sum(code in way.not_ for way in CLEAN) >= 3
