"""What runs again after a change and what does not, as a user sees it: `mldsl plan` and the run that follows."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

import mldsl

PROGRAM = """\
pipeline shop { seed: 1 }

param least: float = 1.0

source orders = csv("orders.csv") {
  id:     int key
  amount: float
}

check orders { expect amount > 0 }

transform large = orders { filter amount >= least }

transform rated = python("code/rate.py:rate", large) {
  id:    int key
  score: float
}

transform other = orders { select id }
"""
FILES = {
    "orders.csv": "id,amount\n1,0.5\n2,1.5\n3,2.5\n",
    "code/rate.py": "from helpers.scale import scaled\n\ndef rate(rows):\n"
    "    return rows.assign(score=scaled(rows.amount))[['id', 'score']]\n",
    "code/helpers/__init__.py": "",
    "code/helpers/scale.py": "from . import constants\nfrom .deep.inner import more\n\n"
    "def scaled(x):\n    return x * constants.FACTOR + more()\n",
    "code/helpers/constants.py": "FACTOR = 2.0\n",
    "code/helpers/deep/__init__.py": "",
    "code/helpers/deep/inner.py": "from ..offset import OFFSET\n\ndef more():\n    return OFFSET\n",
    "code/helpers/offset.py": "OFFSET = 0.0\n",
    "code/unrelated.py": "x = 1\n",
}
EVERY = {"source orders", "check orders", "transform large", "transform rated", "transform other"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {**FILES, "shop.ml": PROGRAM}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert mldsl.load(tmp_path / "shop.ml").run().exit_status == 0
    return tmp_path


def changed(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


def reruns(folder: Path, **params: object) -> dict[str, str]:
    """What the plan says will run, with why; a run is held to it, and a second one finds everything there."""
    program = mldsl.load(folder / "shop.ml", params=params)
    told = {f"{step.kind} {step.name}": step.reason for step in program.explain() if not step.cached}
    result = program.run()
    assert result.exit_status == 0, [step.error for step in result.steps]
    ran = {f"{step.kind} {step.name}" for step in result.steps if step.state == "done"}
    assert ran <= told.keys()
    assert {step.state for step in program.run().steps} == {"cached"}
    return {name: reason for name, reason in told.items() if name in ran}


def test_nothing_changed(project: Path) -> None:
    assert reruns(project) == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("transform other", "# of no consequence\ntransform other"),
        ("transform other", "## Documented.\ntransform other"),
        ("seed: 1", 'seed: 1; owner: "me"'),
        ("  id:     int key", "  id:   int   key   # aligned"),
    ],
)
def test_comments_and_layout_and_what_is_said_about_the_pipeline_change_nothing(
    project: Path, old: str, new: str
) -> None:
    changed(project, "shop.ml", old, new)
    assert reruns(project) == {}


def test_a_changed_condition_reruns_what_depends_on_it(project: Path) -> None:
    changed(project, "shop.ml", "amount >= least", "amount > least")
    assert reruns(project) == {"transform large": "its `action` changed"}  # the same rows: nothing else


def test_a_changed_parameter_reruns_what_uses_it(project: Path) -> None:
    assert reruns(project, least=2.0) == {
        "transform large": "parameter `least` changed",
        "transform rated": "large runs first",
    }


def test_a_changed_expectation_reruns_its_check(project: Path) -> None:
    changed(project, "shop.ml", "expect amount > 0", "expect amount > 0.1")
    assert reruns(project) == {"check orders": "its `expectations` changed"}


def test_a_changed_data_file_reruns_what_reads_it(project: Path) -> None:
    changed(project, "orders.csv", "2.5", "3.5")
    told = reruns(project)
    assert told["source orders"] == "file `orders.csv` changed"
    assert told.keys() == EVERY


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("code/rate.py", "rows.amount", "rows.amount * 1.0"),
        ("code/helpers/scale.py", "x *", "x  *"),
        ("code/helpers/__init__.py", "", "# new\n"),
        ("code/helpers/constants.py", "2.0", "3.0"),
        ("code/helpers/deep/inner.py", "return OFFSET", "return OFFSET + 1.0"),
        ("code/helpers/offset.py", "0.0", "0.5"),
    ],
)
def test_a_changed_module_that_a_python_step_imports_reruns_it(project: Path, name: str, old: str, new: str) -> None:
    changed(project, name, old, new)
    assert reruns(project) == {"transform rated": f"file `{name}` changed"}


def test_a_module_that_nobody_imports_reruns_nothing(project: Path) -> None:
    changed(project, "code/unrelated.py", "1", "2")
    assert reruns(project) == {}


def test_another_version_of_a_library_reruns_what_it_computes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mldsl.runtime import versions

    changed(project, "shop.ml", "seed: 1", "seed: 1; engine: duckdb")
    assert mldsl.load(project / "shop.ml").run().exit_status == 0
    real = metadata.version
    there = versions.installed_version
    monkeypatch.setattr(versions, "installed_version", lambda name: "99.0" if name == "duckdb" else there(name))
    versions.library_version.cache_clear()
    reasons = reruns(project)
    versions.library_version.cache_clear()
    assert reasons["transform large"] == reasons["check orders"] == f"duckdb {real('duckdb')} → 99.0"
    assert "source orders" not in reasons
