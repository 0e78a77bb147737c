"""`mldsl fmt`: files, standard input, --check, --diff, and what must never happen to a file."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mldsl.cli.main import main
from tests.support.cli import ROOT, mldsl

UGLY = """pipeline   shop{}
# kept
source orders=csv("orders.csv"){id:int key
amount:float}
check orders{expect amount>0}
"""
BROKEN = "pipeline shop {\n  owner: \n}}\n"


@pytest.fixture
def pretty(tmp_path: Path) -> str:
    """What UGLY looks like when it is laid out."""
    path = tmp_path / "pretty.ml"
    path.write_text(UGLY)
    assert main(["fmt", str(path)]) == 0
    return path.read_text()


@pytest.fixture
def ugly(tmp_path: Path) -> Path:
    path = tmp_path / "ugly.ml"
    path.write_text(UGLY)
    return path


def test_it_lays_out_and_says_so_once(capsys, ugly: Path) -> None:
    assert main(["fmt", str(ugly)]) == 0
    assert capsys.readouterr() == ("", f"{ugly} formatted\n")
    assert 'source orders = csv("orders.csv") {\n' in ugly.read_text()
    assert "# kept\n" in ugly.read_text()
    before = ugly.stat()
    assert main(["fmt", str(ugly)]) == 0
    assert capsys.readouterr() == ("", "")
    assert ugly.stat().st_mtime_ns == before.st_mtime_ns


def test_check_writes_nothing_and_is_1_when_something_would_change(capsys, ugly: Path, pretty: str) -> None:
    good = ugly.with_name("pretty.ml")
    capsys.readouterr()
    assert main(["fmt", "--check", str(ugly), str(good)]) == 1
    assert capsys.readouterr() == ("", f"{ugly} would be laid out otherwise\n")
    assert ugly.read_text() == UGLY
    assert main(["fmt", "--check", str(good)]) == 0


def test_a_difference_is_one_that_patch_takes(capsys, ugly: Path, pretty: str) -> None:
    capsys.readouterr()
    assert main(["fmt", "--diff", str(ugly)]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert ugly.read_text() == UGLY
    subprocess.run(["git", "apply", "--unsafe-paths", "-p0", "-"], input=out, text=True, cwd=ugly.parent, check=True)
    assert ugly.read_text() == pretty


def test_a_difference_at_a_last_line_without_its_end(capsys, tmp_path: Path, pretty: str) -> None:
    path = tmp_path / "short.ml"
    path.write_text(pretty.rstrip("\n"))
    capsys.readouterr()
    assert main(["fmt", "--diff", str(path)]) == 1
    assert "\\ No newline at end of file\n" in capsys.readouterr().out


def test_standard_input_goes_to_standard_output(pretty: str) -> None:
    done = mldsl("fmt", "-", stdin=UGLY)
    assert (done.returncode, done.stdout, done.stderr) == (0, pretty, "")
    assert mldsl("fmt", "--check", "-", stdin=pretty).returncode == 0
    bad = mldsl("fmt", "-", stdin=b"\xff")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "`<stdin>` is not UTF-8" in bad.stderr


def test_a_program_with_syntax_errors_is_left_alone_and_the_others_are_not(capsys, ugly: Path) -> None:
    broken = ugly.with_name("broken.ml")
    broken.write_text(BROKEN)
    assert main(["fmt", str(broken), str(ugly), str(ugly.with_name("no.ml"))]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "error[ML001]" in err and "there is no file" in err and f"{ugly} formatted" in err
    assert broken.read_text() == BROKEN
    assert ugly.read_text() != UGLY
    assert main(["fmt", str(broken)]) == 1


def test_windows_line_ends_become_plain_ones_and_a_bom_goes(ugly: Path, pretty: str) -> None:
    ugly.write_bytes(b"\xef\xbb\xbf" + UGLY.replace("\n", "\r\n").encode())
    assert main(["fmt", str(ugly)]) == 0
    assert ugly.read_bytes() == pretty.encode()


def test_permissions_and_links_stay(ugly: Path) -> None:
    ugly.chmod(0o750)
    link = ugly.with_name("link.ml")
    link.symlink_to(ugly.name)
    assert main(["fmt", str(link)]) == 0
    assert link.is_symlink() and ugly.read_text() != UGLY
    assert ugly.stat().st_mode & 0o777 == 0o750


def test_a_write_that_fails_leaves_the_file_as_it_was(capsys, monkeypatch, ugly: Path) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["fmt", str(ugly)]) == 4
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"error: `{ugly}` cannot be written: no space left on device\n")
    assert [path.name for path in ugly.parent.iterdir()] == [ugly.name]
    assert ugly.read_text() == UGLY


def test_a_file_that_may_not_be_written_is_one_sentence(capsys, monkeypatch, ugly: Path) -> None:
    if os.geteuid() == 0:  # whom permissions do not stop
        monkeypatch.setattr(os, "access", lambda path, mode: False)
    ugly.chmod(0o444)
    assert main(["fmt", str(ugly)]) == 4
    assert capsys.readouterr().err == f"error: `{ugly}` cannot be written: permission denied\n"
    assert ugly.read_text() == UGLY


def test_check_and_diff_exclude_each_other(capsys, ugly: Path) -> None:
    assert main(["fmt", "--check", "--diff", str(ugly)]) == 2
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.ml")), ids=lambda path: path.stem)
def test_the_examples_are_laid_out(path: Path) -> None:
    assert main(["fmt", "--check", str(path)]) == 0
