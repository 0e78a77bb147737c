"""The log of predictions: what is in it, what is masked, and that no request suffers from it."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from mldsl.catalog.types import FLOAT, INT, STRING
from mldsl.errors import StoreError
from mldsl.runtime.masking import masked, salt_of
from mldsl.runtime.predictions import log_days, log_folder, own_columns
from mldsl.runtime.store import open_store
from mldsl.serving.log import Log
from mldsl.serving.prediction_log import Kept, PredictionLog
from tests.serving.fakes import ROW, Field, Lines, Output, Scorer, call, endpoint, post, predict, version


def logged(folder: Path, asked: list[Any], kept: Kept = Kept(), scorer: Scorer | None = None) -> pl.DataFrame | None:  # noqa: B008
    """What is in the log after these requests."""
    store = open_store(str(folder), folder)
    log = PredictionLog(store, "churn", kept, Log(Lines()))
    served = endpoint(version(4, scorer), predictions=log)

    async def talk(client: httpx.AsyncClient) -> None:
        for document in asked:
            assert (await client.post("/predict", json=document)).status_code == 200

    call(served, talk)
    log.close()
    files = sorted(folder.glob("predictions/churn/*/*.parquet"))
    return pl.concat([pl.read_parquet(file) for file in files]) if files else None


def test_what_is_logged(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    found = logged(tmp_path, [ROW | {"id": 7, "gender": "f", "churned": True}, [ROW, ROW | {"tenure": None}]])
    assert found is not None
    salt = salt_of(open_store(str(tmp_path), tmp_path))
    assert found.schema == {
        "time": pl.Datetime("us", "UTC"),
        "version": pl.Int64,
        "request": pl.String,
        "charges": pl.Float64,
        "tenure": pl.Int64,
        "plan": pl.Enum(["basic", "pro"]),
        "vip": pl.Boolean,
        "since": pl.Date,
        "seen": pl.Datetime("us", "UTC"),
        "note": pl.String,
        "id": pl.String,
        "gender": pl.String,
        "churned_predicted": pl.Boolean,
        "churned_probability": pl.Float64,
    }
    first = found.row(0, named=True)
    assert before <= first.pop("time") <= datetime.now(UTC)
    assert first.pop("request") != found["request"][1] == found["request"][2]
    assert first == {
        "version": 4,
        "charges": 12.5,
        "tenure": 3,
        "plan": "pro",
        "vip": True,
        "since": date(2024, 2, 29),
        "seen": datetime(2024, 3, 1, 10, tzinfo=UTC),
        "note": None,
        "id": masked(7, salt),
        "gender": None,
        "churned_predicted": False,
        "churned_probability": 0.125,
    }
    assert found["tenure"].to_list() == [3, 3, None]
    assert found["id"].to_list() == [masked(7, salt), None, None]
    assert log_days(path.name for path in (tmp_path / "predictions/churn").iterdir())[0] <= datetime.now(UTC).date()


def test_masked_columns_are_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    found = logged(tmp_path, [ROW | {"id": 7, "gender": "f"}], Kept(sensitive=True, keys=True))
    assert found is not None
    assert found.select("id", "gender").row(0) == (7, "f")


def test_a_sample(tmp_path: Path) -> None:
    found = logged(tmp_path, [[ROW]] * 400, Kept(sample=0.5))
    assert found is not None
    assert 140 <= found.height <= 260  # six standard deviations of a fair coin


def test_own_columns_make_room_for_the_sources(tmp_path: Path) -> None:
    fields = (Field("time", "time", INT), Field("x", "charges", FLOAT), Field("request", "request", STRING))
    found = logged(tmp_path, [{"time": 3, "x": 1.0, "request": "a"}], scorer=Scorer(fields=fields))
    assert found is not None
    assert found.columns[:6] == ["_time", "version", "_request", "time", "charges", "request"]
    assert own_columns(found.columns[3:]).time == "_time"


def test_folders() -> None:
    assert log_folder("churn", date(2025, 1, 31)) == "predictions/churn/2025-01-31"
    assert log_folder("../a b") == "predictions/..%2Fa%20b"
    assert log_folder("..") == "predictions/%2E%2E"
    assert log_days(["2025-01-31", "salt", "2024-12-01"]) == [date(2024, 12, 1), date(2025, 1, 31)]


def test_a_store_that_cannot_be_written_costs_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is written when it can be."""
    lines = Lines()
    store = open_store(str(tmp_path), tmp_path)
    monkeypatch.setattr("mldsl.serving.prediction_log._SECONDS", 0.05)
    monkeypatch.setattr("mldsl.serving.prediction_log._RETRY", 0.05)
    secure = store.files.secure

    def refuse(path: str, data: bytes) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(store.files, "secure", refuse)
    own = Log(lines)
    log = PredictionLog(store, "churn", Kept(), own)
    served = endpoint(version(4), predictions=log)
    assert predict(served, ROW).status_code == 200
    _until(lambda: "the disk is full" in lines.getvalue())
    monkeypatch.setattr(store.files, "secure", secure)
    assert predict(served, ROW).status_code == 200
    log.close()
    found = pl.concat([pl.read_parquet(file) for file in tmp_path.glob("predictions/churn/*/*.parquet")])
    assert (found.height, log.written, log.dropped) == (2, 2, 0)


def test_more_than_may_wait_is_dropped_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mldsl.serving.prediction_log._MOST", 3)
    log = PredictionLog(open_store(str(tmp_path), tmp_path), "churn", Kept(), Log(Lines()))
    served = endpoint(version(4), predictions=log)
    for _ in range(5):
        predict(served, [ROW, ROW])
    log.close()
    assert (log.written, log.dropped) == (4, 6)


def test_an_endpoint_may_be_called_like_what_else_lies_there(tmp_path: Path) -> None:
    store = open_store(str(tmp_path), tmp_path)
    for name in ("salt", "%salt"):
        log = PredictionLog(store, name, Kept(), Log(Lines()))
        predict(endpoint(version(4), predictions=log), ROW)
        log.close()
        assert (log.written, log.dropped) == (1, 0)


def test_the_name_of_a_request_is_logged(tmp_path: Path) -> None:
    log = PredictionLog(open_store(str(tmp_path), tmp_path), "churn", Kept(), Log(Lines()))
    post(endpoint(version(4), predictions=log), "/predict", json=ROW, headers={"x-request-id": "abc"})
    log.close()
    (file,) = tmp_path.glob("predictions/churn/*/*.parquet")
    assert pl.read_parquet(file)["request"].to_list() == ["abc"]


def test_answers_of_other_types(tmp_path: Path) -> None:
    scorer = Scorer(fields=(Field("x", "charges", FLOAT),), outputs=(Output("kind", STRING), Output("p", FLOAT)))
    scorer.score = lambda rows: [{"kind": None, "p": None} for _ in rows]  # type: ignore[method-assign]
    found = logged(tmp_path, [{"x": 1}], scorer=scorer)
    assert found is not None
    assert found.select("kind", "p").row(0) == (None, None)


def _until(condition: Any) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
