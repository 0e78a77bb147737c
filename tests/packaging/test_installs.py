"""Every way to install mldsl runs an example: a wheel, a wheel made from the sdist, an editable install."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.support.cli import ROOT

pytestmark = pytest.mark.slow
MADE = (".git", ".venv", ".mldsl", ".hypothesis", ".*_cache", "__pycache__", "*.table.json", "build", "dist")


def run(*words: str | Path, cwd: Path) -> str:
    """Run a command that must succeed, with nothing of the checkout in its environment; what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run([*map(str, words)], cwd=cwd, env=kept, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout without what was made in it."""
    made = shutil.ignore_patterns(*MADE)

    def ignored(folder: str, names: list[str]) -> set[str]:
        environments = {name for name in names if Path(folder, name, "pyvenv.cfg").exists()}
        return {*made(folder, names), *environments}

    return shutil.copytree(ROOT, tmp_path_factory.mktemp("clone") / "mldsl", ignore=ignored)


@pytest.fixture(scope="module")
def built(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was made from it."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, sources, cwd=folder)
    return folder


def environment(folder: Path) -> Path:
    """A new virtual environment that has what mldsl needs, from this one, but not mldsl; its `bin` directory."""
    venv.create(folder)
    [target] = folder.glob("lib/python*/site-packages")
    own = [Path(place) for place in site.getsitepackages() if Path(place).is_dir()]
    for place in own:
        for entry in place.iterdir():
            if not entry.name.startswith(("mldsl", "_mldsl", "pip", "setuptools", "__pycache__", "distutils")):
                link = target / entry.name
                if not link.exists():
                    link.symlink_to(entry)
    return folder / "bin"


def install(binaries: Path, *words: str | Path, cwd: Path) -> None:
    """Install into a virtual environment by this one's pip: it needs none of its own."""
    pip = (sys.executable, "-m", "pip", "--python", binaries / "python")
    run(*pip, "install", "--no-deps", "--no-index", *words, cwd=cwd)


def runs_an_example(binaries: Path, folder: Path) -> None:
    """The installed command, on a copy of an example, away from the checkout."""
    shutil.copytree(ROOT / "examples" / "penguins", folder / "penguins", ignore=shutil.ignore_patterns(".mldsl"))
    assert "done in" in run(binaries / "mldsl", "run", "penguins/penguins.ml", cwd=folder)
    assert run(binaries / "mldsl", "explain", "ML201", cwd=folder).startswith("# ML201")
    where = run(binaries / "python", "-c", "import mldsl; print(mldsl.__file__)", cwd=folder)
    assert str(ROOT / "mldsl") not in where


def test_a_wheel(built: Path, tmp_path: Path) -> None:
    binaries = environment(tmp_path / "venv")
    [wheel] = built.glob("*.whl")
    install(binaries, wheel, cwd=tmp_path)
    runs_an_example(binaries, tmp_path)
    table = run(binaries / "python", "-c", "from mldsl.syntax.table import SAVED; print(SAVED.is_file())", cwd=tmp_path)
    assert table.strip() == "True"


def test_an_install_from_a_clone(sources: Path, tmp_path: Path) -> None:
    binaries = environment(tmp_path / "venv")
    install(binaries, "--no-build-isolation", sources, cwd=tmp_path)
    runs_an_example(binaries, tmp_path)


def test_an_editable_install(sources: Path, tmp_path: Path) -> None:
    binaries = environment(tmp_path / "venv")
    install(binaries, "--no-build-isolation", "--editable", sources, cwd=tmp_path)
    runs_an_example(binaries, tmp_path)
    where = run(binaries / "python", "-c", "import mldsl; print(mldsl.__file__)", cwd=tmp_path)
    assert where.strip() == str(sources / "mldsl" / "__init__.py")
    assert list((sources / "mldsl" / "__pycache__").glob("*.pyc"))


def test_the_sdist_has_what_a_clone_has(built: Path, sources: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    listed = run("tar", "--list", "--file", sdist, cwd=built).splitlines()
    names = {line.partition("/")[2] for line in listed}
    for name in ("grammar/mldsl.lark", "README.md", "LICENSE", "examples/churn/churn.ml", "docs/diagnostics/ML201.md"):
        assert name in names, name
