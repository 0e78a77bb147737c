"""`mldsl check`, as people and programs use it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mldsl.cli.main import main
from tests.support.cli import ROOT, mldsl

GOOD = """pipeline shop {}

source orders = csv("orders.csv") {
  id: int key
  amount: float
}

check orders { expect amount > 0 }
"""
BAD = GOOD.replace("expect amount", "expect amuont")


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def checked(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    status = main(["check", *map(str, words)])
    return status, *capsys.readouterr()


@pytest.mark.parametrize("name", ["churn", "penguins"])
def test_the_examples_are_right(capsys, name: str) -> None:
    assert checked(capsys, ROOT / "examples" / name / f"{name}.ml") == (0, "", "no errors\n")


def test_a_mistake_is_shown_at_its_place_with_the_way_out(capsys, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = checked(capsys, write(Path("shop.ml"), BAD))
    assert (status, out) == (1, "")
    assert "error[ML201]: " in err
    assert " ┌─ shop.ml:8:23\n" in err
    assert "8│ check orders { expect amuont > 0 }\n │                       ^^^^^^" in err
    assert " = help: did you mean `amount`?" in err
    assert err.endswith("\n\n1 error\n")


def test_a_warning_leaves_the_status_at_0(capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "shop.ml", GOOD.replace("expect amount > 0", "expect amount > 0; expect 1 == 1"))
    status, _, err = checked(capsys, path)
    assert status == 0
    assert "warning[ML211]" in err and err.endswith("\n1 warning\n")


def test_several_files_are_checked_together(capsys, tmp_path: Path) -> None:
    good, bad = write(tmp_path / "good.ml", GOOD), write(tmp_path / "bad.ml", BAD)
    status, _, err = checked(capsys, good, bad, tmp_path / "missing.ml", bad)
    assert status == 2
    assert err.count("error[ML201]") == 1
    assert f"there is no file `{tmp_path / 'missing.ml'}`" in err


def test_json_is_one_document_alone_on_standard_output(capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "shop.ml", BAD)
    status, out, err = checked(capsys, path, "--format", "json")
    assert (status, err) == (1, "")
    [found] = json.loads(out)["diagnostics"]
    assert json.loads(out)["version"] == 1
    assert (found["code"], found["severity"], found["file"]) == ("ML201", "error", str(path))
    assert found["span"] == {"start": {"line": 8, "column": 23}, "end": {"line": 8, "column": 29}}
    assert found["help"] == "did you mean `amount`?"


def test_json_of_a_right_program_and_beside_a_file_that_is_not_there(capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "shop.ml", GOOD)
    assert json.loads(checked(capsys, path, "--format", "json")[1])["diagnostics"] == []
    status, out, err = checked(capsys, path, tmp_path / "no.ml", "--format", "json")
    assert (status, json.loads(out)["diagnostics"], "there is no file" in err) == (2, [], True)


def test_a_format_that_there_is_not_is_wrong_usage(capsys, tmp_path: Path) -> None:
    status, out, err = checked(capsys, write(tmp_path / "shop.ml", GOOD), "--format", "xml")
    assert (status, out) == (2, "")
    assert "xml" in err and "human" in err and "json" in err


def test_no_file_is_wrong_usage(capsys) -> None:
    assert checked(capsys)[0] == 2


# --- files that are no programs --------------------------------------------------------------------------------------


def one_sentence(err: str) -> str:
    """The error, which is one line, perhaps with a line of help."""
    first, *rest = err.splitlines()
    assert first.startswith("error: ") and len(rest) <= 1
    assert all(line.startswith("help: ") for line in rest)
    return first


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"pipeline shop {}\n\xff\n", "byte 0xff at line 2, column 1"),
        ("pipeline shop {}\n".encode("utf-16"), "UTF-16"),
        (b"# x\n" * 2_621_440, "too large"),
    ],
    ids=["invalid UTF-8", "UTF-16", "10 MB"],
)
def test_what_is_no_program_is_one_sentence_and_status_1(capsys, tmp_path: Path, content: bytes, says: str) -> None:
    path = write(tmp_path / "shop.ml", content)
    status, out, err = checked(capsys, path)
    assert (status, out) == (1, "")
    assert says in one_sentence(err) and str(path) in err


def test_what_is_not_there_is_one_sentence_and_status_2(capsys, tmp_path: Path) -> None:
    write(tmp_path / "shop.ml", GOOD)
    for path in (tmp_path / "shopp.ml", tmp_path, tmp_path / "no" / "shop.ml", tmp_path / "shop.ml" / "x.ml"):
        status, out, err = checked(capsys, path)
        assert (status, out) == (2, "")
        assert str(path) in one_sentence(err)
    assert "did you mean" in checked(capsys, tmp_path / "shopp.ml")[2]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_one_sentence_and_status_2(capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "shop.ml", GOOD)
    path.chmod(0)
    status, _, err = checked(capsys, path)
    assert (status, "may not be read" in one_sentence(err)) == (2, True)


def test_a_nul_byte_is_a_mistake_at_its_place_and_does_not_reach_the_terminal(capsys, tmp_path: Path) -> None:
    status, _, err = checked(capsys, write(tmp_path / "shop.ml", GOOD.replace("> 0", "> \0 0")))
    assert status == 1
    assert "shop.ml:8:32" in err and "\0" not in err


@pytest.mark.parametrize(
    "text",
    ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace("  ", "\t"), GOOD.rstrip()],
    ids=["BOM", "CRLF", "tabs", "no line end"],
)
def test_bom_crlf_and_tabs_are_nothing_special(capsys, tmp_path: Path, text: str) -> None:
    assert checked(capsys, write(tmp_path / "shop.ml", text))[0] == 0
    wrong = write(tmp_path / "shop.ml", text.replace("amount > 0", "amuont > 0"))
    status, out, _ = checked(capsys, wrong, "--format", "json")
    [found] = json.loads(out)["diagnostics"]
    assert (status, found["span"]["start"]) == (1, {"line": 8, "column": 23})


def test_files_that_import_each_other_in_a_circle(capsys, tmp_path: Path) -> None:
    write(tmp_path / "b.ml", 'import "a.ml"\n')
    status, _, err = checked(capsys, write(tmp_path / "a.ml", 'import "b.ml"\n' + GOOD))
    assert (status, err.count("error[")) == (1, 1)
    assert "error[ML105]" in err


def test_ten_thousand_brackets_are_no_crash(tmp_path: Path) -> None:
    deep = write(tmp_path / "deep.ml", GOOD.replace("amount > 0", "(" * 10_000 + "amount" + ")" * 10_000 + " > 0"))
    done = mldsl("check", deep)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr and "internal error" not in done.stderr
    assert len(done.stderr) < 5_000


# --- other formats ---------------------------------------------------------------------------------------------------


def test_sarif_is_one_document_alone_on_standard_output(capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "shop.ml", BAD)
    status, out, err = checked(capsys, path, "--format", "sarif")
    [run] = json.loads(out)["runs"]
    assert (status, err, [item["ruleId"] for item in run["results"]]) == (1, "", ["ML201"])
    [location] = run["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == path.as_uri()
    assert json.loads(checked(capsys, write(path, GOOD), "--format", "sarif")[1])["runs"][0]["results"] == []


def test_github_is_a_line_for_each_diagnostic(capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "shop.ml", BAD)
    status, out, err = checked(capsys, path, "--format", "github")
    assert (status, err, out.count("\n")) == (1, "", 1)
    assert out.startswith("::error file=") and ",line=8,endLine=8,col=23,endColumn=29,title=mldsl ML201::" in out
    assert checked(capsys, write(path, GOOD), "--format", "github") == (0, "", "")


# --- mending ---------------------------------------------------------------------------------------------------------


def test_fix_mends_says_what_and_tells_what_is_left(capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "shop.ml", BAD.replace("amuont > 0", "amuont > 0; expect nothing_like_it > 1"))
    status, out, err = checked(capsys, path, "--fix")
    assert (status, out) == (1, "")
    assert err.startswith(f"{path}:8:23: ML201: `amuont` is now `amount`\n")
    assert "nothing_like_it" in err and err.endswith("\n1 error\n")
    mended = path.read_text()
    assert mended == GOOD.replace("amount > 0", "amount > 0; expect nothing_like_it > 1")
    assert "is now" not in checked(capsys, path, "--fix")[2]
    assert path.read_text() == mended


def test_fix_leaves_the_rest_of_the_bytes_alone(capsys, tmp_path: Path) -> None:
    text = BAD.replace("\n", "\r\n").replace("pipeline", "# é 日\r\npipeline")
    path = write(tmp_path / "shop.ml", b"\xef\xbb\xbf" + text.encode())
    path.chmod(0o640)
    assert checked(capsys, path, "--fix")[0] == 0
    assert path.read_bytes() == b"\xef\xbb\xbf" + text.replace("amuont", "amount").encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_fix_touches_the_files_given_alone(capsys, tmp_path: Path) -> None:
    lib = write(tmp_path / "lib.ml", BAD.partition("\n\n")[2])
    main_file = write(tmp_path / "shop.ml", 'import "lib.ml"\n\npipeline shop {}\n')
    before = lib.read_bytes(), main_file.read_bytes()
    assert checked(capsys, main_file, "--fix")[0] == 1
    assert (lib.read_bytes(), main_file.read_bytes()) == before
    assert checked(capsys, main_file, lib, "--fix")[0] == 1  # `lib.ml` is no program by itself
    assert "amount" in lib.read_text()
    assert checked(capsys, main_file)[0] == 0


def test_fix_with_json_keeps_standard_output_for_the_document(capsys, tmp_path: Path) -> None:
    status, out, err = checked(capsys, write(tmp_path / "shop.ml", BAD), "--fix", "--format", "json")
    assert (status, json.loads(out)["diagnostics"], "is now" in err) == (0, [], True)


def test_fix_of_what_cannot_be_read_or_mended_is_a_plain_check(capsys, tmp_path: Path) -> None:
    good = write(tmp_path / "shop.ml", GOOD)
    assert checked(capsys, good, "--fix") == (0, "", "no errors\n")
    status, _, err = checked(capsys, tmp_path / "no.ml", "--fix")
    assert (status, err.count("there is no file")) == (2, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_fix_of_what_may_not_be_written_is_one_sentence(capsys, tmp_path: Path) -> None:
    path = write(tmp_path / "shop.ml", BAD)
    path.chmod(0o400)
    status, _, err = checked(capsys, path, "--fix")
    assert status >= 1
    assert "cannot be written" in err and "error[ML201]" in err


def test_data_of_a_profile(tmp_path: Path):
    """A check looks at every profile; whose data it reads is said."""
    (tmp_path / "good.csv").write_text("x\n1\n")
    (tmp_path / "bad.csv").write_text("x\nabc\n")
    (tmp_path / "p.ml").write_text(
        'pipeline p {}\nsource rows = csv("good.csv") { x: float }\ncheck rows { expect x > 0 }\n'
        'profile bad { source rows = csv("bad.csv") }\n'
    )
    assert mldsl("check", "p.ml", "--data", cwd=tmp_path).returncode == 0
    bad = mldsl("check", "p.ml", "--data", "--profile", "bad", cwd=tmp_path)
    assert bad.returncode == 1
    assert "error[ML212]: `rows` does not fit its schema: `x` is not a float in 1 of 1 rows of `bad.csv`" in bad.stderr
    for words, message in (
        (["--data", "--profile", "bda"], "error: there is no profile `bda`"),
        (["--profile", "bad"], "error: `--profile` says whose sources `--data` reads"),
    ):
        done = mldsl("check", "p.ml", *words, cwd=tmp_path)
        assert (done.returncode, done.stderr.splitlines()[0]) == (2, message)
