"""SQLite: values typed by the schema whatever they are stored as, in batches, from a file that is never written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mldsl.catalog.types import BOOL, DATE, DATETIME, FLOAT, INT, STRING, Type
from mldsl.plan.nodes import Argument, Secret, SourceBody
from mldsl.runtime.execute import StepOutcome
from mldsl.runtime.sources import sqlite
from tests.support.expressions import enum, nullable
from tests.support.steps import Bench, specs


def make(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def run(folder: Path, query: str, columns: dict[str, Type], connection: Argument = "sqlite:///shop.db") -> StepOutcome:
    what = "query" if " " in query else "name"
    arguments = {"connection": connection, what: query}
    body = SourceBody(connector="sql" if what == "query" else "table", arguments=arguments, columns=specs(columns))
    return Bench(folder).run(body, "orders", force=True)


def rows(folder: Path, query: str, columns: dict[str, Type], connection: Argument = "sqlite:///shop.db") -> list:
    return Bench(folder).output(run(folder, query, columns, connection)).rows()


def refused(folder: Path, query: str, columns: dict[str, Type], connection: Argument = "sqlite:///shop.db") -> str:
    outcome = run(folder, query, columns, connection)
    assert outcome.error is not None and outcome.error.traceback is None
    return f"{outcome.error.message} / {outcome.error.help}"


def test_tables_and_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(
        tmp_path,
        "create table orders (id integer, amount real, day text, note text)",
        "insert into orders values (1, 2.5, '2024-02-29', null), (2, 3, '2024-03-01', 'x')",
    )
    columns = {"id": INT, "amount": FLOAT, "day": DATE, "note": nullable(STRING)}
    expected = [(1, 2.5, date(2024, 2, 29), None), (2, 3.0, date(2024, 3, 1), "x")]
    assert rows(tmp_path, "orders", columns) == expected
    monkeypatch.setenv("SHOP", f"sqlite:///{tmp_path / 'shop.db'}")
    assert rows(tmp_path, "select * from orders where id > 1; ", columns, Secret(secret="SHOP")) == expected[1:]
    assert rows(tmp_path, "select * from orders where id > 1 -- yes", {"id": INT}) == [(2,)]


@pytest.mark.parametrize(
    ("written", "type_", "expected"),
    [
        ("1", BOOL, True),
        ("'no'", BOOL, False),
        ("7.0", INT, 7),
        ("'7'", INT, 7),
        ("9223372036854775807", INT, 2**63 - 1),
        ("7", FLOAT, 7.0),
        ("0.1", FLOAT, 0.1),
        ("9e999", nullable(FLOAT), None),
        ("''", STRING, ""),
        ("2.5", STRING, "2.5"),
        ("'grün'", enum("grün"), "grün"),
        ("date('1960-02-29')", DATE, date(1960, 2, 29)),
        ("datetime(1700000000, 'unixepoch')", DATETIME, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("x'89'", Type("image"), b"\x89"),
    ],
)
def test_values(tmp_path: Path, written: str, type_: Type, expected: object) -> None:
    make(tmp_path)
    assert rows(tmp_path, f"select {written} as v", {"v": type_}) == [(expected,)]


@pytest.mark.parametrize(
    ("written", "type_", "shown"),
    [
        ("7.5", INT, '`v` is not an int in 1 of 1 rows: row 1 ("7.5")'),
        ("x'00'", STRING, "`v` holds bytes (a BLOB), which cannot be read as `string`"),
        ("'x'", Type("image"), "`v` holds no bytes, which cannot be read as `image`"),
        ("cast(x'ff' as text)", STRING, "the database says: a text is not UTF-8 (byte 0xff)"),
        ("1700000000", DATETIME, "`v` is not a datetime in 1 of 1 rows"),
    ],
)
def test_values_that_do_not_fit(tmp_path: Path, written: str, type_: Type, shown: str) -> None:
    make(tmp_path)
    assert shown in refused(tmp_path, f"select {written} as v", {"v": type_})


def test_rows_of_many_batches(tmp_path: Path) -> None:
    make(tmp_path)
    query = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 25001) "
        "select i, case when i = 25001 then {} else i end as v from n"
    )
    assert rows(tmp_path, query.format("-1"), {"v": INT}) == [*((i,) for i in range(1, 25001)), (-1,)]
    assert 'row 25001 ("last")' in refused(tmp_path, query.format("'last'"), {"v": INT})


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("gone", "`orders`: the database says: no such table: gone"),
        ("selec 1", '`orders`: the database says: near "selec": syntax error'),
        ("select 1 as id, 2 as id", "the result of `orders`'s query has the column `id` 2 times"),
        ("select 1 as other", "the result of `orders`'s query has no column `id`"),
        ("delete from orders returning id", "`orders`: the database says: "),
    ],
)
def test_what_the_database_refuses(tmp_path: Path, query: str, said: str) -> None:
    make(tmp_path, "create table orders (id int)", "insert into orders values (1)")
    assert refused(tmp_path, query, {"id": INT}).startswith(said)
    assert rows(tmp_path, "orders", {"id": INT}) == [(1,)]


def test_databases_that_cannot_be_read(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path, "orders", {"id": INT}, "sqlite:///gone.db")
    assert not (tmp_path / "gone.db").exists()
    assert "with three slashes" in refused(tmp_path, "orders", {"id": INT}, "sqlite://shop.db")
    (tmp_path / "shop.db").write_bytes(b"no database at all, but a text" * 100)
    assert "the database says: file is not a database" in refused(tmp_path, "orders", {"id": INT})
    assert refused(tmp_path, "orders", {"id": INT}, Secret(secret="NOT_SET")).startswith(
        "the secret `NOT_SET` is not set"
    )


def test_a_file_that_another_program_has_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    make(tmp_path, "create table orders (id int)")
    with closing(sqlite3.connect(tmp_path / "shop.db")) as other:
        other.execute("begin exclusive")
        found = refused(tmp_path, "orders", {"id": INT})
    assert found.startswith("`orders`: the database says: database is locked / another program is writing to it")
