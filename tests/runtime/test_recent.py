"""Small tables: computed and read in memory, with the same result as by way of their files."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest

import mldsl
from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, STRING, Type
from mldsl.runtime import recent
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.store import Stored
from mldsl.runtime.tables import is_small, pack_table, scan_table, sink_table, stored_table

PROGRAM = """\
pipeline p {}

source numbers = csv("numbers.csv") {
  id: int key
  x:  float
  g:  enum("a", "b")
}

check numbers { expect x < 1000; expect unique(id) }

transform twice = numbers { derive y = x * 2; derive day = @2025-01-31 }

check twice { expect y < 2000; expect rows() > 0 }

transform sums = twice { group by g { total = sum(y); latest = max(day) } }
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    lines = [f"{n},{n / 7},{'ab'[n % 2]}" for n in range(500)]
    (tmp_path / "numbers.csv").write_text("id,x,g\n" + "\n".join(lines) + "\n")
    (tmp_path / "p.ml").write_text(PROGRAM)
    return tmp_path / "p.ml"


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered, as in a process that comes later."""
    monkeypatch.setattr(recent, "_frames", type(recent._frames)())
    monkeypatch.setattr(recent, "keep", lambda digest, frame: None)


def digests(path: Path, **options: bool) -> dict[str, object]:
    result = mldsl.load(path).run(**options)
    assert result.exit_status == 0
    return {step.id: {name: output["digest"] for name, output in step.outputs.items()} for step in result.steps}


def test_what_is_remembered_gives_what_the_file_gives(program: Path, forgetful: None, monkeypatch: pytest.MonkeyPatch):
    from_files = digests(program)
    monkeypatch.undo()
    assert digests(program, force=True) == from_files


def test_a_table_in_memory_gives_the_values_that_its_file_holds(program: Path):
    program_ = mldsl.load(program)
    folder = program.parent / "out"
    program_.run(to="sums", output=folder)
    found = pl.read_parquet(folder / "sums.parquet").sort("g")
    for name, rows in (("a", range(0, 500, 2)), ("b", range(1, 500, 2))):
        total = found.filter(pl.col("g") == name)["total"].item()
        assert total == pytest.approx(sum(2 * n / 7 for n in rows))


@pytest.mark.parametrize(
    "type_",
    [BOOL, INT, FLOAT, STRING, DATE, DATETIME, DURATION, Type("text"), Type("enum", values=("b", "a"))],
    ids=str,
)
def test_every_type_comes_back_from_the_file_as_it_was(type_: Type):
    values = {"bool": [True], "enum": ["a"], "string": ["é"], "text": ["é"]}.get(type_.kind, [20_000])
    frame = pl.DataFrame({"v": pl.Series([*values, None]).cast(polars_type(type_))})
    back = pl.read_parquet(io.BytesIO(pack_table(frame)))
    assert back.schema == frame.schema
    assert back.equals(frame)


def test_a_packed_table_is_the_file_that_is_written(tmp_path: Path):
    frame = pl.DataFrame({"a": range(1000), "b": [f"text {n % 7}" for n in range(1000)]})
    sink_table(frame, tmp_path / "table.parquet")
    assert pack_table(frame) == (tmp_path / "table.parquet").read_bytes()


def test_only_small_tables_are_held_in_memory():
    assert is_small(Stored("0" * 64, ".parquet", "table", 1000, 20_000))
    assert not is_small(Stored("0" * 64, ".parquet", "table", 1000, 20_001))
    assert not is_small(Stored("0" * 64, ".parquet", "table", 2 << 20, 10))


def test_memory_has_a_bound_and_what_was_asked_for_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recent, "_frames", type(recent._frames)())
    frame = pl.DataFrame({"a": pl.int_range(2 << 17, eager=True)})  # 2 MB
    for number in range(40):
        recent.keep(str(number), frame)
        assert recent.find("0") is not None
    assert recent.find("1") is None
    assert recent.find("39") is not None
    sink_table(frame.head(3), tmp_path / "table.parquet")
    gone = Stored("1", ".parquet", "table", 100, 3)
    assert (
        stored_table(tmp_path / "table.parquet", gone)
        .collect()
        .equals(scan_table(tmp_path / "table.parquet").collect())
    )
