"""Declarations by name: unknown, wrong kind, twice, in circles; resolved in whatever order they stand."""

from __future__ import annotations

import pytest

from tests.support.checking import PRELUDE, check_text, columns, found

SPLIT = "split data = people { train: 70%; test: 30% }\n"

WRONG = [
    ("transform t = peple { take 1 }", "ML101", "peple"),
    ("check ordes { expect rows() > 0 }", "ML101", "ordes"),
    (SPLIT + "transform t = data.tets { take 1 }", "ML101", "tets"),
    (SPLIT + "transform t = data.validation { take 1 }", "ML101", "validation"),
    ("transform t = people.train { take 1 }", "ML101", "train"),
    ("transform t = people { predict with modl }", "ML101", "modl"),
    (SPLIT + "transform t = data { take 1 }", "ML103", "data"),
    ("transform t = cutoff { take 1 }", "ML103", "cutoff"),
    ("transform t = people { predict with orders }", "ML103", "orders"),
    ("check people { expect id references limit.x }", "ML103", "limit"),
    ('source people = csv("p.csv") { a: int }', "ML102", "people"),
    ("param limit: int = 3", "ML102", "limit"),
    ("transform a = a { take 1 }", "ML104", "a"),
    ("transform a = b { take 1 }\ntransform b = people { union a }", "ML104", "a"),
    ("transform c = people { join s.test on id }\nsplit s = c { train: 50%; test: 50% }", "ML104", "c"),
    ('transform a = sql("select * from {b}")\ntransform b = a { take 1 }', "ML104", "a"),
]


@pytest.mark.parametrize(("text", "code", "place"), WRONG, ids=[f"{code} {text[-40:]}" for text, code, _ in WRONG])
def test_one_mistake_is_one_diagnostic_at_its_place(text: str, code: str, place: str) -> None:
    assert found(f"{PRELUDE}{text}\n") == [(code, place)]


def test_the_whole_circle_is_named_at_its_first_declaration() -> None:
    text = "transform c = b { take 1 }\ntransform a = c { take 1 }\ntransform b = a { filter agee > 1 }\n"
    (problem,) = (item for item in check_text(PRELUDE + text) if item.code == "ML104")
    assert problem.message == "`c` depends on itself: `c` → `b` → `a` → `c`"
    assert [label.span.text for label in problem.labels] == ["b", "a"]


def test_a_circle_hides_nothing_else() -> None:
    text = 'transform a = b { take 0 }\ntransform b = a { filter "a" }\n'
    assert sorted(found(PRELUDE + text)) == [("ML104", "a"), ("ML111", "0"), ("ML208", '"a"')]


def test_declarations_may_come_in_any_order() -> None:
    text = f"transform result = middle {{ select x }}\ntransform middle = people {{ derive x = age }}\n{PRELUDE}"
    assert columns(text) == ["x: int"]


def test_long_chains_in_reverse_order_are_resolved() -> None:
    chain = [f"transform t{n} = t{n - 1} {{ derive x{n} = age }}" for n in range(300, 0, -1)]
    text = "\n".join([PRELUDE, *chain, "transform t0 = people { select age }"])
    assert len(columns(text, "t300")) == 301


def test_an_unknown_table_hides_its_columns() -> None:
    text = f"{PRELUDE}transform a = peple {{ derive x = whatever; filter x > 3 }}\ntransform b = a {{ select y, z }}\n"
    assert found(text) == [("ML101", "peple")]


def test_each_use_of_an_unknown_name_is_a_mistake_of_its_own() -> None:
    text = f"{PRELUDE}transform a = peple {{ take 1 }}\ntransform b = peple {{ take 1 }}\n"
    assert found(text) == [("ML101", "peple"), ("ML101", "peple")]


def test_the_first_of_two_declarations_counts_and_both_are_shown() -> None:
    text = f'{PRELUDE}source orders = csv("o.csv") {{ other: int }}\ntransform t = orders {{ select amount }}\n'
    (problem,) = (item for item in check_text(text) if item.code.startswith("ML10") and item.code != "ML109")
    assert problem.code == "ML102"
    assert [label.text for label in problem.labels] == ["first declared here"]
    assert problem.labels[0].span.start < problem.span.start


def test_a_split_offers_its_parts() -> None:
    (problem,) = (
        item for item in check_text(f"{PRELUDE}{SPLIT}transform t = data {{ take 1 }}\n") if item.code == "ML103"
    )
    assert problem.help == "name one of its parts: `data.train` or `data.test`"
