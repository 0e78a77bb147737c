"""Many ways to leak, each found on its line, and many pipelines that do not leak, of which nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

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
