"""SQL blocks: what is wrong in them is shown inside the string; their schema is worked out."""

from __future__ import annotations

import pytest

from tests.support.checking import PRELUDE, check_text, columns, found

pytest.importorskip("sqlglot")


def sql(text: str, schema: str = "") -> str:
    return f'{PRELUDE}transform result = sql("""{text}"""){schema}\n'


WRONG = [
    # names
    ("select idd from {people}", "ML201", "idd"),
    ("select p.agee from {people} p", "ML201", "p.agee"),
    ("select id from {people} where agee > 3", "ML201", "agee"),
    ("select id from {people} order by agee", "ML201", "agee"),
    ("select p.id from {people} p join {orders} o on o.prson = p.id", "ML201", "o.prson"),
    ("select id from {people} where exists (select 1 from {orders} where person = idd)", "ML201", "idd"),
    ("with a as (select id from {people}) select age from a", "ML201", "age"),
    ("select x.age from (select id, age as years from {people}) x", "ML201", "x.age"),
    ("select a.id from {people} a join {people} b on id = b.id", "ML201", "id"),
    ("select id from {peple}", "ML101", "peple"),
    ("select id from people", "ML101", "people"),
    ("select id from nowhere", "ML101", "nowhere"),
    ("select q.id from {people} p", "ML101", "q.id"),
    ("select id from {data.tets}", "ML101", "tets"),
    ("select id from {limit}", "ML103", "limit"),
    ("select id from {data}", "ML103", "data"),
    # no query
    ("select id fro {people}", "ML111", "{people}"),
    ("select id from {people} where", "ML111", "where"),
    ("select 'a from {people}", "ML111", '"""select \'a from {people}"""'),
    ("delete from {people}", "ML111", '"""delete from {people}"""'),
    ("", "ML111", '""""""'),
    ("select * from read_csv('a.csv')", "ML111", "read_csv('a.csv'"),
    # what cannot be worked out
    ("select id, some_macro(age) as x from {people}", "ML107", "some_macro(age) as x"),
    ("select id, age + 1 from {people}", "ML107", "age + 1"),
    # names twice
    ("select id, id from {people}", "ML206", '"""select id, id from {people}"""'),
]


@pytest.mark.parametrize(("text", "code", "place"), WRONG, ids=[f"{code} {text}" for text, code, _ in WRONG])
def test_one_mistake_is_one_diagnostic_at_its_place(text: str, code: str, place: str) -> None:
    program = sql(text) + "split data = people { train: 70%; test: 30% }\n"
    assert found(program) == [(code, place)]


SCHEMAS = [
    (
        "select id, plan, gender from {people}",
        ["id: string key", 'plan: enum("basic", "pro", "team")', 'gender: enum("f", "m") sensitive'],
    ),
    ("select id as key, height h from {people}", ["key: string key", "h: float?"]),
    ("select AGE, Id as Who from {people}", ["age: int", "Who: string key"]),
    (
        "select * exclude (face, note, height, level, born, seen, name) from {people}",
        [
            "id: string key",
            "age: int",
            'plan: enum("basic", "pro", "team")',
            "active: bool",
            'gender: enum("f", "m") sensitive',
        ],
    ),
    (
        "select o.* exclude (status) replace (amount * 2 as amount) rename (at as moment) from {orders} o",
        ["order: int key", "person: string", "moment: datetime time", "amount: float"],
    ),
    (
        "select plan, count(*) as n, sum(age) s, avg(height) m, max(seen) last from {people} group by plan",
        ['plan: enum("basic", "pro", "team")', "n: int", "s: int", "m: float?", "last: datetime"],
    ),
    ("select count(*) n, sum(age) s from {people}", ["n: int", "s: int?"]),
    (
        "select p.id, o.amount, o.at from {people} p left join {orders} o on p.id = o.person",
        ["id: string key", "amount: float?", "at: datetime? time"],
    ),
    (
        "select p.id, o.amount from {people} p right join {orders} o on p.id = o.person",
        ["id: string? key", "amount: float"],
    ),
    (
        "with a as (select id, age from {people}), b as (select *, age + 1 as next from a) select next, id from b",
        ["next: int", "id: string key"],
    ),
    ("select id from {people} union all select person from {orders}", ["id: string"]),
    (
        "select id, row_number() over (partition by plan) as r, lag(age) over (order by seen) as l from {people}",
        ["id: string key", "r: int", "l: int?"],
    ),
    (
        "select id, case when age > 3 then 1 else 0 end as c, case when active then 1 end as d from {people}",
        ["id: string key", "c: int", "d: int?"],
    ),
    (
        "select age::varchar as a, cast(name as int) b, try_cast(name as double) c, date '2020-01-01' d from {people}",
        ["a: string", "b: int", "c: float?", "d: date"],
    ),
    (
        "select coalesce(height, 0) h, age / 2 as half, upper(plan) u, seen - born as t from {people}",
        ["h: float", "half: float?", "u: string", "t: duration"],
    ),
    (
        "select id, (select max(amount) from {orders} o where o.person = p.id) as most from {people} p",
        ["id: string key", "most: float?"],
    ),
    ("select id from {people} where plan = '{orders}' -- {orders} in a comment", ["id: string key"]),
    (
        "select id, age * 2 as twice, twice + 1 as more from {people} where twice > 3",
        ["id: string key", "twice: int", "more: int"],
    ),
]


@pytest.mark.parametrize(("text", "schema"), SCHEMAS)
def test_schemas_are_worked_out(text: str, schema: list[str]) -> None:
    assert columns(sql(text)) == schema


def test_a_written_schema_stands_in_for_what_cannot_be_worked_out() -> None:
    text = sql("select id, some_macro(age) as x from {people}", " { id: string; x: float? }")
    assert found(text) == []
    assert columns(text) == ["id: string key", "x: float?"]


DISAGREEMENTS = [
    ("select id, age from {people}", "{ id: string; years: int }", [("ML213", "years")]),
    ("select id, age from {people}", "{ id: string; age: string }", [("ML213", "age")]),
    ("select id, height from {people}", "{ id: string; height: int? }", [("ML213", "height")]),
    ("select id, age from {people}", "{ id: string }", [("ML213", '"""select id, age from {people}"""')]),
    ("select id, height from {people}", "{ id: string key; height: float }", []),
    ("select id, upper(plan) as plan from {people}", '{ id: text; plan: enum("BASIC", "PRO") }', []),
    ("select age, born from {people}", "{ age: float; born: datetime }", []),
]


@pytest.mark.parametrize(("text", "schema", "expected"), DISAGREEMENTS)
def test_a_written_schema_is_held_against_the_sql(text: str, schema: str, expected: list[tuple[str, str]]) -> None:
    assert found(sql(text, f" {schema}")) == expected


def test_places_are_exact_in_blocks_of_many_lines() -> None:
    text = "\n  select id,\r\n    agee\n  from {people}\n"
    (problem,) = (item for item in check_text(sql(text)) if item.code == "ML201")
    assert (problem.span.text, problem.help) == ("agee", "did you mean `age`?")


def test_in_a_plain_string_places_are_exact_unless_escapes_blur_them() -> None:
    for written, place in (
        ('"select agee from {people}"', "agee"),
        (r'"select \"agee\" from {people}"', r'"select \"agee\" from {people}"'),
    ):
        assert found(f"{PRELUDE}transform result = sql({written})\n") == [("ML201", place)]


def test_after_a_mistake_the_columns_are_not_missed() -> None:
    text = sql("select idd, age from {people}") + "transform next = result { derive x = idd; filter zzz > 1 }\n"
    assert found(text) == [("ML201", "idd")]


CALLS = [
    ("sql()", "ML204", "sql()"),
    ('sql("select 1", people)', "ML204", 'sql("select 1", people)'),
    ('sql("select 1", strict: true)', "ML106", "strict"),
    ("sql(people)", "ML111", "people"),
    ('sqll("select 1")', "ML101", "sqll"),
]


@pytest.mark.parametrize(("call", "code", "place"), CALLS)
def test_the_call_itself(call: str, code: str, place: str) -> None:
    assert found(f"{PRELUDE}transform result = {call}\n") == [(code, place)]


def test_deep_sql_is_answered() -> None:
    for text in ("select " + "+".join(["age"] * 5000) + " as x from {people}", "select " + "(" * 5000 + "age"):
        assert [code for code, _ in found(sql(text))] == ["ML111"]


def test_braces_in_strings_quoted_names_and_comments_are_no_placeholders() -> None:
    text = """select id, '{a}' as "{b}" /* {c} */ from {people} -- {d}"""
    assert columns(sql(text)) == ["id: string key", "{b}: string"]
