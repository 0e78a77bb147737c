"""`POST /predict`: raw rows in, predictions out; what is wrong is named with its column and row."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest

from mldsl.runtime.errors import StepFailed
from tests.serving.fakes import PLAN, ROW, Field, Lines, Scorer, endpoint, get, post, predict, version


def test_one_row_as_python_has_it() -> None:
    scorer = Scorer()
    reply = predict(endpoint(version(4, scorer)), ROW)
    assert reply.status_code == 200
    assert reply.json() == {
        "model": "churn",
        "version": 4,
        "prediction": {"churned_predicted": False, "churned_probability": 0.125},
    }
    assert scorer.seen == [
        {
            "charges": 12.5,
            "tenure": 3,
            "plan": "pro",
            "vip": True,
            "since": date(2024, 2, 29),
            "seen": datetime(2024, 3, 1, 10),
            "note": None,
        }
    ]


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"rows": rows}])
def test_several_rows(wrap: Any) -> None:
    reply = predict(endpoint(version()), wrap([ROW, ROW | {"Monthly Charges": 80}]))
    assert [item["churned_probability"] for item in reply.json()["predictions"]] == [0.125, 0.8]


def test_a_source_may_have_a_column_called_rows() -> None:
    scorer = Scorer(fields=(Field("rows", "charges", Scorer().fields[0].type),))
    reply = predict(endpoint(version(1, scorer)), {"rows": 50})
    assert reply.json()["prediction"] == {"churned_predicted": True, "churned_probability": 0.5}


def test_whole_rows_of_the_source_may_be_sent() -> None:
    """The target is not looked at; a key and a sensitive column come along for the log."""
    reply = predict(endpoint(version()), ROW | {"churned": True, "id": 7, "gender": "f"})
    assert reply.status_code == 200


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ROW.items() if key != name}


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        (without("plan"), "plan", "`plan` is missing in row 0"),
        (without("tenure"), "tenure", "`tenure` is missing in row 0; where it is not known, write null"),
        (
            without("Monthly Charges") | {"charges": 1.0},
            "Monthly Charges",
            "`Monthly Charges` is missing in row 0: there is `charges` instead",
        ),
        (without("tenure") | {"tenur": 3}, "tenure", "`tenure` is missing in row 0: there is `tenur` instead"),
        (ROW | {"plam": 1}, "plam", "there is no column `plam` (row 0); did you mean `plan`?"),
        (ROW | {"plan": "gold"}, "plan", '`plan` in row 0 is "gold", none of "basic", "pro"'),
        (ROW | {"plan": "Pro"}, "plan", '`plan` in row 0 is "Pro", none of "basic", "pro"; did you mean "pro"?'),
        (ROW | {"plan": 1}, "plan", '`plan` in row 0 is 1, and one of "basic", "pro" is wanted'),
        (ROW | {"plan": None}, "plan", '`plan` in row 0 is null, and one of "basic", "pro" is wanted'),
        (ROW | {"tenure": "3"}, "tenure", '`tenure` in row 0 is "3", and an integer of 64 bits is wanted'),
        (ROW | {"tenure": 3.5}, "tenure", "`tenure` in row 0 is 3.5, and an integer of 64 bits is wanted"),
        (ROW | {"tenure": True}, "tenure", "`tenure` in row 0 is true, and an integer of 64 bits is wanted"),
        (
            ROW | {"tenure": 2**63},
            "tenure",
            "`tenure` in row 0 is 9223372036854775808, and an integer of 64 bits is wanted",
        ),
        (ROW | {"tenure": 2**70}, "tenure", "`tenure` in row 0 is 1.1805916207174113e+21, and an integer"),
        (ROW | {"Monthly Charges": "12"}, "Monthly Charges", 'in row 0 is "12", and a number is wanted'),
        (ROW | {"Monthly Charges": None}, "Monthly Charges", "in row 0 is null, and a number is wanted"),
        (ROW | {"vip": 1}, "vip", "`vip` in row 0 is 1, and true or false is wanted"),
        (ROW | {"since": "29.2.2024"}, "since", '`since` in row 0 is "29.2.2024", and a date such as "2025-01-31"'),
        (ROW | {"since": "2023-02-29"}, "since", "`since` in row 0 is"),
        (ROW | {"seen": "today"}, "seen", '`seen` in row 0 is "today", and a date and time'),
        (ROW | {"note": ["x"]}, "note", '`note` in row 0 is ["x"], and a string is wanted'),
        (ROW | {"id": "seven"}, "id", '`id` in row 0 is "seven", and an integer of 64 bits is wanted'),
    ],
)
def test_a_wrong_row(row: dict[str, Any], field: str, said: str) -> None:
    scorer = Scorer()
    reply = predict(endpoint(version(1, scorer)), row)
    assert reply.status_code == 400
    assert said in reply.json()["error"]
    assert (reply.json()["field"], reply.json()["row"]) == (field, 0)
    assert scorer.seen == []


def test_the_row_is_named() -> None:
    reply = predict(endpoint(version()), [ROW, ROW, ROW | {"vip": "yes"}])
    assert reply.json() == {
        "error": '`vip` in row 2 is "yes", and true or false is wanted',
        "field": "vip",
        "row": 2,
    }


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the request is empty, and a JSON document is wanted"),
        (b"tenure=3", "the request is not JSON: "),
        (b'{"tenure": NaN}', "the request is not JSON: "),
        (b'{"tenure": 1e999}', "the request is not JSON: "),
        (b'{"note": "\xff"}', "the request is not JSON: "),
        (b"[" * 100_000, "the request is not JSON: "),
        (b"3", "a row (an object with its columns), a list of rows or `rows` with such a list is wanted"),
        (b"null", "a row (an object with its columns), a list of rows or `rows` with such a list is wanted"),
        (b"[]", "the request has no rows"),
        (b'{"rows": []}', "the request has no rows"),
        (b'{"rows": {}}', "a row (an object with its columns), a list of rows or `rows` with such a list is wanted"),
        (b'{"rows": [], "version": 1}', "`version` stands beside `rows`: send one row, or `rows` alone"),
        (b"[3]", "row 0 is 3, and an object with a row's columns is wanted"),
        (b"{}", "`Monthly Charges` is missing in row 0"),
    ],
)
def test_what_is_no_request(body: bytes, said: str) -> None:
    reply = post(endpoint(version()), "/predict", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(said)


@pytest.mark.parametrize(
    "given",
    [
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json; charset=latin-1",
        "application/octet-stream",
    ],
)
def test_a_body_of_another_type(given: str) -> None:
    reply = post(endpoint(version()), "/predict", content=json.dumps(ROW), headers={"content-type": given})
    assert reply.status_code == 415
    assert reply.json() == {"error": f"the content-type is `{given}`, and `application/json` is wanted"}


@pytest.mark.parametrize("given", ["application/json", "application/json; charset=UTF-8", "application/vnd.x+json"])
def test_a_body_of_the_right_type(given: str) -> None:
    reply = post(endpoint(version()), "/predict", content=json.dumps(ROW), headers={"content-type": given})
    assert reply.status_code == 200


def test_a_compressed_body() -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    reply = post(endpoint(version()), "/predict", content=b"\x1f\x8b", headers=headers)
    assert reply.status_code == 415
    assert "content-encoding is `gzip`" in reply.json()["error"]


def test_more_than_ten_megabytes() -> None:
    body = json.dumps([ROW | {"note": "x" * 10_000_000}])
    reply = post(endpoint(version()), "/predict", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 413
    assert reply.json() == {"error": "the request has more than 10 MB: send the rows in several"}


def test_more_than_ten_megabytes_of_no_known_length() -> None:
    async def parts() -> Any:
        for _ in range(11):
            yield b" " * 1_000_000

    reply = post(endpoint(version()), "/predict", content=parts(), headers={"content-type": "application/json"})
    assert reply.status_code == 413


def test_another_method() -> None:
    reply = get(endpoint(version()), "/predict")
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


def test_another_path() -> None:
    assert get(endpoint(version()), "/predictions").json() == {"error": "there is nothing here: see /openapi.json"}


def test_a_model_that_fails_says_so_without_a_traceback() -> None:
    lines = Lines()
    served = endpoint(version(3, Scorer(fails=ZeroDivisionError("12.5 by zero"))), lines=lines)
    reply = predict(served, ROW)
    served.log.close()
    assert reply.status_code == 500
    assert reply.json() == {"error": "the model failed to answer this request"}
    failed = next(event for event in lines.events() if event["event"] == "scoring failed")
    assert (failed["level"], failed["version"], failed["error"]) == ("error", 3, "ZeroDivisionError")
    assert failed["request"] == reply.headers["x-request-id"]
    assert any("fakes.py" in place for place in failed["at"])
    assert "12.5" not in lines.getvalue()


def test_a_value_that_the_transforms_cannot_take_is_the_requests_fault() -> None:
    served = endpoint(version(1, Scorer(fails=StepFailed("`int(note)`: `x` does not fit"))))
    reply = predict(served, ROW)
    assert reply.status_code == 422
    assert reply.json()["error"] == "the request cannot be worked on: `int(note)`: `x` does not fit"
    assert served.live.champion.window.measured(0).requests == 0


def test_the_log_holds_no_value_of_a_request() -> None:
    lines = Lines()
    served = endpoint(version(), lines=lines)
    predict(served, ROW | {"plan": "secret-1"})
    predict(served, ROW | {"secret-2": 1})
    predict(served, ROW | {"note": "secret-3"})
    served.log.close()
    requests = [event for event in lines.events() if event["event"] == "request"]
    assert [event["status"] for event in requests] == [400, 400, 200]
    assert (requests[0]["field"], requests[0]["row"]) == ("plan", 0)
    assert "secret" not in lines.getvalue()


def test_many_rows_are_worked_on_beside_the_event_loop() -> None:
    scorer = Scorer()
    rows = [ROW | {"Monthly Charges": number} for number in range(3000)]
    served = endpoint(version(1, scorer))
    reply = predict(served, rows)
    assert [item["churned_probability"] for item in reply.json()["predictions"]] == [n / 100 for n in range(3000)]
    wrong = predict(served, [*rows, ROW | {"vip": 3}])
    assert (wrong.status_code, wrong.json()["row"]) == (400, 3000)


def test_a_request_may_bring_its_name() -> None:
    served = endpoint(version())
    reply = post(served, "/predict", json=ROW, headers={"x-request-id": "abc-1"})
    assert reply.headers["x-request-id"] == "abc-1"
    other = post(served, "/predict", json=ROW, headers={"x-request-id": "a b\tc"})
    assert other.headers["x-request-id"] != "a b\tc"


def test_null_may_stand_for_an_enum_where_the_type_says_so() -> None:
    scorer = Scorer(fields=(*Scorer().fields[:2], Field("plan", "plan", PLAN.with_null())), probability=0.1)
    row = {"Monthly Charges": 1, "tenure": None, "plan": None}
    assert predict(endpoint(version(1, scorer)), row).status_code == 200
