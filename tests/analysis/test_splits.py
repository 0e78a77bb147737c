"""Splits: shares, columns, parts."""

from __future__ import annotations

import pytest

from tests.support.checking import PRELUDE, analyze_text, columns, found

WRONG = [
    ("orders { train: 70%; test: 20% }", "ML111", "20%"),
    ("orders { train: 70%; validation: 20%; test: 20% }", "ML111", "20%"),
    ("orders { train: 70% }", "ML111", "data"),
    ("orders { train: 70; test: 30% }", "ML111", "70"),
    ("orders { train: a; test: 30% }", "ML111", "a"),
    ("orders { test: 30% }", "ML107", "data"),
    ("orders { train: 70%; test: 30%; train: 70% }", "ML108", "train"),
    ("orders { train: 70%; tets: 30%; test: 30% }", "ML106", "tets"),
    ("orders { train: 70%; test: 30%; stratify: statuss }", "ML201", "statuss"),
    ("orders { train: 70%; test: 30%; group: peson }", "ML201", "peson"),
    ("orders { train: 70%; test: 30%; stratify: amount }", "ML202", "amount"),
    ("orders { train: 70%; test: 30%; time: person }", "ML202", "person"),
    ("people { train: 70%; test: 30%; group: face }", "ML202", "face"),
    ("oders { train: 70%; test: 30% }", "ML101", "oders"),
    ("orders { train: 70%; test: 30%; budget: 0 }", "ML111", "0"),
    ("orders { train: 70%; test: 30%; time: at; stratify: status }", "ML108", "stratify"),
]


@pytest.mark.parametrize(("split", "code", "place"), WRONG, ids=[f"{code} {split}" for split, code, _ in WRONG])
def test_one_mistake_is_one_diagnostic_at_its_place(split: str, code: str, place: str) -> None:
    assert found(f"{PRELUDE}split data = {split}\n") == [(code, place)]


def test_the_help_completes_the_shares() -> None:
    analysis = analyze_text(f"{PRELUDE}split data = orders {{ train: 70%; validation: 10%; test: 15% }}\n")
    (problem,) = (item for item in analysis.diagnostics if item.code == "ML111")
    assert (problem.message, problem.help) == ("the shares add up to 95%, not to 100%", "for 100% write `test: 20%`")


def test_what_is_right_is_read() -> None:
    text = f"""{PRELUDE}
split data = orders {{
  test: 20%
  train: 70%
  validation: 10%
  time: at
  group: person
  budget: 3
}}
split other = people {{ train: 0.5; test: 50%; stratify: plan; seed: 7; random: true }}
"""
    assert found(text) == []
    program = analyze_text(text).program
    assert program is not None
    data, other = program.splits["data"], program.splits["other"]
    assert list(data.shares.items()) == [("train", 0.7), ("validation", 0.1), ("test", 0.2)]
    assert (data.time, data.group, data.stratify, data.budget, data.key, data.seed) == (
        "at",
        "person",
        None,
        3,
        ("order",),
        0,
    )
    assert (other.stratify, other.seed, other.random, other.shares) == ("plan", 7, True, {"train": 0.5, "test": 0.5})


def test_a_third_three_times_is_everything() -> None:
    shares = "train: 33.3333333%; validation: 33.3333333%; test: 33.3333334%"
    assert found(f"{PRELUDE}split data = orders {{ {shares}; time: at }}\n") == []


def test_parts_have_the_tables_schema() -> None:
    text = f"{PRELUDE}split data = orders {{ train: 70%; test: 30% }}\n"
    for part in ("train", "test"):
        assert columns(text, f"data.{part}") == columns(text, "orders")
