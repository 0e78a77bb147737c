"""Data that does not fit, through the command line: one message with its place, by `check --data` (1) and a run (4)."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from mldsl.cli.main import main

PROGRAM = """\
pipeline p {{ seed: 1 }}

source t = {connector} {{
  id: int
  x: float
}}

check t {{ expect id > 0 }}
"""
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Write files and a program over them, and run a command on it: the status, and what was said."""
    monkeypatch.chdir(tmp_path)

    def it(files: dict[str, bytes], connector: str, *words: str) -> tuple[int, str]:
        for name, data in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(data)
        Path("p.ml").write_text(PROGRAM.format(connector=connector))
        status = main([*words, "p.ml"])
        return status, "".join(capsys.readouterr())

    return it


def parquet(**columns: object) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(columns).write_parquet(file)
    return file.getvalue()


LONG = b"id,x\n" + b"".join(b"%d,%s\n" % (row, b"oops" if row == 40317 else b"0.5") for row in range(1, 50_001))
PARQUET = parquet(id=list(range(1, 1001)), x=[0.5] * 1000)

BAD = {
    "an empty file": ({"a.csv": b""}, "`a.csv` is empty"),
    "a column that the header lacks": ({"a.csv": b"id,y\n1,2\n"}, "`a.csv` has no column `x`"),
    "text in a number column, far down": ({"a.csv": LONG}, 'in 1 of 50000 rows of `a.csv`: row 40317 ("oops")'),
    "a null where none may be": ({"a.csv": b"id,x\n1,2\n2,\n"}, "`x` is null in 1 of 2 rows of `a.csv`"),
    "a wrong encoding": (
        {"a.csv": b"id,x,s\n1,2,a\n2,3,m\xfcde\n"},
        "`a.csv` is not written in utf-8: the byte 0xfc in line 3 has no meaning there",
    ),
    "utf-16": ({"a.csv": "id,x\n1,2\n".encode("utf-16")}, '`encoding: "utf-16"`'),
    "a header with a column twice": ({"a.csv": b"id,x,x\n1,2,3\n"}, "`a.csv` has the column `x` 2 times"),
    "too many fields": ({"a.csv": b"id,x\n1,2\n3,4,5\n"}, "`a.csv` has 3 fields in row 2 (line 3), and 2 columns"),
    "too few fields": (
        {"a.csv": b'id,x,s\n1,2,"a\nb"\n\n2,3\n3,4,\n'},
        "`a.csv` has 2 fields in row 2 (line 5), and 3 columns in its header",
    ),
    "a row cut off": (
        {"a.csv": b'id,x,s\n1,2,"a, b"\n3,'},
        "`a.csv` breaks off in line 3: its last row has 2 of 3 fields",
    ),
    "a row cut off within quotes": ({"a.csv": b'id,x,s\n1,2,"a, b"\n3,4,"a,'}, "its quotes do not match"),
    "a row cut off, packed": ({"a.csv": gzip.compress(b"id,x,s\n1,2,a\n3,4")}, "`a.csv` breaks off in line 3"),
    "quotes that do not match": ({"a.csv": b'id,x,s\n1,2,"a\n3,4,b\n'}, "its quotes do not match"),
    "gzip that is cut off": ({"a.csv": gzip.compress(LONG)[:20_000]}, "`a.csv` is damaged or cut off"),
    "no file": ({}, "the file `a.csv` does not exist"),
    "a folder": ({"a.csv/b.csv": b""}, "`a.csv` is a directory, not a file"),
    "files that differ in columns": (
        {"d/a.csv": b"id,x\n1,2\n", "d/b.csv": b"id,z\n1,2\n"},
        "`d/b.csv` has no column `x`",
    ),
    "Parquet that is cut off": ({"a.parquet": PARQUET[:-9]}, "`a.parquet` is cut off, or is no Parquet file"),
    "an empty Parquet file": ({"a.parquet": b""}, "`a.parquet` is cut off, or is no Parquet file"),
    "text in Parquet": ({"a.parquet": parquet(id=[1, 2], x=["1", "a"])}, 'rows of `a.parquet`: row 2 ("a")'),
    "lists in Parquet": ({"a.parquet": parquet(id=[[1]], x=[1.0])}, "`id` holds lists, which cannot be read as `int`"),
    "JSON that breaks off": (
        {"a.json": b'{"id": 1, "x": 2}\n{"id": 2, "x":\n'},
        "line 2 is not JSON: expecting value at column 15",
    ),
    "JSON cut off within a key": (
        {"a.json": b'{"id": 1, "x": 2}\n{"id": 2, "x": 3, "s'},
        "line 2 is not JSON: unterminated string starting at column 19",
    ),
    "JSON cut off, packed": ({"a.json": gzip.compress(b'{"id": 1, "x": 2}\n{"id": 2')}, "line 2 is not JSON"),
    "gzipped JSON that is cut off": (
        {"a.json": gzip.compress(b'{"id": 1, "x": 2}\n' * 9999)[:60]},
        "`a.json` is damaged or cut off",
    ),
    "JSON of one list": ({"a.json": b'[{"id": 1, "x": 2}]'}, "line 1 holds a list and not an object"),
    "JSON that is no UTF-8": ({"a.json": b'{"id": 1, "x": 2}\n{"s": "m\xfc"}\n'}, "line 2 is not UTF-8 (byte 0xfc"),
    "an empty JSON file": ({"a.json": b""}, "`a.json` is empty"),
}


def connector(files: dict[str, bytes]) -> str:
    if any(name.startswith("d/") for name in files):
        return 'csv("d/*.csv")'
    suffix = next(iter(files), "a.csv").partition("/")[0].rpartition(".")[2]
    return f'{suffix}("a.{suffix}")'


@pytest.mark.parametrize("what", BAD)
def test_bad_data(run: Run, what: str) -> None:
    files, said = BAD[what]
    status, shown = run(files, connector(files), "check", "--data")
    assert (status, shown.count("error[ML212]")) == (1, 1) and said in shown
    status, shown = run({}, connector(files), "run")
    assert status == 4 and said in shown and "Traceback" not in shown
    assert not list(Path(".mldsl").glob("objects/*"))


WIDE = ",".join(["id", "x", *(f"c{index}" for index in range(10_000))]) + "\n" + "1,2" + ",3" * 10_000 + "\n"
GOOD = {
    "a header alone": ({"a.csv": b"id,x\n"}, 0),
    "line ends in quotes": ({"a.csv": b'id,x,s\n1,2,"a\nb"\n3,4,"c\n\nd"\n'}, 2),
    "a byte order mark": ({"a.csv": b"\xef\xbb\xbfid,x\n1,2\n"}, 1),
    "carriage returns": ({"a.csv": b"id,x\r\n1,2\r\n3,4\r\n"}, 2),
    "ten thousand columns": ({"a.csv": WIDE.encode()}, 1),
    "gzip": ({"a.csv": gzip.compress(b"id,x\n1,2\n")}, 1),
    "gzipped JSON": ({"a.json": gzip.compress(b'{"id": 1, "x": 2}\n')}, 1),
    "another order of columns": ({"d/a.csv": b"id,x\n1,2\n", "d/b.csv": b"x,more,id\n2,9,1\n"}, 2),
    "delimiters in quotes": ({"a.csv": b'id,x,s\n1,2,"a, b"\n2,3,"c,\n,d"\n'}, 2),
    "a field that was left empty at the end": ({"a.csv": b"id,x,s\n1,2,\n2,3,"}, 2),
    "a column twice that nobody wants": ({"a.csv": b"id,x,y,y\n1,2,3,3\n"}, 1),
}


@pytest.mark.parametrize("what", GOOD)
def test_odd_data_that_is_fine(run: Run, what: str) -> None:
    files, rows = GOOD[what]
    assert run(files, connector(files), "check", "--data") == (0, "no errors\n")
    status, _ = run({}, connector(files), "run", "--to", "t", "--output", "out")
    assert status == 0 and pl.read_parquet("out/t.parquet").select(pl.len(), "id", "x").height == rows


def test_findings_point_at_the_columns(run: Run) -> None:
    files = {"a.csv": b"id,x\none,2\n2,\n3,two\n"}
    status, shown = run(files, 'csv("a.csv")', "check", "--data", "--format", "json")
    assert shown.count("ML212") == 2
    found = [(item["span"]["start"]["line"], item["message"]) for item in json.loads(shown)["diagnostics"]]
    assert status == 1 and found == [
        (4, '`t` does not fit its schema: `id` is not an int in 1 of 3 rows of `a.csv`: row 1 ("one")'),
        (
            5,
            '`t` does not fit its schema: `x` is not a float in 1 of 3 rows of `a.csv`: row 3 ("two"); '
            "`x` is null in 1 of 3 rows of `a.csv`, and is not nullable: row 2",
        ),
    ]


def test_without_data_nothing_is_read(run: Run) -> None:
    assert run({}, 'csv("gone.csv")', "check") == (0, "no errors\n")
    assert run({}, 'sql(secret("NOT_SET"), "select 1")', "check") == (0, "no errors\n")
    status, shown = run({}, 'sql(secret("NOT_SET"), "select 1")', "check", "--data")
    assert status == 1 and "the secret `NOT_SET` is not set" in shown


def test_a_program_with_errors_is_not_held_against_data(run: Run) -> None:
    status, shown = run({}, 'csv("gone.csv", delimter: ";")', "check", "--data")
    assert status == 1 and "ML106" in shown and "ML212" not in shown
