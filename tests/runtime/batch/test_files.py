"""Files that a batch deployment writes: read back by other readers, and by the program's own sources."""

from __future__ import annotations

import csv
import errno
import gzip
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.support.batching import deployed, details

PEOPLE = """\
  id: string key
  plan: enum("basic", "pro", "team")
  age: int
  height: float?
  active: bool?
  born: date?
  seen: datetime?
  spent: duration?
  note: text?
  won: bool
"""
PEOPLE_COLUMNS = ["id", "plan", "age", "height", "active", "born", "seen", "spent", "note", "won"]
ROWS = """\
id,plan,age,height,active,born,seen,spent,note,won
a,pro,31,1.5,true,1990-02-28,2025-05-01T10:00:00.000001,1h30m,"a ""quoted"", text",true
b,basic,25,,,,,,,false
c,team,44,1e-07,false,2001-12-31,2025-05-01,-1us,zwölf,true
d,basic,52,170.25,true,1970-01-01,1969-12-31T23:59:59,0s,"two
lines",false
"""
PROGRAM = """\
pipeline people
param region: string = "north"
source people = csv("people.csv") {
@PEOPLE@}
split data = people { train: 50%; test: 50% }
model winner = predict won from data {
  features: age
  algorithm decision_tree { max_depth: 2 }
}
deploy nightly = winner to batch(people) {
@DEPLOY@
}
"""


@pytest.fixture
def program(tmp_path: Path):
    (tmp_path / "people.csv").write_text(ROWS, encoding="utf-8")

    def write(deploy: str) -> Path:
        path = tmp_path / "people.ml"
        path.write_text(PROGRAM.replace("@PEOPLE@", PEOPLE).replace("@DEPLOY@", deploy), encoding="utf-8")
        return path

    return write


def test_parquet_has_the_columns_that_are_chosen_with_their_types(program, tmp_path: Path) -> None:
    said = details(
        deployed(program('write: parquet("scores/{run_date}.parquet")\ncolumns: all'), run_date="2025-06-01")
    )
    assert said == {
        "rows": 4,
        "where": "scores/2025-06-01.parquet",
        "columns": [
            *["id", "plan", "age", "height", "active", "born", "seen", "spent", "note", "won"],
            "won_predicted",
            "won_probability",
        ],
        "run_date": "2025-06-01",
    }
    table = pq.read_table(tmp_path / "scores/2025-06-01.parquet").to_pylist()
    assert [row["id"] for row in table] == ["a", "b", "c", "d"]
    assert table[0] | {"won_predicted": None, "won_probability": None} == {
        "id": "a",
        "plan": "pro",
        "age": 31,
        "height": 1.5,
        "active": True,
        "born": date(1990, 2, 28),
        "seen": datetime(2025, 5, 1, 10, 0, 0, 1, tzinfo=UTC),
        "spent": timedelta(hours=1, minutes=30),
        "note": 'a "quoted", text',
        "won": True,
        "won_predicted": None,
        "won_probability": None,
    }
    nulls = {name for name, value in table[1].items() if value is None}
    assert nulls == {"height", "active", "born", "seen", "spent", "note"}


def test_the_key_and_the_predictions_are_written_by_default_into_the_store(program, tmp_path: Path) -> None:
    said = details(deployed(program(""), run_date="2025-06-01"))
    assert said["where"] == "batch/nightly/2025-06-01.parquet"
    written = pl.read_parquet(tmp_path / ".mldsl" / said["where"])
    assert written.columns == ["id", "won_predicted", "won_probability"]


def test_the_predictions_are_those_of_a_transform(program, tmp_path: Path) -> None:
    path = program('write: parquet("out.parquet")')
    predicting = "transform scored = people { predict with winner }\n"
    path.write_text(path.read_text().replace("deploy nightly", f"{predicting}deploy nightly"), encoding="utf-8")
    deployed(path)
    import mldsl

    mldsl.load(path).run(to="scored", output=tmp_path / "there")
    wanted = pl.read_parquet(tmp_path / "there/scored.parquet").select("id", "won_predicted", "won_probability")
    assert pl.read_parquet(tmp_path / "out.parquet").equals(wanted)


def test_a_rerun_replaces_its_own_output_and_nothing_else(program, tmp_path: Path) -> None:
    path = program('write: csv("scores/{region}-{run_date}.csv")')
    for day in ("2025-06-01", "2025-06-02"):
        deployed(path, run_date=day)
    before = (tmp_path / "scores/north-2025-06-01.csv").stat().st_mtime_ns
    (tmp_path / "people.csv").write_text(ROWS + "e,pro,61,,,,,,,true\n", encoding="utf-8")
    details(deployed(path, run_date="2025-06-02"))
    assert sorted(item.name for item in (tmp_path / "scores").iterdir()) == [
        "north-2025-06-01.csv",
        "north-2025-06-02.csv",
    ]
    assert (tmp_path / "scores/north-2025-06-01.csv").stat().st_mtime_ns == before
    with (tmp_path / "scores/north-2025-06-02.csv").open() as file:
        assert [row["id"] for row in csv.DictReader(file)] == [*"abcde"]


_OUT = """\
source again = {connector} {{
{people}  won_predicted: bool
  won_probability: float
}}
check again {{ expect rows() == 4 }}
"""


@pytest.mark.parametrize(
    "connector",
    [
        'csv("out.csv")',
        'csv("out.csv.gz", delimiter: ";", decimal: ",", quote: "\'")',
        'csv("out.csv.zst", format: "%d.%m.%Y %H:%M:%S%.f")',
        'json("out.jsonl")',
        'json("out.jsonl.bz2")',
        'parquet("out.parquet")',
        'delta("out")',
        'table("sqlite:///out.db", "scores")',
    ],
)
def test_a_source_reads_what_was_written(program, tmp_path: Path, connector: str) -> None:
    columns = "all except (born, seen)" if "format" in connector else "all"
    deploy = f"write: {connector}\ncolumns: {columns}"
    details(deployed(program(deploy)))
    people = PEOPLE
    if "format" in connector:
        people = "".join(line for line in PEOPLE.splitlines(True) if not line.strip().startswith(("born", "seen")))
    reader = tmp_path / "reader.ml"
    reader.write_text("pipeline reader\n" + _OUT.format(connector=connector, people=people) + "\n", encoding="utf-8")
    import mldsl

    result = mldsl.load(reader).run(to="again", output=tmp_path / "there")
    assert result.exit_status == 0, [step.error for step in result.steps]
    again = pl.read_parquet(tmp_path / "there/again.parquet")
    scored = mldsl.load(tmp_path / "people.ml").run(to="people", output=tmp_path / "there")
    assert scored.exit_status == 0
    wanted = pl.read_parquet(tmp_path / "there/people.parquet")
    shared = [name for name in wanted.columns if name in again.columns]
    assert again.select(shared).sort("id").equals(wanted.select(shared))
    assert len(shared) == (8 if "format" in connector else 10)


def test_text_is_what_other_programs_read(program, tmp_path: Path) -> None:
    deployed(program('write: csv("out.csv.gz")\ncolumns: id, seen, spent, note, height, won'))
    with gzip.open(tmp_path / "out.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "id": "a",
        "seen": "2025-05-01T10:00:00.000001Z",
        "spent": "5400s",
        "note": 'a "quoted", text',
        "height": "1.5",
        "won": "true",
    }
    assert rows[1]["seen"] == rows[1]["note"] == rows[1]["height"] == ""
    deployed(program('write: json("out.jsonl")\ncolumns: id, seen, born, height, won'))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert lines[1] == {"id": "b", "seen": None, "born": None, "height": None, "won": False}
    assert lines[0]["seen"] == "2025-05-01T10:00:00.000001Z" and lines[0]["born"] == "1990-02-28"


def test_nothing_is_half_written_where_the_disk_is_full(
    program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = program('write: csv("scores/out.csv")')
    deployed(path)
    before = (tmp_path / "scores/out.csv").read_bytes()
    real = os.fsync

    def full(descriptor: int) -> None:
        if "scores" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    failed = deployed(path, run_date="2025-06-02")
    assert failed.error is not None and failed.error.exit_status == 4
    assert failed.error.message == "`nightly` cannot write `scores/out.csv`: no space left on device"
    assert failed.error.help == "free some space there, or `write` to another place"
    assert [item.name for item in (tmp_path / "scores").iterdir()] == ["out.csv"]
    assert (tmp_path / "scores/out.csv").read_bytes() == before


def test_a_folder_is_made_and_a_directory_is_not_replaced(program, tmp_path: Path) -> None:
    details(deployed(program('write: parquet("a/b/c/out.parquet")')))
    assert (tmp_path / "a/b/c/out.parquet").is_file()
    failed = deployed(program('write: parquet("a/b")'))
    assert failed.error is not None
    assert failed.error.message == "`nightly` cannot write `a/b`: that is a directory"
    failed = deployed(program('write: parquet("people.csv/out.parquet")'))
    assert failed.error is not None
    assert failed.error.message.startswith("`nightly` cannot write `people.csv/out.parquet`: ")


def test_a_value_does_not_lead_out_of_the_folder(program, tmp_path: Path) -> None:
    path = program('write: csv("scores/{region}/out.csv")')
    for region in ("../..", "..", "a/b"):
        failed = deployed(path, region=region)
        assert failed.error is not None
        assert failed.error.message == f"the value of `region`, {region!r}, cannot be a part of a name"
    details(deployed(path, region="süd, 2"))
    assert (tmp_path / "scores/süd, 2/out.csv").is_file()
