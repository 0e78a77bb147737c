"""Files that can and cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mldsl.syntax.loading import MAX_BYTES, UnreadableFileError, read_source
from mldsl.syntax.parser import parse


def refusal(path: Path) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as caught:
        read_source(path)
    return caught.value


def test_a_file_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.ml"
    path.write_bytes("pipeline größe\r\n# ü\r\n".encode())
    file = read_source(path)
    assert (file.path, file.text) == (str(path), "pipeline größe\r\n# ü\r\n")
    assert read_source(path, "shown.ml").path == "shown.ml"


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.ml"
    path.write_bytes(b"\xef\xbb\xbfpipeline p\n")
    file = read_source(path)
    assert file.text == "pipeline p\n"
    assert parse(file).diagnostics == ()


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "churn.ml").write_text("pipeline p\n")
    wrong = refusal(tmp_path / "chrun.ml")
    assert "there is no file" in wrong.message
    assert "churn.ml" in (wrong.help or "")
    assert refusal(tmp_path / "nowhere" / "x.ml").help is None


def test_a_directory_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "a.ml").write_text("")
    wrong = refusal(tmp_path)
    assert "is a directory" in wrong.message
    assert "a.ml" in (wrong.help or "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "a.ml"
    path.write_text("pipeline p\n")
    path.chmod(0)
    assert "may not be read" in refusal(path).message


def test_a_name_that_no_file_can_have() -> None:
    assert "cannot be read" in refusal(Path("a\0b.ml")).message
    assert "cannot be read" in refusal(Path("a" * 5000)).message


def test_a_program_has_a_largest_size(tmp_path: Path) -> None:
    path = tmp_path / "a.ml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert "larger than 4 MB" in refusal(path).message
    path.write_bytes(b"#" * MAX_BYTES)
    assert len(read_source(path).text) == MAX_BYTES


def test_bytes_that_are_no_utf8_have_their_place(tmp_path: Path) -> None:
    path = tmp_path / "a.ml"
    path.write_bytes("pipeline p\n# ü and ".encode() + b"\xe9 more\n")
    wrong = refusal(path)
    assert "byte 0xe9 at line 2, column 9" in wrong.message
    assert wrong.position == (2, 9)


@pytest.mark.parametrize(
    ("start", "name"), [(b"\xff\xfep\x00", "UTF-16"), (b"PAR1\xff\xff", "Parquet"), (b"PK\x03\x04\xff", "zip")]
)
def test_other_files_are_told_apart(tmp_path: Path, start: bytes, name: str) -> None:
    path = tmp_path / "a.ml"
    path.write_bytes(start)
    assert f"looks like {name}" in refusal(path).message
