"""What a table is called as an asset: who writes it and who reads it agree without knowing each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from mldsl_airflow.assets import asset_uri

import mldsl
from mldsl.plan.nodes import Secret
from tests.support.airflow import compiled, dag, written

SCHEDULE = 'schedule: cron("0 3 * * *")'


@pytest.mark.parametrize(
    ("connector", "arguments", "uri"),
    [
        ("csv", {"path": "data/a.csv"}, "file:///opt/p/data/a.csv"),
        ("csv", {"path": "../q/a b.csv"}, "file:///opt/q/a%20b.csv"),
        ("csv", {"path": "/data/a.csv"}, "file:///data/a.csv"),
        ("csv", {"path": "file:///data/a.csv"}, "file:///data/a.csv"),
        ("parquet", {"path": "S3://shop/a/*.parquet"}, "s3://shop/a/*.parquet"),
        ("table", {"connection": Secret(secret="DW"), "name": "dw.t"}, "x-table://DW/dw.t"),
        ("table", {"connection": "postgresql://ann@db:5432/shop", "name": "t"}, "x-table://db/shop/t"),
        ("sql", {"connection": Secret(secret="DW"), "query": "select 1"}, None),
        ("sklearn", {"name": "iris"}, None),
    ],
)
def test_the_uri_of_a_table(connector: str, arguments: dict[str, object], uri: str | None) -> None:
    assert asset_uri(connector, arguments, "/opt/p") == uri


def test_what_a_deployment_writes_and_what_a_source_reads_is_one_asset() -> None:
    written = asset_uri("parquet", {"path": "scores/{run_date}.parquet"}, "/opt/a")
    assert written == asset_uri("parquet", {"path": "../a/scores/*.parquet"}, "/opt/b")


def test_a_pipeline_without_a_schedule_runs_when_one_of_its_tables_was_written(tmp_path: Path) -> None:
    one = 'source a = csv("s3://b/a.csv") { id: int key }\n'
    two = 'source b = csv("b.csv") { id: int key }\nsource c = csv("b.csv") { id: int key }\n'
    text = dag(compiled(written(tmp_path, f"pipeline p {{}}\n{one}")))
    assert 'schedule=Asset("s3://b/a.csv"),' in text and "import DAG, Asset\n" in text
    text = dag(compiled(written(tmp_path, f"pipeline p {{}}\n{one}{two}")))
    assert 'AssetAny(Asset("s3://b/a.csv"),Asset("file:///opt/programs/program/b.csv"),)' in "".join(text.split())
    text = dag(compiled(written(tmp_path, f"pipeline p {{ {SCHEDULE} }}\n{one}")))
    assert "Asset" not in text
    needy = "param least: int\ntransform big = a { filter id > least }\n"
    text = dag(compiled(written(tmp_path, f"pipeline p {{}}\n{one}{needy}")))
    assert "schedule=None," in text


def test_so_many_tables_that_airflow_would_take_long_to_parse_it_are_not_waited_for(tmp_path: Path) -> None:
    """Airflow hashes all assets of a DAG several times for each of its tasks."""
    for count, waits in ((70, True), (71, False)):
        sources = "".join(f'source s{n} = csv("s3://b/{n}.csv") {{ id: int key }}\n' for n in range(count))
        program = written(tmp_path, f"pipeline p {{}}\n{sources}")
        told: list[str] = []
        files = mldsl.load(program).compile("airflow", tell=told.append)
        assert ("AssetAny(" in dag(files)) == waits
        assert any("too many tables to wait for" in note for note in told) != waits
