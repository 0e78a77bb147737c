"""Files behind URIs: an S3 API and a web server on loopback."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from mldsl.catalog.types import INT, STRING, Type
from mldsl.plan.nodes import SourceBody
from mldsl.runtime import elsewhere
from mldsl.runtime.execute import StepOutcome
from tests.support import services
from tests.support.cli import mldsl
from tests.support.steps import Bench, specs

COLUMNS: dict[str, Type] = {"id": INT, "s": STRING}


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    with services.s3() as environment:
        yield environment


@pytest.fixture
def s3(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    yield server
    client = services.bucket(server)
    for item in client.list_objects_v2(Bucket="bucket").get("Contents", []):
        client.delete_object(Bucket="bucket", Key=item["Key"])


def put(server: dict[str, str], key: str, data: bytes) -> None:
    services.bucket(server).put_object(Bucket="bucket", Key=key, Body=data)


def run(
    folder: Path, path: str, connector: str = "csv", columns: dict[str, Type] = COLUMNS
) -> tuple[Bench, StepOutcome]:
    bench = Bench(folder)
    return bench, bench.run(SourceBody(connector=connector, arguments={"path": path}, columns=specs(columns)), "orders")


def refused(folder: Path, path: str, connector: str = "csv") -> str:
    _, outcome = run(folder, path, connector)
    assert outcome.error is not None and outcome.error.traceback is None
    return f"{outcome.error.message} / {outcome.error.help}"


def parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def test_every_kind_of_file_by_name_and_by_glob(tmp_path: Path, s3: dict[str, str]) -> None:
    put(s3, "d/2025/b.csv", b"id,s\n2,b\n")
    put(s3, "d/2024/a.csv", b"id,s\n1,a\n")
    put(s3, "d/x.json", b'{"id": 3, "s": "c"}\n')
    put(s3, "d/x.parquet", parquet(pl.DataFrame({"id": [4], "more": [0.5], "s": ["d"]})))
    for connector, path, expected in [
        ("csv", "s3://bucket/d/*/*.csv", [(1, "a"), (2, "b")]),
        ("csv", "s3://bucket/d/**/b.csv", [(2, "b")]),
        ("json", "s3://bucket/d/x.json", [(3, "c")]),
        ("parquet", "s3://bucket/d/*.parquet", [(4, "d")]),
    ]:
        bench, outcome = run(tmp_path, path, connector)
        assert bench.output(outcome).rows() == expected


def test_a_wrong_value_names_the_file_by_its_uri(tmp_path: Path, s3: dict[str, str]) -> None:
    put(s3, "d/a.csv", b"id,s\n1,a\nx,b\n")
    assert '1 of 2 rows of `s3://bucket/d/a.csv`: row 2 ("x")' in refused(tmp_path, "s3://bucket/d/a.csv")


def test_what_is_not_there(tmp_path: Path, s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, "d/a.csv", b"id,s\n1,a\n")
    assert "the file `s3://bucket/d/b.csv` does not exist" in refused(tmp_path, "s3://bucket/d/b.csv")
    assert "no file matches `s3://bucket/d/*.tsv`" in refused(tmp_path, "s3://bucket/d/*.tsv")
    assert "`s3://bucket/d` is a directory" in refused(tmp_path, "s3://bucket/d")
    assert "does not exist" in refused(tmp_path, "s3://elsewhere/a.csv")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """fsspec keeps its connections, and the environment that they were made in."""
    yield
    s3fs = pytest.importorskip("s3fs")
    s3fs.S3FileSystem.clear_instance_cache()


def test_a_server_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: dict[str, str]) -> None:
    for name, value in {**server, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}.items():
        monkeypatch.setenv(name, value)
    found = refused(tmp_path, "s3://bucket/a.csv")
    assert "`s3://bucket/a.csv` cannot be read" in found and "testing-secret" not in found


def test_a_missing_extra_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    found = refused(tmp_path, "gs://bucket/a.csv")
    assert found == ("`gs://bucket/a.csv` cannot be read: the extra `gcs` is not installed / pip install 'mldsl[gcs]'")


PROGRAM = """\
pipeline p {{ seed: 1 }}
source orders = csv("{path}") {{
  id: int
  s: string
}}
check orders {{ expect id > 0 }}
"""


def states(folder: Path) -> list[str]:
    done = mldsl("run", "p.ml", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return [step["state"] for step in json.loads(done.stdout)["steps"]]


def test_the_key_follows_the_servers_versions_without_reading(tmp_path: Path, s3: dict[str, str]) -> None:
    path = "s3://bucket/d/*.csv"
    put(s3, "d/a.csv", b"id,s\n1,a\n")
    assert run(tmp_path, path)[1].state == "done"
    put(s3, "d/a.csv", b"id,s\n1,a\n")  # written again, and the same
    assert run(tmp_path, path)[1].state == "cached"
    put(s3, "d/a.csv", b"id,s\n1,b\n")
    assert run(tmp_path, path)[1].state == "done"
    put(s3, "d/b.csv", b"id,s\n2,b\n")
    bench, outcome = run(tmp_path, path)
    assert outcome.state == "done" and bench.output(outcome).rows() == [(1, "b"), (2, "b")]


def test_the_command_line(tmp_path: Path, s3: dict[str, str]) -> None:
    put(s3, "d/a.csv", b"id,s\n1,a\n")
    (tmp_path / "p.ml").write_text(PROGRAM.format(path="s3://bucket/d/*.csv"))
    assert states(tmp_path) == ["done", "done"]
    assert states(tmp_path) == ["cached", "cached"]
    put(s3, "d/b.csv", b"id,s\n2,b\n")
    plan = mldsl("plan", "p.ml", cwd=tmp_path)
    assert "file `s3://bucket/d/b.csv` is new" in plan.stdout + plan.stderr


def test_a_web_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "www" / "d").mkdir(parents=True)
    (tmp_path / "www" / "d" / "a.csv").write_text("id,s\n1,a\n")
    (tmp_path / "www" / "d" / "b.csv").write_text("id,s\n2,b\n")
    monkeypatch.setattr(elsewhere, "_SILENCE", 1)
    with services.web(tmp_path / "www") as root:
        for path, expected in [
            ("/d/a.csv", [(1, "a")]),
            ("/moved/d/a.csv", [(1, "a")]),
            ("/d/*.csv", [(1, "a"), (2, "b")]),
        ]:
            bench, outcome = run(tmp_path, root + path)
            assert bench.output(outcome).rows() == expected
        assert f"the file `{root}/d/c.csv` does not exist" in refused(tmp_path, f"{root}/d/c.csv")
        assert "does not answer in time" in refused(tmp_path, f"{root}/slow/a.csv")
        assert f"`{root}/broken/a.csv` cannot be read" in refused(tmp_path, f"{root}/broken/a.csv")
        assert run(tmp_path, f"{root}/d/a.csv")[1].state == "cached"
        assert "the server answers 403 Forbidden" in refused(tmp_path, f"{root}/secret/a.csv")
