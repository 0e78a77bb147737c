"""Requests through the reference path: what the training side says of the same rows."""

from __future__ import annotations

import polars as pl
import pytest

from mldsl.errors import StoreError
from mldsl.plan.requests import NotOfOneRow, request_path
from mldsl.runtime.scoring import reference_scorer
from tests.support.scoring import Trained

TABLES = {"good_one": "transform:asked", "plain_one": "transform:plain", "last_one": "transform:with_first"}


def by_key(trained: Trained, table: str) -> dict[int, dict[str, object]]:
    """The training side's predictions for all rows of a table."""
    rows = trained.table(table)
    model = reference_scorer(trained.version, trained.store).served.model
    return dict(zip(rows["id"].to_list(), model.predict_columns(rows).to_dicts(), strict=True))


def same(one: dict[str, object], other: dict[str, object]) -> bool:
    return all(
        value == pytest.approx(other[name], rel=0, abs=1e-9) if isinstance(value, float) else value == other[name]
        for name, value in one.items()
    )


@pytest.mark.parametrize("model", list(TABLES))
def test_every_row_as_in_training(visited: dict[str, Trained], model: str) -> None:
    """Rows that a filter, a join or the SQL drops get null; those dropped by what no request knows get an answer."""
    trained = visited[model]
    scorer = reference_scorer(trained.version, trained.store)
    expected = by_key(trained, TABLES[model])
    raw = trained.raw()
    raw = raw.head(150) if model == "good_one" else raw  # SQL is asked row by row
    answers = scorer.score(raw.drop("outcome", "good").to_dicts())
    assert len(answers) == raw.height
    unknown = set(raw.filter(pl.col("outcome").is_null())["id"].to_list())
    dropped = 0
    for id_, answer in zip(raw["id"].to_list(), answers, strict=True):
        if id_ in expected:
            assert same(answer, expected[id_]), id_
        elif id_ not in unknown:
            assert set(answer.values()) == {None}
            dropped += 1
    assert len(expected) > 100
    assert dropped > 5


def test_features_in_bulk(visited: dict[str, Trained]) -> None:
    trained = visited["plain_one"]
    scorer = reference_scorer(trained.version, trained.store)
    found = scorer.features(trained.raw().drop("outcome", "good"))
    table = trained.table("transform:plain")
    both = found.join(table.select("id"), on="id", how="semi").sort("id")
    assert both.equals(table.select(both.columns).sort("id"))


def test_fields(visited: dict[str, Trained]) -> None:
    """A request carries what the features and the filters look at; keys and the like if it has them."""
    trained = visited["plain_one"]
    fields = {field.column: field for field in reference_scorer(trained.version, trained.store).fields}
    assert {name for name, field in fields.items() if field.required} == {
        "region", "plan", "seen", "born", "score", "amount",
    }  # fmt: skip
    assert (fields["id"].name, fields["id"].type.nullable, fields["vip"].required) == ("visit no", True, False)
    assert fields["plan"].type.values == ("basic", "pro", "team")
    assert "outcome" not in fields
    assert "good" not in fields


def test_what_needs_other_rows_is_refused(visited: dict[str, Trained]) -> None:
    trained = visited["plain_one"]
    with pytest.raises(NotOfOneRow, match=r"`spending` needs many rows \(a group\)"):
        request_path(_grouped(trained), "model:m")


def _grouped(trained: Trained):  # type: ignore[no-untyped-def]
    import mldsl

    program = trained.folder / "grouped.ml"
    program.write_text(
        'pipeline grouped\nsource t = parquet("visits.parquet") { region: string?; amount: int }\n'
        "transform spending = t { group by region { spent = sum(amount); visits = count() } }\n"
        "split d = spending { train: 50%; test: 50% }\n"
        "model m = predict spent from d { features: visits; algorithm ridge }\n",
        encoding="utf-8",
    )
    return mldsl.load(program).plan()


def test_an_altered_file_is_not_read(visited: dict[str, Trained]) -> None:
    trained = visited["last_one"]
    place = trained.store.local(trained.version.model)
    whole = place.read_bytes()
    place.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        with pytest.raises(StoreError, match="was altered"):
            reference_scorer(trained.version, trained.store)
    finally:
        place.write_bytes(whole)
