"""What an endpoint says of itself: the OpenAPI document and Prometheus' metrics."""

from __future__ import annotations

import asyncio
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families

from tests.serving.fakes import FIELDS, ROW, Scorer, call, endpoint, get, predict, version


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return get(endpoint(version(4), version(5), 0.5), "/openapi.json").json()


def test_the_openapi_document_is_one(document: dict[str, Any]) -> None:
    validate(document)
    assert document["info"] == {
        "title": "churn",
        "summary": document["info"]["summary"],
        "version": "4",
    }
    assert {"/predict", "/v2/models/churn/infer", "/v2/models/churn/versions/{version}/infer", "/metrics"} <= set(
        document["paths"]
    )


def test_its_rows_are_those_of_the_source(document: dict[str, Any]) -> None:
    row = document["components"]["schemas"]["Row"]
    assert row["required"] == [field.name for field in FIELDS if field.required]
    assert row["properties"]["plan"] == {"type": "string", "enum": ["basic", "pro"]}
    assert row["properties"]["tenure"]["type"] == ["integer", "null"]
    assert row["properties"]["Monthly Charges"]["description"] == "`charges` in the program"
    assert row["properties"]["id"]["description"] == "Roles: key"
    assert "churned" in row["properties"]


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        ROW | {"tenure": None},
        ROW | {"id": 7, "churned": True},
        ROW | {"plan": "gold"},
        ROW | {"plan": None},
        ROW | {"tenure": "3"},
        ROW | {"tenure": 2**63},
        ROW | {"vip": 1},
        ROW | {"more": 1},
        {key: value for key, value in ROW.items() if key != "note"},
    ],
)
def test_its_schema_and_the_server_agree(document: dict[str, Any], row: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Row", "components": document["components"]}
    says = jsonschema.Draft202012Validator(schema).is_valid(row)
    assert says == (predict(endpoint(version()), row).status_code == 200)


def test_its_answers_are_as_it_says(document: dict[str, Any]) -> None:
    answers = document["paths"]["/predict"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    schema = answers | {"components": document["components"]}
    for asked in (ROW, [ROW, ROW]):
        jsonschema.Draft202012Validator(schema).validate(predict(endpoint(version()), asked).json())


def test_there_is_a_page_for_people() -> None:
    assert "openapi.json" in get(endpoint(version()), "/docs").text


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_metrics() -> None:
    served = endpoint(version(4), version(5, Scorer(fails=KeyError("x"))), 1.0)

    async def talk(client: Any) -> str:
        await asyncio.gather(*(client.post("/predict", json=[ROW, ROW | {"Monthly Charges": 50}]) for _ in range(3)))
        await client.post("/predict", json={})
        reply = await client.get("/metrics")
        assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
        return str(reply.text)

    found = samples(call(served, talk))
    assert found[of("mldsl_requests_total", version="4", route="predict", status="200")] == 3
    assert found[of("mldsl_requests_total", version="", route="predict", status="400")] == 1
    assert found[of("mldsl_scoring_failures_total", version="5")] == 3
    assert found[of("mldsl_fallbacks_total")] == 3
    assert found[of("mldsl_predictions_total", version="4")] == 6
    assert found[of("mldsl_prediction_sum_total", version="4")] == pytest.approx(3 * (0.125 + 0.5))
    assert found[of("mldsl_prediction_mean", version="4")] == pytest.approx((0.125 + 0.5) / 2)
    assert found[of("mldsl_champion_version")] == 4
    assert found[of("mldsl_candidate_version")] == 5
    assert found[of("mldsl_candidate_share")] == 1.0
    assert found[of("mldsl_request_seconds_count", version="4", route="predict")] == 3
    mine = ((name, value) for (name, labels), value in found.items() if ("version", "4") in labels)
    buckets = [value for name, value in mine if name.endswith("_bucket")]
    assert sorted(buckets) == buckets
    assert buckets[-1] == 3
