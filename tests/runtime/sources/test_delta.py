"""Delta Lake tables on this machine and on an S3 API, written by delta-rs itself."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

import mldsl
from mldsl.catalog.types import FLOAT, INT, STRING, Type
from mldsl.cli.main import main
from mldsl.plan.nodes import SourceBody
from mldsl.runtime.execute import StepOutcome
from mldsl.runtime.infer import answer
from tests.support import services
from tests.support.expressions import nullable
from tests.support.steps import Bench, specs

try:
    import deltalake
except ImportError:
    deltalake = None

COLUMNS: dict[str, Type] = {"id": INT, "x": nullable(FLOAT)}


@pytest.fixture(autouse=True)
def _needed() -> None:
    if deltalake is None:
        services.missing("the extra `delta`")


def write(place: str | Path, ids: list[int], **options: object) -> None:
    frame = pl.DataFrame({"id": ids, "x": [None if item % 2 else item / 2 for item in ids], "part": ["p"] * len(ids)})
    deltalake.write_deltalake(str(place), frame.to_arrow(), mode="append", partition_by=["part"], **options)


def run(folder: Path, path: str = "t", columns: dict[str, Type] = COLUMNS) -> tuple[Bench, StepOutcome]:
    bench = Bench(folder)
    return bench, bench.run(SourceBody(connector="delta", arguments={"path": path}, columns=specs(columns)), "orders")


def rows(folder: Path, path: str = "t", columns: dict[str, Type] = COLUMNS) -> list[tuple[object, ...]]:
    bench, outcome = run(folder, path, columns)
    return sorted(bench.output(outcome).rows())


def refused(folder: Path, path: str = "t", columns: dict[str, Type] = COLUMNS) -> str:
    _, outcome = run(folder, path, columns)
    assert outcome.error is not None and outcome.error.traceback is None
    return outcome.error.message


def test_a_table_and_its_versions(tmp_path: Path) -> None:
    write(tmp_path / "t", [1, 2])
    assert rows(tmp_path) == [(1, None), (2, 1.0)]
    assert run(tmp_path)[1].state == "cached"
    write(tmp_path / "t", [3])
    assert run(tmp_path)[1].state == "done"
    assert rows(tmp_path, columns={"id": INT, "part": STRING}) == [(1, "p"), (2, "p"), (3, "p")]
    deltalake.DeltaTable(str(tmp_path / "t")).delete("id = 1")
    assert rows(tmp_path) == [(2, 1.0), (3, None)]
    deltalake.DeltaTable(str(tmp_path / "t")).create_checkpoint()
    assert rows(tmp_path) == [(2, 1.0), (3, None)]


def test_an_old_version_is_read_and_new_ones_do_not_matter(tmp_path: Path) -> None:
    write(tmp_path / "t", [1, 2])
    write(tmp_path / "t", [3])
    program = tmp_path / "p.ml"
    text = 'pipeline p {}\nsource t = delta("t", version: 0) { id: int }\ncheck t { expect rows() > 0 }\n'
    program.write_text(text)
    assert mldsl.load(program).run(to="t", output=tmp_path / "out").exit_status == 0
    assert pl.read_parquet(tmp_path / "out" / "t.parquet")["id"].to_list() == [1, 2]
    write(tmp_path / "t", [4])
    assert {step.state for step in mldsl.load(program).run().steps} == {"cached"}
    program.write_text(text.replace("version: 0", "version: 1"))
    assert mldsl.load(program).run(to="t", output=tmp_path / "out").exit_status == 0
    assert pl.read_parquet(tmp_path / "out" / "t.parquet")["id"].sort().to_list() == [1, 2, 3]
    program.write_text(text.replace("version: 0", "version: 9"))
    error = mldsl.load(program).run().step("t").error
    assert error is not None and error.message == "the Delta table `t` has no version 9"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'source t = delta("t", version: -1) { id: int }',
            "`version` wants a whole number from 0 on, not the number `-1`",
        ),
        (
            'source t = delta("t", version: "1") { id: int }',
            '`version` wants a whole number from 0 on, not the string `"1"`',
        ),
        ('source t = delta("t", verison: 1) { id: int }', "`delta` has no option `verison`"),
        ('source t = delta("t", 1) { id: int }', "`delta` takes 1 argument (`path`); options have a name"),
    ],
)
def test_a_version_that_is_none(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "p.ml").write_text(f"pipeline p {{}}\n{line}\n")
    assert message in [item.message for item in mldsl.load(tmp_path / "p.ml").diagnostics]


def test_another_table_of_the_same_version_is_another(tmp_path: Path) -> None:
    write(tmp_path / "t", [1, 2])
    assert rows(tmp_path) == [(1, None), (2, 1.0)]
    shutil.rmtree(tmp_path / "t")
    write(tmp_path / "t", [4])
    assert rows(tmp_path) == [(4, 2.0)]


def test_tables_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(tmp_path) == "there is no Delta table at `t`"
    (tmp_path / "empty" / "_delta_log").mkdir(parents=True)
    assert refused(tmp_path, "empty") == "there is no Delta table at `empty`"
    write(tmp_path / "t", [1, 2])
    assert refused(tmp_path, columns={"gone": INT}) == "`t` has no column `gone`"
    assert "`x` is null in 1 of 2 rows of `t`" in refused(tmp_path, columns={"x": FLOAT})
    file = Path(deltalake.DeltaTable(str(tmp_path / "t")).file_uris()[0].removeprefix("file://"))
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    half = f"has {len(data) // 2} bytes, and its log says {len(data)}"
    assert refused(tmp_path) == f"the Delta table `t` is damaged: its file `part=p/{file.name}` {half}"
    file.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    assert refused(tmp_path).startswith("the Delta table `t` is damaged: ")
    file.unlink()
    assert refused(tmp_path) == f"the Delta table `t` is damaged: its file `part=p/{file.name}` is gone"
    (tmp_path / "t" / "_delta_log" / f"{0:020}.json").write_text("{ no json")
    assert refused(tmp_path).startswith("the Delta table `t` cannot be read: ")
    monkeypatch.setitem(sys.modules, "deltalake", None)
    assert refused(tmp_path) == "`t` cannot be read: the extra `delta` is not installed"


def test_a_table_on_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with services.s3() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        place = "s3://bucket/lake/t"
        assert refused(tmp_path, place) == f"there is no Delta table at `{place}`"
        write(place, [1, 2], storage_options={"allow_http": "true"})
        assert rows(tmp_path, place) == [(1, None), (2, 1.0)]
        assert run(tmp_path, place)[1].state == "cached"
        write(place, [3], storage_options={"allow_http": "true"})
        assert rows(tmp_path, place) == [(1, None), (2, 1.0), (3, None)]


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "t", [1, 2])
    program = 'pipeline p { seed: 1 }\nsource t = delta("t") {\n  id: int\n  x: float\n}\ncheck t { expect id > 0 }\n'
    Path("p.ml").write_text(program)
    assert main(["check", "--data", "p.ml"]) == 1
    assert "p.ml:4:3" in capsys.readouterr().err
    Path("p.ml").write_text(program.replace("float", "float?"))
    assert main(["check", "--data", "p.ml"]) == 0
    assert main(["run", "p.ml"]) == 0
    Path("t").rename("elsewhere")
    assert main(["run", "p.ml"]) == 4
    assert "there is no Delta table at `t`" in capsys.readouterr().err


def test_inference(tmp_path: Path) -> None:
    write(tmp_path / "t", [1, 2])
    found = answer({"connector": "delta", "arguments": {"path": "t"}, "folder": str(tmp_path)})
    assert {item["name"]: item["type"] for item in found["columns"]} == {"id": "int", "x": "float?", "part": "string"}


def test_infer_prints_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write("events", [1, 2])
    assert main(["infer", "events"]) == 0
    block = capsys.readouterr().out
    assert block.splitlines()[0] == 'source events = delta("events") {'
    Path("p.ml").write_text("pipeline p {}\n" + block)
    assert main(["check", "--data", "p.ml"]) == 0
