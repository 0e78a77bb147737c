"""What every command shares: finding it, wrong usage, help, versions, streams that close, bugs of ours."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import mldsl as package
from mldsl.cli import explain
from mldsl.cli.main import COMMANDS, main
from tests.support.cli import ROOT, environment, mldsl
from tests.support.shop import write_shop


def failed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit status and what people were told; standard output stayed empty."""
    status = main(list(words))
    out, err = capsys.readouterr()
    assert out == ""
    return status, err


def test_an_unknown_command_is_wrong_usage_with_the_nearest_and_all_there_are(capsys) -> None:
    status, err = failed(capsys, "explian")
    assert status == 2
    assert "there is no command `explian`" in err and "did you mean `explain`?" in err
    assert all(name in err for name in COMMANDS)


@pytest.mark.parametrize("name", ["report"])
def test_commands_of_later_versions_do_not_exist(capsys, name: str) -> None:
    status, err = failed(capsys, name)
    assert (status, f"there is no command `{name}`" in err) == (2, True)


def test_a_program_in_the_place_of_the_command(capsys) -> None:
    status, err = failed(capsys, "shop.ml")
    assert (status, "did you mean `mldsl run shop.ml`?" in err) == (2, True)


def test_no_command_is_wrong_usage(capsys) -> None:
    status, err = failed(capsys)
    assert status == 2
    assert "a command is missing" in err


def test_an_unknown_option_is_wrong_usage_with_the_nearest(capsys) -> None:
    status, err = failed(capsys, "explain", "--hepl")
    assert status == 2
    assert "there is no option `--hepl`" in err and "did you mean `--help`?" in err


def test_an_argument_too_many_is_wrong_usage(capsys) -> None:
    status, err = failed(capsys, "explain", "ML001", "ML002")
    assert (status, "`ML002` is one argument too many" in err) == (2, True)


def test_help_names_every_command(capsys) -> None:
    assert main(["--help"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert all(f"\n  {name} " in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(capsys, name: str) -> None:
    assert main([name, "--help"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith(f"usage: mldsl {name} ")
    assert COMMANDS[name] in " ".join(out.split())
    assert f"examples:\n  mldsl {name}" in out


def test_the_version(capsys) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mldsl {package.__version__}\n"


def test_a_bug_is_one_line_and_its_traceback_is_in_a_file(capsys, monkeypatch, tmp_path: Path) -> None:
    def broken(options: object) -> int:
        raise ZeroDivisionError("of\nours")

    monkeypatch.setattr(explain, "run", broken)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    status, err = failed(capsys, "explain")
    [path] = tmp_path.iterdir()
    assert status == 70
    assert err.count("\n") == 1
    assert "ZeroDivisionError: of ours" in err and str(path) in err
    assert "Traceback" not in err and "Traceback" in path.read_text()


def test_ctrl_c_is_130(capsys, monkeypatch) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(explain, "run", interrupted)
    assert failed(capsys, "explain") == (130, "interrupted\n")


@pytest.mark.parametrize("read", [0, 10])
def test_a_reader_that_goes_away_is_no_error(read: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mldsl", "explain"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(read)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() in (0, 141) if read else process.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_sentence() -> None:
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-m", "mldsl", "explain"], cwd=ROOT, env=environment(), stdout=full, stderr=subprocess.PIPE
        )
    assert process.returncode == 4
    assert process.stderr == b"error: standard output cannot be written: No space left on device\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_streams_that_are_closed_change_neither_the_work_nor_its_status(tmp_path: Path, closed: str) -> None:
    """What would be printed goes nowhere; above all not into the next file that is opened."""
    write_shop(tmp_path)
    command = f"{shlex.quote(sys.executable)} -m mldsl run shop.ml --json {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(), capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert [row.status for row in package.history(tmp_path)] == ["done"]


def test_what_the_terminal_cannot_show_is_no_error() -> None:
    done = mldsl("explain", "ML001", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# ML001: ")
