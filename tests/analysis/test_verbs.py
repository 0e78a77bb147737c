"""Verbs: the schema after each, and what is wrong with them."""

from __future__ import annotations

import pytest

from tests.support.checking import PRELUDE, check_text, columns, found, transform

WRONG = [
    # columns that are not there
    ("select id, nme", "ML201", "nme"),
    ("drop hight", "ML201", "hight"),
    ("select all except (plam)", "ML201", "plam"),
    ("rename agee to years", "ML201", "agee"),
    ("sort by agee desc", "ML201", "agee"),
    ("group by plann { n = count() }", "ML201", "plann"),
    ("sort by age\n distinct on plann", "ML201", "plann"),
    # names that would be there twice
    ("select id, age, id", "ML206", "id"),
    ("rename age to height", "ML206", "height"),
    ("rename age to x, height to x", "ML206", "x"),
    ("rename age to x, age to y", "ML206", "age"),
    ("derive { x = 1; x = 2 }", "ML206", "x"),
    ("group by plan { plan = count() }", "ML206", "plan"),
    ("group by plan { n = count(); n = sum(age) }", "ML206", "n"),
    ("group by plan, plan { n = count() }", "ML206", "plan"),
    ("sort by age\n distinct on plan, plan", "ML206", "plan"),
    # bare columns where aggregates are wanted
    ("group by plan { x = age }", "ML205", "age"),
    ("group by plan { x = plan }", "ML205", "plan"),
    ("group by plan { x = sum(age) + height }", "ML205", "height"),
    ("group by plan { x = sum(age) over () }", "ML205", "sum(age) over ()"),
    ("group by plan { x = sum(max(age)) }", "ML205", "max"),
    ("group by plan { x = lag(age) }", "ML107", "lag(age)"),
    ("group by plan { x = unique(age) }", "ML205", "unique"),
    # orders that are missing
    ("group by plan { x = first(age) }", "ML107", "first"),
    ("sort by seen\n select plan, age\n group by plan { x = last(age) }", "ML107", "last"),
    ("distinct on plan", "ML107", "distinct on plan"),
    ("sort by age\n derive age = 1\n distinct on plan", "ML107", "distinct on plan"),
    ("sort by age\n group by plan { n = count() }\n distinct on n", "ML107", "distinct on n"),
    # types
    ("sort by face", "ML202", "face"),
    ("group by face { n = count() }", "ML202", "face"),
    ("take 1.5", "ML202", "1.5"),
    ("take limit", "ML202", "limit"),
    ("take 10%", "ML202", "10%"),
    ("sample limit", "ML202", "limit"),
    # values out of range
    ("take 0", "ML111", "0"),
    ("take -5", "ML111", "-5"),
    ("sample 10", "ML111", "10"),
    ("sample 0%", "ML111", "0%"),
    ("select id\n drop id", "ML111", "drop id"),
]


@pytest.mark.parametrize(("body", "code", "place"), WRONG, ids=[f"{code} {body}" for body, code, _ in WRONG])
def test_one_mistake_is_one_diagnostic_at_its_place(body: str, code: str, place: str) -> None:
    assert found(transform(body)) == [(code, place)]


PEOPLE = ["id", "name", "age", "height", "born", "seen", "plan", "level", "active", "note", "gender", "face"]

NAMES = [
    ("filter active", PEOPLE),
    ("derive age = age + 1", PEOPLE),
    ("derive x = 1\n derive x = 2", [*PEOPLE, "x"]),
    ("derive { x = age; age = 1; y = age }", [*PEOPLE, "x", "y"]),
    ("select plan, id", ["plan", "id"]),
    ("select id, numeric", ["id", "age", "height"]),
    ("select numeric, age", ["age", "height"]),
    ("select temporal", ["born", "seen"]),
    ("select categorical except (active)", ["id", "name", "plan", "level", "gender"]),
    ("select text, face", ["note", "face"]),
    ("select all except (id, face)", PEOPLE[1:-1]),
    ("drop categorical, text, temporal, numeric", ["face"]),
    ("rename age to height, height to age\n select age, height", ["age", "height"]),
    ("group by plan, active { n = count() }", ["plan", "active", "n"]),
    ("sort by age desc, name\n take 10\n distinct on plan", PEOPLE),
    ("sort by age\n rename age to years\n distinct on plan\n select years", ["years"]),
    ("distinct\n sample 10%", PEOPLE),
]


@pytest.mark.parametrize(("body", "names"), NAMES)
def test_columns_after_verbs(body: str, names: list[str]) -> None:
    assert [column.partition(":")[0] for column in columns(transform(body))] == names


SCHEMAS = [
    ("select id, gender", ["id: string key", 'gender: enum("f", "m") sensitive']),
    ("rename id to key, gender to sex\n select key, sex", ["key: string key", 'sex: enum("f", "m") sensitive']),
    ("derive id = lower(id)\n select id", ["id: string"]),
    ("filter height is not null\n select height", ["height: float"]),
    ("filter height > 1 or height < 0\n select height", ["height: float"]),
    (
        'filter not (height is null) and level == "low"\n select height, level',
        ["height: float", 'level: enum("low", "high")'],
    ),
    ('filter height > 1 or level == "low"\n select height, level', ["height: float?", 'level: enum("low", "high")?']),
    ("derive height = height ?? 0\n select height", ["height: float"]),
    (
        "group by level { n = count(); total = sum(age); most = max(height); share = share(active); d = std(age) }",
        ['level: enum("low", "high")?', "n: int", "total: int", "most: float?", "share: float", "d: float?"],
    ),
    ("group by gender { n = count() }", ['gender: enum("f", "m") sensitive', "n: int"]),
    ("sort by seen\n group by plan { x = first(age); y = last(height) }\n drop plan", ["x: int", "y: float?"]),
    ("group by plan { limit = max(age) + limit }\n drop plan", ["limit: int"]),
]


@pytest.mark.parametrize(("body", "schema"), SCHEMAS)
def test_types_and_roles_after_verbs(body: str, schema: list[str]) -> None:
    assert columns(transform(body)) == schema


def test_a_group_keeps_a_key_only_where_it_still_tells_rows_apart() -> None:
    source = 'source t = csv("t.csv") { a: int key; b: int key; c: int }\n'
    for keys, kept in (("a", "a: int key"), ("a, c", "a: int"), ("a, b, c", "a: int key")):
        text = f"{PRELUDE}{source}transform result = t {{ group by {keys} {{ n = count() }} }}\n"
        assert columns(text)[0] == kept


def test_the_order_that_was_lost_is_shown() -> None:
    (problem,) = (
        item for item in check_text(transform("sort by age\n drop age\n distinct on plan")) if item.code == "ML107"
    )
    assert [label.span.text for label in problem.labels] == ["drop age"]


# --- joins -----------------------------------------------------------------------------------------------------------

JOINS = [
    ("join orders on id == orders.prson", "ML201", "prson"),
    ("join orders on idd == orders.person", "ML201", "idd"),
    ("join orders on name", "ML201", "name"),
    ("join oders on id == oders.person", "ML101", "oders"),
    ("join orders on id == person", "ML207", "id == person"),
    ("join orders on people.id == orders.person", "ML201", "people.id"),
    ("join orders on id == orders.order", "ML207", "id == orders.order"),
    ("join orders on active == orders.status", "ML207", "active == orders.status"),
    ("join orders on id != orders.person", "ML207", "id != orders.person"),
    ("join orders on id == orders.person and seen >= orders.at", "ML207", ">="),
    (
        "join orders on id == orders.person or name == orders.person",
        "ML207",
        "id == orders.person or name == orders.person",
    ),
    ('join orders on id == "x"', "ML207", 'id == "x"'),
    ("derive amount = 1\n join orders on id == orders.person", "ML206", "orders"),
    ("asof join orders on id == orders.person", "ML107", "id == orders.person"),
    ("asof join orders on id == orders.person and seen <= orders.at", "ML307", "seen <= orders.at"),
    ("asof join orders on id == orders.person and seen > orders.at", "ML207", ">"),
    ("asof join orders on id == orders.person and name >= orders.person", "ML207", "name >= orders.person"),
    ("union orders", "ML210", "orders"),
    ("union oders", "ML101", "oders"),
]


@pytest.mark.parametrize(("body", "code", "place"), JOINS, ids=[f"{code} {body}" for body, code, _ in JOINS])
def test_wrong_joins_and_unions(body: str, code: str, place: str) -> None:
    assert found(transform(body)) == [(code, place)]


RIGHT_JOINS = [
    (
        "join orders on id == orders.person\n select id, order, amount",
        ["id: string key", "order: int key", "amount: float"],
    ),
    ("join orders on orders.person == id\n select id, at", ["id: string key", "at: datetime time"]),
    (
        "left join orders on id == orders.person\n select id, order, amount, status",
        ["id: string key", "order: int? key", "amount: float?", "status: string?"],
    ),
    (
        "select id, age\n full join orders on id == orders.person",
        ["id: string key", "age: int?", "order: int? key", "at: datetime? time", "amount: float?", "status: string?"],
    ),
    ("select id\n semi join orders on id == orders.person", ["id: string key"]),
    ("select id\n anti join orders on id == orders.person", ["id: string key"]),
    (
        "select id, seen\n asof join orders on id == orders.person and seen >= orders.at",
        ["id: string key", "seen: datetime", "order: int? key", "amount: float?", "status: string?"],
    ),
    (
        "select id, seen\n asof join orders on orders.at <= seen and id == orders.person\n select id, amount",
        ["id: string key", "amount: float?"],
    ),
    ("select note\n join orders on note == orders.status\n select note", ["note: text"]),
    (
        "select id, age\n rename id to person\n join orders on person\n select person, amount",
        ["person: string key", "amount: float"],
    ),
    (
        "select id, age\n join orders on id == orders.person and age == orders.amount",
        ["id: string key", "age: int", "order: int key", "at: datetime time", "status: string?"],
    ),
]


@pytest.mark.parametrize(("body", "schema"), RIGHT_JOINS)
def test_columns_after_joins(body: str, schema: list[str]) -> None:
    assert columns(transform(body)) == schema


def test_a_union_takes_what_both_sides_have_in_common() -> None:
    text = f"""{PRELUDE}
source a = csv("a.csv") {{ id: int key; x: int; s: enum("p", "q"); w: date after }}
source b = csv("b.csv") {{ s: string; w: datetime?; id: int; x: float }}
transform result = a {{ union b }}
"""
    assert columns(text) == ["id: int", "x: float", "s: string", "w: datetime? after"]


def test_a_union_says_in_what_the_sides_differ() -> None:
    text = f"""{PRELUDE}
source a = csv("a.csv") {{ id: int; x: int; y: int }}
source b = csv("b.csv") {{ id: int; x: string; z: int }}
transform result = a {{ union b }}
"""
    (problem,) = (item for item in check_text(text) if item.code == "ML210")
    assert problem.message == (
        "the two sides of the union differ: `b` has no `y`; only `b` has `z`; `x` is an `int` here and a `string` there"
    )
    assert [label.span.text for label in problem.labels] == ["x", "x"]


def test_a_clash_of_names_shows_both_columns() -> None:
    (problem,) = (
        item
        for item in check_text(transform("rename note to status\n join orders on id == orders.person"))
        if item.code == "ML206"
    )
    assert [(label.span.text, label.text) for label in problem.labels] == [
        ("note", "`status` of the table at hand"),
        ("status", "`status` of `orders`"),
    ]


def test_after_a_wrong_join_its_columns_are_not_missed() -> None:
    assert found(transform("join orders on id == orders.order\n derive x = amount * 2\n filter statuss == 1")) == [
        ("ML207", "id == orders.order"),
    ]


def test_a_join_with_a_part_of_a_split() -> None:
    text = f"""{PRELUDE}
split data = orders {{ train: 70%; test: 30% }}
transform result = people {{ semi join data.train on id == data.train.person; select id }}
"""
    assert columns(text) == ["id: string key"]
