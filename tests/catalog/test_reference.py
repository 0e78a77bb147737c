"""The reference pages are what the catalog says, and what they hold is whole."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.catalog.connectors import CONNECTORS
from mldsl.catalog.functions import FUNCTIONS
from mldsl.catalog.metrics import METRICS
from mldsl.catalog.options import OPTIONS
from mldsl.catalog.prepare import STEPS

ROOT = Path(__file__).parent.parent.parent
PAGES = ["functions.md", "metrics.md", "algorithms.md", "prepare.md", "connectors.md", "options.md", "words.md"]


def script():
    spec = importlib.util.spec_from_file_location("generate_reference", ROOT / "scripts" / "generate_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_up_to_date(name: str) -> None:
    fresh = script().pages()
    assert set(fresh) == set(PAGES)
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == fresh[name], "run `python scripts/generate_reference.py`"


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_well_formed(name: str) -> None:
    width = None
    for line in script().pages()[name].splitlines():
        cells = line.replace("\\|", "").count("|") if line.startswith("|") else None
        assert cells is None or width is None or cells == width, line
        width = cells


def test_every_name_has_its_place() -> None:
    pages = script().pages()
    for page, names in {
        "functions.md": [f"`{name}(" for name in FUNCTIONS],
        "metrics.md": [f"`{name}`" for name in METRICS],
        "algorithms.md": [f"\n## {name}\n" for name in ALGORITHMS],
        "prepare.md": [f"\n## {name}\n" for name in STEPS],
        "connectors.md": [f"\n## {name}(" for name in CONNECTORS],
        "options.md": [f"`{name}`" for specs in OPTIONS.values() for name in specs],
    }.items():
        assert [name for name in names if name not in pages[page]] == []
