"""PostgreSQL, a real server: exact values, one clear message for whatever a database says, secrets never shown."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, STRING, Type
from mldsl.cli.main import main
from mldsl.plan.nodes import Secret, SourceBody
from mldsl.runtime.execute import StepOutcome
from mldsl.runtime.infer import answer
from tests.support import postgres
from tests.support.cli import mldsl
from tests.support.expressions import enum, nullable
from tests.support.steps import Bench, specs


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.server() as found:
        yield found


@pytest.fixture(autouse=True)
def warehouse(server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE", server.url)


def run(
    folder: Path, query: str, columns: dict[str, Type], secret: str = "WAREHOUSE", **options: object
) -> tuple[Bench, StepOutcome]:
    bench = Bench(folder)
    what = "query" if " " in query else "name"
    body = SourceBody(
        connector="sql" if what == "query" else "table",
        arguments={"connection": Secret(secret=secret), what: query},
        columns=specs(columns),
    )
    return bench, bench.run(body, "orders", **options)


def rows(folder: Path, query: str, columns: dict[str, Type]) -> list[tuple[object, ...]]:
    bench, outcome = run(folder, query, columns)
    return bench.output(outcome).rows()


def refused(folder: Path, query: str, columns: dict[str, Type], secret: str = "WAREHOUSE") -> str:
    _, outcome = run(folder, query, columns, secret)
    assert outcome.error is not None and outcome.error.traceback is None
    assert not list((folder / ".mldsl").glob("objects/*.parquet")), "nothing is left half-written"
    assert postgres.PASSWORD not in outcome.error.message + (outcome.error.help or "")
    return outcome.error.message


VALUES = [
    ("true", BOOL, True),
    ("7::int2", INT, 7),
    ("9223372036854775807", INT, 2**63 - 1),
    ("12.00::numeric", INT, 12),
    ("0.1::numeric", FLOAT, 0.1),
    ("123456789012345678901234567890.5::numeric", STRING, "123456789012345678901234567890.5"),
    ("'NaN'::float8", nullable(FLOAT), None),
    ("1.5::float4", FLOAT, 1.5),
    ("3", FLOAT, 3.0),
    ("1", BOOL, True),
    ("'x'::varchar(9)", STRING, "x"),
    ("'x '::char(3)", STRING, "x"),
    ("''", STRING, ""),
    ("null::text", nullable(STRING), None),
    ("'basic'", enum("basic", "pro"), "basic"),
    ("'0b7f9f1e-6d4b-4f6f-9a53-111111111111'::uuid", STRING, "0b7f9f1e-6d4b-4f6f-9a53-111111111111"),
    ("""'{"a": [1]}'::jsonb""", STRING, '{"a": [1]}'),
    ("'10.0.0.0/8'::inet", STRING, "10.0.0.0/8"),
    ("date '1960-02-29'", DATE, date(1960, 2, 29)),
    ("date '2024-02-29'", DATETIME, datetime(2024, 2, 29, tzinfo=UTC)),
    ("timestamptz '2024-03-31 03:30:00.123456+02'", DATETIME, datetime(2024, 3, 31, 1, 30, 0, 123456, tzinfo=UTC)),
    ("timestamp '2024-03-31 03:30:00'", DATETIME, datetime(2024, 3, 31, 3, 30, tzinfo=UTC)),
    ("interval '1 day 02:00:00.000001'", DURATION, timedelta(days=1, hours=2, microseconds=1)),
    ("interval '-3 hours'", DURATION, timedelta(hours=-3)),
    ("interval '1 month'", STRING, "1 mon"),
    ("array[1, 2.5, 3]", Type("vector", size=3), [1.0, 2.5, 3.0]),
    ("array[1, 2]::int[]", Type("vector", size=2), [1.0, 2.0]),
    ("'\\x89'::bytea", Type("image"), b"\x89"),
]


@pytest.mark.parametrize(("written", "type_", "expected"), VALUES, ids=[item[0] for item in VALUES])
def test_values(tmp_path: Path, written: str, type_: Type, expected: object) -> None:
    assert rows(tmp_path, f"select {written} as v;", {"v": type_}) == [(expected,)]


@pytest.mark.parametrize(
    ("written", "type_", "shown"),
    [
        ("12.5::numeric", INT, '`v` is not an int in 1 of 1 rows: row 1 ("12.5")'),
        ("interval '1 month'", DURATION, '`v` is not a duration in 1 of 1 rows: row 1 ("1 mon")'),
        ("'\\x00'::bytea", STRING, "`v` holds bytes, which cannot be read as `string`"),
        ("timestamptz 'infinity'", DATETIME, 'invalid input syntax for type timestamp with time zone: "no moment: inf'),
        ("array[[1,2],[3,4]]", Type("vector", size=4), 'malformed array literal: "an array of 2 dimensions"'),
        ("array[1,2]", Type("vector", size=3), "`v` is not `vector(3)` in 1 of 1 rows"),
        ("null::int", INT, "`v` is null in 1 of 1 rows, and is not nullable"),
    ],
)
def test_values_that_do_not_fit(tmp_path: Path, written: str, type_: Type, shown: str) -> None:
    assert shown in refused(tmp_path, f"select {written} as v", {"v": type_})


def test_tables_by_any_name(tmp_path: Path, server: postgres.Server) -> None:
    server.execute(
        'create schema if not exists "Dw"',
        'drop table if exists "Dw"."Or""ders"',
        'create table "Dw"."Or""ders" (id int, "Total €" numeric(10, 2), never bytea)',
        """insert into "Dw"."Or""ders" values (1, 2.50, null), (2, null, null)""",
    )
    columns = {"id": INT, "Total €": nullable(FLOAT)}
    assert rows(tmp_path, 'Dw.Or"ders', columns) == [(1, 2.5), (2, None)]
    assert rows(tmp_path, 'select id from "Dw"."Or""ders" order by id desc -- the last first', {"id": INT}) == [
        (2,),
        (1,),
    ]
    _, outcome = run(tmp_path, 'Dw.Or"ders', columns, rows=1)
    assert outcome.record is not None and outcome.record.outputs["table"].rows == 1


def test_only_the_columns_of_the_schema_are_asked_for(tmp_path: Path, server: postgres.Server) -> None:
    server.execute(
        "create or replace function spoiled(i int) returns int language plpgsql stable as "
        "$$ begin raise exception 'asked for'; end $$",
        "create or replace view trap as select i as id, spoiled(i) as other from generate_series(1, 1) i",
    )
    assert rows(tmp_path, "trap", {"id": INT}) == [(1,)]
    assert refused(tmp_path / "x", "trap", {"other": INT}) == "`orders`: the database says: asked for"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("gone", '`orders`: the database says: relation "gone" does not exist'),
        ("selec 1", '`orders`: the database says: syntax error at or near "selec"'),
        ("select 1 as id; drop table x", "`orders`: the database says: cannot insert multiple commands"),
        ("select 1 / 0 as id", "`orders`: the database says: division by zero"),
        ("select 1 as other", "the result of `orders`'s query has no column `id`"),
        ("select 1 as id, 2 as id", "the result of `orders`'s query has the column `id` 2 times"),
        ("select 1 / (100000 - i) as id from generate_series(1, 200000) i", "`orders`: the database says: division by"),
    ],
)
def test_what_the_database_refuses(tmp_path: Path, query: str, said: str) -> None:
    assert refused(tmp_path, query, {"id": INT}).startswith(said)


def test_nothing_is_ever_written(tmp_path: Path, server: postgres.Server) -> None:
    server.execute("drop table if exists kept", "create table kept (id int)")
    found = refused(tmp_path, "with x as (insert into kept values (1) returning id) select * from x", {"id": INT})
    assert "the database says" in found
    server.execute(
        "create or replace function sly() returns int language sql as 'insert into kept values (1) returning id'"
    )
    assert "in a read-only transaction" in refused(tmp_path, "select sly() as id", {"id": INT})
    assert server.execute("select count(*) from kept") == [(0,)]


def test_connections_that_fail(tmp_path: Path, server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(url: str) -> str:
        monkeypatch.setenv("OTHER", url)
        return refused(tmp_path, "gone", {"id": INT}, "OTHER")

    assert said(server.url.replace("sesame-open", "wr-ong")) == (
        '`orders`: the database says: password authentication failed for user "ml"'
    )
    assert said(server.url.replace("/postgres", "/nowhere")).endswith('says: database "nowhere" does not exist')
    assert said(server.url.replace(str(server.port), "1")).endswith("the database says: Connection refused")
    for secret in ("pass@w0rd:x", "se/cr?et", "100%hid"):
        found = said(f"postgresql://ml:{secret}@127.0.0.1:1/x")
        assert all(piece not in found for piece in ("w0rd", "secret", "cr?et", "hid")), found
    assert "databases of the kind `mysql` are not known here" in said("mysql://u:topsecret@h/d")
    assert "topsecret" not in said("u:topsecret@h/d")
    monkeypatch.delenv("OTHER")
    assert refused(tmp_path, "gone", {"id": INT}, "OTHER") == "the secret `OTHER` is not set"


def test_urls_of_sqlalchemy(tmp_path: Path, server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("postgres", "postgresql+psycopg2", "postgresql+asyncpg"):
        monkeypatch.setenv("WAREHOUSE", server.url.replace("postgresql", scheme, 1))
        assert rows(tmp_path, "select 1 as id", {"id": INT}) == [(1,)]


def test_a_connection_that_drops_midway(tmp_path: Path, server: postgres.Server) -> None:
    """The server ends the connection once the first rows are on their way."""
    query = "select i as id, repeat('x', 1000) as s from generate_series(1, 2000000) i"
    killed = threading.Event()

    def kill() -> None:
        while not killed.is_set():
            found = server.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where query like 'COPY (select%' and wait_event = 'ClientWrite' and pid <> pg_backend_pid()"
            )
            if found:
                killed.set()

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    found = refused(tmp_path, query, {"id": INT, "s": STRING})
    killed.set()
    thread.join()
    assert found.startswith("`orders`: the database says: ") and "terminat" in found + "terminated"
    assert "closed the connection" in found or "terminating connection" in found


def test_a_missing_extra_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", None)
    assert refused(tmp_path, "gone", {"id": INT}) == "`orders` cannot be read: the extra `postgres` is not installed"


PROGRAM = """\
pipeline p { seed: 1 }
source orders = sql(secret("WAREHOUSE"), "select * from sales order by id") {
  id: int key
  amount: float
}
check orders { expect amount > 0 }
transform big = orders { filter amount > 1 }
"""


def test_the_command_line(tmp_path: Path, server: postgres.Server) -> None:
    server.execute(
        "drop table if exists sales",
        "create table sales (id int, amount numeric(10, 2))",
        "insert into sales values (1, 0.5), (2, 2.5)",
    )
    (tmp_path / "p.ml").write_text(PROGRAM)
    first = mldsl("run", "p.ml", "--json", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    # An update that changes nothing moves the row within the table: the content is equal, so what follows is cached.
    server.execute("update sales set amount = 0.5 where id = 1")
    second = mldsl("run", "p.ml", "--json", cwd=tmp_path)
    states = {step["name"]: step["state"] for step in json.loads(second.stdout)["steps"] if step["kind"] != "check"}
    assert states == {"orders": "done", "big": "cached"}
    server.execute("update sales set amount = -1 where id = 1")
    assert mldsl("run", "p.ml", cwd=tmp_path).returncode == 3
    server.execute("drop table sales")
    gone = mldsl("run", "p.ml", cwd=tmp_path)
    assert gone.returncode == 4 and 'the database says: relation "sales" does not exist' in gone.stderr
    everything = first.stdout + first.stderr + second.stdout + second.stderr + gone.stdout + gone.stderr
    for path in (tmp_path / ".mldsl").rglob("*"):
        if path.is_file():
            everything += path.read_bytes().decode("latin-1")
    assert postgres.PASSWORD not in everything


def test_inference(tmp_path: Path, server: postgres.Server) -> None:
    server.execute(
        "drop table if exists looked",
        "create table looked (id bigint not null, code varchar, price numeric(10, 2), whole numeric, ok bool, "
        "at timestamptz, day date, lasts interval, v float8[], j jsonb)",
        "insert into looked values (1, '17', 1.5, 2, true, now(), '2024-01-01', '2 days', '{1,2}', '{}'), "
        "(2, '18', 2.5, 3, null, now(), '2024-01-02', '1 hour', '{3,4}', '{}')",
    )
    found = answer({"connector": "table", "arguments": {"connection": {"secret": "WAREHOUSE"}, "name": "looked"}})
    assert {item["name"]: item["type"] for item in found["columns"]} == {
        "id": "int", "code": "string", "price": "float", "whole": "int", "ok": "bool?", "at": "datetime",
        "day": "date", "lasts": "duration", "v": "vector(2)", "j": "string",
    }  # fmt: skip


def test_infer_writes_no_connection(
    tmp_path: Path, server: postgres.Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.execute("drop table if exists seen", "create table seen (id int, at timestamptz)")
    server.execute("insert into seen values (1, '2024-01-01 10:00+02'), (2, '2024-01-02')")
    monkeypatch.chdir(tmp_path)
    blocks = []
    for place in ("$WAREHOUSE::seen", f"{server.url}::public.seen"):
        assert main(["infer", place]) == 0
        blocks.append(capsys.readouterr().out)
    assert blocks[0].splitlines()[0] == 'source seen = table(secret("WAREHOUSE"), "seen") {'
    assert blocks[1].splitlines()[0] == 'source seen = table(secret("WAREHOUSE"), "public.seen") {'
    assert "id: int key" in " ".join(blocks[0].split()) and "at: datetime time" in " ".join(blocks[0].split())
    Path("p.ml").write_text("pipeline p {}\n" + blocks[1])
    assert main(["check", "--data", "p.ml"]) == 0
    assert main(["run", "p.ml"]) == 0
