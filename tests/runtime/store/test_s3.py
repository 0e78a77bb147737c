"""The artifact store on an S3 API: whole objects, records, several runs at once, and another machine's results."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mldsl.errors import StoreError
from mldsl.runtime.store import Record, Store, open_store
from tests.support import services
from tests.support.cli import environment

PROGRAM = """\
pipeline p {
  seed: 1
  artifacts: "s3://bucket/team/store"
}
source t = csv("t.csv") {
  id: int key
  y: float
}
check t { expect id > 0 }
transform big = t { filter y > 1 }
split data = big {
  train: 70%
  test: 30%
}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    with services.s3() as found:
        yield found


@pytest.fixture
def s3(server: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, str]]:
    for name, value in {**server, "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    yield server
    client = services.bucket(server)
    for item in client.list_objects_v2(Bucket="bucket").get("Contents", []):
        client.delete_object(Bucket="bucket", Key=item["Key"])


def keys(server: dict[str, str]) -> list[str]:
    listed = services.bucket(server).list_objects_v2(Bucket="bucket").get("Contents", [])
    return sorted(item["Key"] for item in listed)


def store(folder: Path, place: str = "s3://bucket/team/store") -> Store:
    return open_store(place, folder)


def test_objects_and_records(tmp_path: Path, s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    here = store(tmp_path)
    stored = here.put(b"hello", ".json", "json")
    with here.scratch() as scratch:
        (scratch / "a.parquet").write_bytes(b"table" * 1000)
        table = here.adopt(scratch / "a.parquet", ".parquet", "table", 2)
    record = Record("k", "transform:t", "transform", {"table": table}, details={"é": 1})
    here.keep(record)
    assert [key.split("/")[2] for key in keys(s3)] == ["latest", "objects", "objects", "steps"]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another machine"))
    there = store(tmp_path)
    assert there.record("k") == record and there.latest("transform:t") == record and there.record("other") is None
    assert there.read(stored) == b"hello"
    assert there.local(table).read_bytes() == b"table" * 1000


def test_damage_is_found_when_an_object_is_fetched(
    tmp_path: Path, s3: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = store(tmp_path).put(b"hello", ".parquet", "table")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another machine"))
    services.bucket(s3).put_object(Bucket="bucket", Key=f"team/store/{stored.path}", Body=b"jello")
    with pytest.raises(StoreError, match="is damaged in the artifact store"):
        store(tmp_path).read(stored)
    services.bucket(s3).delete_object(Bucket="bucket", Key=f"team/store/{stored.path}")
    with pytest.raises(StoreError, match="is missing or damaged in the artifact store"):
        store(tmp_path).read(stored)


def test_a_bucket_that_is_not_there_is_not_made(tmp_path: Path, s3: dict[str, str]) -> None:
    with pytest.raises(StoreError, match=r"cannot write to the artifact store `s3://typo/store`: .*bucket"):
        store(tmp_path, "s3://typo/store").put(b"hello", ".json", "json")
    assert [item["Name"] for item in services.bucket(s3).list_buckets()["Buckets"]] == ["bucket"]


def program(folder: Path) -> Path:
    folder.mkdir()
    (folder / "p.ml").write_text(PROGRAM)
    (folder / "t.csv").write_text("id,y\n" + "".join(f"{row},{row / 10}\n" for row in range(1, 101)))
    return folder


def started(folder: Path, cache: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mldsl", *words, "p.ml", "--json"],
        cwd=folder,
        env=environment(XDG_CACHE_HOME=str(cache)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def states(process: subprocess.Popen[str]) -> list[str]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return [step["state"] for step in json.loads(out)["steps"]]


def test_runs_at_the_same_time_and_on_another_machine(tmp_path: Path, s3: dict[str, str]) -> None:
    one, two = program(tmp_path / "one"), program(tmp_path / "two")
    both = [started(one, tmp_path / "cache1", "run"), started(two, tmp_path / "cache2", "run")]
    assert all(state in ("done", "cached") for process in both for state in states(process))
    objects = [key for key in keys(s3) if "/objects/" in key]
    assert len(objects) == len(set(objects)) and not [key for key in keys(s3) if "/parts/" in key]
    assert not (one / ".mldsl" / "objects").exists()
    third = program(tmp_path / "three")
    assert set(states(started(third, tmp_path / "cache3", "run"))) == {"cached"}


def test_a_store_that_refuses(tmp_path: Path, s3: dict[str, str]) -> None:
    folder = program(tmp_path / "one")
    (folder / "p.ml").write_text(PROGRAM.replace("s3://bucket", "s3://typo"))
    process = started(folder, tmp_path / "cache", "run")
    _, err = process.communicate(timeout=300)
    assert process.returncode == 4 and "the artifact store `s3://typo/team/store`" in err
    assert "Traceback" not in err and "testing-secret" not in err
