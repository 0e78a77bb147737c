"""The store: whole files or none, whatever happens; and the same through fsspec."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
from pathlib import Path

import polars as pl
import pytest

from mldsl.errors import StoreError
from mldsl.runtime.store import Record, Store, Stored, open_store
from mldsl.runtime.store.records import record_from_json


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "local":
        return open_store(".mldsl", tmp_path)
    return open_store(f"memory://{tmp_path.name}-{os.getpid()}", tmp_path)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def record(key: str = "k", **changes: object) -> Record:
    fields: dict[str, object] = {"key": key, "step": "transform:t", "kind": "transform", "outputs": {}, **changes}
    return Record(**fields)  # type: ignore[arg-type]


def test_bytes_go_in_and_come_out(store: Store) -> None:
    stored = store.put(b"hello", ".json", "json")
    assert stored == Stored("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", ".json", "json", 5)
    assert store.read(stored) == b"hello"
    assert store.put(b"hello", ".json", "json") == stored


def test_files_are_moved_in(store: Store) -> None:
    with store.scratch() as scratch:
        pl.DataFrame({"a": [1, 2]}).write_parquet(scratch / "a.parquet")
        stored = store.adopt(scratch / "a.parquet", ".parquet", "table", 2)
        assert list(scratch.iterdir()) == []
    assert not scratch.exists()
    assert pl.read_parquet(store.local(stored))["a"].to_list() == [1, 2]


def test_records(store: Store) -> None:
    table = store.put(b"x", ".json", "json")
    kept = record(outputs={"table": table}, details={"é": [1, None]}, warnings=("w",), seconds=1.5, parts={"seed": 3})
    store.keep(kept)
    assert store.record("k") == kept
    assert store.latest("transform:t") == kept
    store.keep(record("k2", outputs={"table": table}))
    assert store.record("k") == kept
    latest = store.latest("transform:t")
    assert latest is not None and latest.key == "k2"
    assert store.record("unknown") is None and store.latest("unknown") is None


def test_opening_a_store_writes_nothing(tmp_path: Path) -> None:
    opened = open_store("deep/.mldsl", tmp_path)
    assert opened.record("k") is None
    assert list(tmp_path.iterdir()) == []


def test_a_store_keeps_out_of_git(tmp_path: Path) -> None:
    open_store(".mldsl", tmp_path).put(b"x", ".json", "json")
    assert (tmp_path / ".mldsl" / ".gitignore").read_text() == "*\n"
    assert files(tmp_path / ".mldsl") == [
        ".gitignore",
        "objects/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881.json",
    ]


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_kill_between_writing_and_renaming_leaves_the_store_whole(
    tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(".mldsl", tmp_path)
    first = store.put(b"first", ".json", "json")
    store.keep(record(outputs={"table": first}))

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(os, moment, die)
        with pytest.raises(Killed):
            store.put(b"second", ".skops", "model")
        if moment == "replace":
            for write in (
                lambda: store.put(b"second", ".json", "json"),
                lambda: store.keep(record(details={"new": 1})),
            ):
                with pytest.raises(Killed):
                    write()
    assert store.read(first) == b"first"
    kept = store.record("k")
    assert kept is not None and kept.details == {}
    assert len([name for name in files(tmp_path / ".mldsl") if name.startswith("objects/")]) == 1
    assert store.read(store.put(b"second", ".skops", "model")) == b"second"


def test_a_record_whose_objects_are_damaged_counts_as_none(tmp_path: Path) -> None:
    store = open_store(".mldsl", tmp_path)
    table = store.put(b"content", ".json", "json")
    store.keep(record(outputs={"table": table}))
    (tmp_path / ".mldsl" / table.path).write_bytes(b"cont")
    assert store.record("k") is None
    with pytest.raises(StoreError, match="is missing or damaged"):
        store.read(table)
    assert store.put(b"content", ".json", "json") == table
    assert store.record("k") is not None


def test_what_a_power_cut_left_of_a_small_object_counts_as_none(tmp_path: Path) -> None:
    store = open_store(".mldsl", tmp_path)
    report = store.put(b"content", ".json", "json")
    store.keep(record(outputs={"report": report}))
    (tmp_path / ".mldsl" / report.path).write_bytes(b"\0" * report.size)
    assert store.record("k") is None
    assert store.put(b"content", ".json", "json") == report
    assert store.record("k") is not None


def test_tables_and_models_are_on_the_disk_before_they_have_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(".mldsl", tmp_path)
    store.put(b"x", ".json", "json")
    steps: list[str] = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (steps.append("synced"), sync(handle)))
    monkeypatch.setattr(os, "replace", lambda path, target: (replace(path, target), steps.append("named")))
    store.put(b"model", ".skops", "model")
    path = store.fresh()
    path.write_bytes(b"table")
    store.adopt(path, ".parquet", "table", 1)
    assert steps == ["synced", "named"] * 2


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": 99}', '{"version": 1}', "\x00", "[" * 100_000])
def test_a_damaged_record_counts_as_none(text: str) -> None:
    assert record_from_json(text) is None


def test_a_record_of_today_can_be_read_tomorrow() -> None:
    document = json.loads(record(outputs={"t": Stored("d", ".parquet", "table", 3, 7)}).to_json())
    assert document["version"] == 1
    assert document["outputs"] == {"t": {"digest": "d", "suffix": ".parquet", "kind": "table", "size": 3, "rows": 7}}


def test_a_store_that_cannot_be_written_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot write to the artifact store") as caught:
        open_store("file", tmp_path).put(b"x", ".json", "json")
    assert caught.value.help is not None and "a file stands where a directory is wanted" in caught.value.help

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="no space left on device") as caught:
        open_store(".mldsl", tmp_path).put(b"x", ".skops", "model")
    assert caught.value.help is not None and "mldsl clean" in caught.value.help
    assert not [name for name in files(tmp_path / ".mldsl") if name.startswith(("objects/", "tmp/"))]


def test_an_unknown_scheme_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot open the artifact store `nowhere://x`"):
        open_store("nowhere://x", tmp_path)


def test_file_uris_are_paths(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/store", Path("/elsewhere"))
    store.put(b"x", ".json", "json")
    assert (tmp_path / "store" / "objects").is_dir()


def _work(folder: Path, number: int) -> None:
    store = open_store(".mldsl", folder)
    for i in range(30):
        table = store.put(f"content {i}".encode() * 1000, ".json", "json")
        store.keep(record(f"k{i}", outputs={"table": table}, details={"by": number}))


def test_processes_share_a_store(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_work, args=(tmp_path, number)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    store = open_store(".mldsl", tmp_path)
    for i in range(30):
        kept = store.record(f"k{i}")
        assert kept is not None and store.read(kept.outputs["table"]) == f"content {i}".encode() * 1000
    assert list((tmp_path / ".mldsl" / "tmp").iterdir()) == []


def test_a_store_that_vanishes_comes_back(tmp_path: Path) -> None:
    store = open_store(".mldsl", tmp_path)
    store.put(b"x", ".json", "json")
    shutil.rmtree(tmp_path / ".mldsl")
    assert store.read(store.put(b"x", ".json", "json")) == b"x"
