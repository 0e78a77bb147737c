"""Tables that a batch deployment writes, looked at by SQL: in SQLite, PostgreSQL and Delta Lake."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.runtime.batch.test_files import PEOPLE, PROGRAM, ROWS
from tests.support import postgres
from tests.support.batching import deployed, details


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.server() as found:
        yield found


@pytest.fixture
def program(tmp_path: Path):
    (tmp_path / "people.csv").write_text(ROWS, encoding="utf-8")

    def write(deploy: str) -> Path:
        path = tmp_path / "people.ml"
        path.write_text(PROGRAM.replace("@PEOPLE@", PEOPLE).replace("@DEPLOY@", deploy), encoding="utf-8")
        return path

    return write


def _sqlite(path: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute(query).fetchall()


def test_sqlite_replaces_the_rows_of_the_run_date_alone(program, tmp_path: Path) -> None:
    path = program('write: table("sqlite:///made/out.db", "scores")')
    for day in ("2025-06-01", "2025-06-02", "2025-06-02"):
        said = details(deployed(path, run_date=day))
        assert said["rows"] == 4 and said["where"] == "scores in sqlite:///made/out.db"
    out = tmp_path / "made/out.db"
    counted = "select run_date, count(*) from scores group by run_date order by 1"
    assert _sqlite(out, counted) == [("2025-06-01", 4), ("2025-06-02", 4)]
    names = [row[1] for row in _sqlite(out, "pragma table_info(scores)")]
    assert names == ["id", "won_predicted", "won_probability", "run_date"]
    (tmp_path / "people.csv").write_text(ROWS + "e,pro,61,,,,,,,true\n", encoding="utf-8")
    deployed(path, run_date="2025-06-02")
    assert _sqlite(out, counted) == [("2025-06-01", 4), ("2025-06-02", 5)]


def test_a_failure_leaves_the_table_as_it_was(program, tmp_path: Path) -> None:
    path = program('write: table("sqlite:///out.db", "scores")')
    deployed(path, run_date="2025-06-01")
    refuse = (
        "create trigger stop before insert on scores when new.id = 'c' begin select raise(abort, 'no more rows'); end"
    )
    _sqlite(tmp_path / "out.db", refuse)
    failed = deployed(path, run_date="2025-06-01")
    assert failed.error is not None and failed.error.message == "`nightly`: the database says: no more rows"
    assert _sqlite(tmp_path / "out.db", "select count(*) from scores") == [(4,)]


def test_a_table_with_other_columns(program, tmp_path: Path) -> None:
    _sqlite(tmp_path / "out.db", "create table scores (id text, when_made text default 'now', won_probability real)")
    failed = deployed(program('write: table("sqlite:///out.db", "scores")'))
    assert failed.error is not None
    assert failed.error.message == "the table `scores` of `nightly` has no column `won_predicted`, `run_date`"
    assert failed.error.help is not None and "it has `id`, `when_made`, `won_probability`" in failed.error.help


def test_postgres_has_the_types_and_one_transaction(
    program, server: postgres.Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAREHOUSE", server.url)
    server.execute("drop schema if exists ml cascade", "create schema ml")
    path = program('write: table(secret("WAREHOUSE"), "ml.scores")\ncolumns: all')
    for day in ("2025-06-01", "2025-06-02", "2025-06-02"):
        said = details(deployed(path, run_date=day))
    assert said["where"] == 'ml.scores in secret("WAREHOUSE")'
    assert server.execute("select run_date, count(*) from ml.scores group by 1 order by 1") == [
        (date(2025, 6, 1), 4),
        (date(2025, 6, 2), 4),
    ]
    columns = "id, plan, age, height, active, born, seen, note, won"
    first, second = server.execute(
        f"select {columns} from ml.scores where run_date = '2025-06-02' and id in ('a', 'b') order by id"
    )
    seen = datetime(2025, 5, 1, 10, 0, 0, 1, tzinfo=UTC)
    assert first == ("a", "pro", 31, 1.5, True, date(1990, 2, 28), seen, 'a "quoted", text', True)
    assert second == ("b", "basic", 25, None, None, None, None, None, False)
    assert server.execute("select extract(epoch from spent)::float8 from ml.scores where id = 'a' limit 1") == [
        (timedelta(hours=1, minutes=30).total_seconds(),)
    ]
    types = dict(
        server.execute("select column_name, data_type from information_schema.columns where table_schema = 'ml'")
    )
    assert types["seen"] == "timestamp with time zone" and types["age"] == "bigint" and types["spent"] == "interval"


def test_postgres_that_refuses_leaves_the_table_as_it_was(
    program, server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE", server.url)
    server.execute("drop table if exists narrow")
    path = program('write: table(secret("WAREHOUSE"), "narrow")')
    deployed(path, run_date="2025-06-01")
    server.execute("alter table narrow add constraint few check (id <> 'd') not valid")
    failed = deployed(path, run_date="2025-06-01")
    assert failed.error is not None and failed.error.exit_status == 4
    assert failed.error.message.startswith("`nightly`: the database says: new row for relation")
    assert server.execute("select count(*) from narrow") == [(4,)]


def test_a_login_that_is_refused_shows_no_password(
    program, server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE", server.url.replace(postgres.PASSWORD, "open-sesame"))
    failed = deployed(program('write: table(secret("WAREHOUSE"), "scores")'))
    assert failed.error is not None
    assert "password authentication failed" in failed.error.message
    assert "open-sesame" not in f"{failed.error.message} {failed.error.help}"
    monkeypatch.delenv("WAREHOUSE")
    failed = deployed(program('write: table(secret("WAREHOUSE"), "scores")'))
    assert failed.error is not None and failed.error.message == "the secret `WAREHOUSE` is not set"


def test_delta_replaces_the_rows_of_the_run_date_alone(program, tmp_path: Path) -> None:
    import deltalake

    path = program('write: delta("scores")')
    for day in ("2025-06-01", "2025-06-02", "2025-06-02"):
        details(deployed(path, run_date=day))
    table = deltalake.DeltaTable(str(tmp_path / "scores"))
    rows = table.to_pyarrow_table().to_pylist()
    assert sorted((row["run_date"], row["id"]) for row in rows) == [
        (day, id_) for day in (date(2025, 6, 1), date(2025, 6, 2)) for id_ in "abcd"
    ]
    assert table.version() == 2
    path.write_text(path.read_text().replace('delta("scores")', 'delta("scores")\ncolumns: id, age'))
    failed = deployed(path, run_date="2025-06-02")
    assert failed.error is not None
    assert failed.error.message.startswith("`nightly` cannot write the Delta table `scores`: ")
    assert deltalake.DeltaTable(str(tmp_path / "scores")).version() == 2
