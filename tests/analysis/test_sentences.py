"""The language's reference, sentence by sentence: what it says of types, expressions and declarations is so."""

from __future__ import annotations

import pytest

from tests.support.checking import PRELUDE, columns, found, transform

SPLIT = "split data = people { train: 70%; test: 30% }\n"


def typed(value: str, table: str = "people") -> str:
    """The type of an expression on a row of a table."""
    return next(item for item in columns(transform(f"derive x_ = {value}", table)) if item.startswith("x_:"))[4:]


TYPES = {
    # `int` widens to `float`, `date` to `datetime`, `enum` to `string`, `string` to `text`
    "age + 1.5": "float",
    "if active then 1 else 2.5": "float",
    "if active then born else seen": "datetime",
    "if active then plan else name": "string",
    "if active then name else (note ?? name)": "text",
    # `/` always gives a float, and is null by zero; `//` and `%` round down
    "age / 2": "float",
    "age / age": "float?",
    "age // 2": "int",
    "age % age": "int?",
    # `**` of two ints is an int, or a float when the exponent may be negative
    "age ** 2": "int",
    "age ** -1": "float?",
    "2 ** age": "float",
    # Null is unknown: arithmetic, comparisons and functions with null give null
    "height + 1": "float?",
    "height > 1": "bool?",
    "concat(name, note)": "text?",
    "least(height, 1.0)": "float?",
    "height is null": "bool",
    # nullability: `x ?? default` takes it away; `log`, `sqrt`, `lag`, `lead` give it
    "height ?? 0": "float",
    "log(age)": "float?",
    "sqrt(2.0)": "float",
    "lag(age, 1) over (order by seen)": "int?",
    "count() over (partition by plan)": "int",
    "sum(height) over (partition by plan)": "float?",
    "sum(age) over (partition by plan)": "int",
    # an `if` whose condition is null takes its `else`
    "if height > 1 then 1 else 0": "int",
    # `date - date` is a duration; `date ± duration` is a date if whole days, else a datetime
    "born - born": "duration",
    "born + 2d": "date",
    "born + 2h": "datetime",
    "seen - 90d": "datetime",
    "days_between(born, seen)": "int",
    'truncate(born, "month")': "date",
    'truncate(seen, "hour")': "datetime",
    # casts, percent literals, precedence
    "string(active)": "string",
    "int(2.0)": "int",
    "5%": "float",
    "7 % 4": "int",
    "-age ** 2": "int",
    "not active or active": "bool",
    'level == "low"': "bool?",
    'plan in ("basic", "pro")': "bool",
    "height between 1 and 2": "bool?",
    "share(active) over (partition by plan)": "float",
    "rank() over (order by age)": "int",
    "run_date - born": "duration",
    "run_time": "datetime",
    "weekday(born)": "int",
    "null_rate(height) over (partition by plan)": "float",
    "std(age) over (partition by plan)": "float?",
    "mean(age) over (partition by plan)": "float",
    "first(age) over (partition by plan order by seen)": "int",
}


@pytest.mark.parametrize(("value", "type_"), TYPES.items())
def test_an_expression_has_the_type_that_the_reference_says(value: str, type_: str) -> None:
    assert typed(value) == type_


WRONG = {
    "nothing else is implicit": ("derive x = age + name", "ML202", "name"),
    "an int is no bool": ("filter age", "ML208", "age"),
    "a string is no enum's value": ('filter plan == "gold"', "ML209", '"gold"'),
    "there is no `now()`": ("derive x = now()", "ML203", "now"),
    "bindings of one block see the row as it was": ("derive { a = 1; b = a + 1 }", "ML201", "a"),
    "a null comparison is always null": ("filter name == null", "ML211", "name == null"),
    "a join needs equal types": ("join orders on age == orders.person", "ML207", "age == orders.person"),
    "`first` needs an order": ("group by plan { x = first(age) }", "ML107", "first"),
    "`distinct on` needs an order": ("distinct on plan", "ML107", "distinct on plan"),
    "a name of an expression's word wants backticks": ("derive x = then", "ML001", "then"),
}


@pytest.mark.parametrize(("verbs", "code", "place"), WRONG.values(), ids=WRONG)
def test_what_the_reference_rules_out(verbs: str, code: str, place: str) -> None:
    assert found(transform(verbs)) == [(code, place)]


FINE = {
    "keywords are names where no keyword may stand": (
        "derive { label = 1; model = 2; test = 3; time = 4; filter = 5; by = 6 }\n"
        "filter label < model and test < time and filter < by\nselect id, label, model, test, time, filter, by\n"
        "rename by to on, time to after"
    ),
    "a word of an expression in backticks": "derive `if` = 1\nfilter `if` == 1",
    "a line goes on inside brackets, after a sign, before `and`, `or`, `else`, `??`": (
        "filter age > 3\n  and (active\n or height > 1\n)\nderive x =\n height\n ?? 1.0\n"
        "derive y = if active then 1\n else 2"
    ),
    "`;` ends a statement": "derive a = 1; derive b = a + 1; drop a",
    "a later derive replaces": "derive age = age + 1\nderive age = age * 2",
    "text compares with string literals": 'filter note == "x" or note is null',
    "dates compare with datetimes": "filter born < seen and seen > @2020-01-01",
    "enum sorts in its order": 'filter plan > "basic"\nsort by plan desc, age',
    "`union` matches by name": "select id, name\nunion names",
    "a percent is a number": "filter height > 5% and age > 7 % 4",
    "ranges and units": "filter seen > @2024-01-01T10:00:00 and seen - seen < 1h30m",
}


@pytest.mark.parametrize("verbs", FINE.values(), ids=FINE)
def test_what_the_reference_allows(verbs: str) -> None:
    extra = "transform names = people { select name, id }\n" if "names" in verbs else ""
    assert found(transform(verbs) + extra) == []


ROLES = {
    # renaming, selecting and joining keep a role; deriving does not
    "rename gender to sex\nselect id, sex": ["id: string key", 'sex: enum("f", "m") sensitive'],
    "derive copy = gender\nselect id, copy": ["id: string key", 'copy: enum("f", "m")'],
    "select id\nleft join orders on id == orders.person": [
        "id: string key", "order: int? key", "at: datetime? time", "amount: float?", "status: string?",
    ],
    "select id, seen\nasof join orders on id == orders.person and seen >= orders.at": [
        "id: string key", "seen: datetime", "order: int? key", "amount: float?", "status: string?",
    ],
    "filter height is not null\nselect height": ["height: float"],
    "filter height > 1\nselect height": ["height: float"],
    "filter level == \"low\" and note is not null\nselect level, note": ['level: enum("low", "high")', "note: text"],
    "drop all except (id, age)": ["id: string key", "age: int"],
    "select numeric, id": ["age: int", "height: float?", "id: string key"],
    "select temporal": ["born: date", "seen: datetime"],
    "select text": ["note: text?"],
    "select id, born\nsemi join orders on id == orders.person": ["id: string key", "born: date"],
    "group by plan { n = count(); oldest = max(age); tall = max(height) }": [
        'plan: enum("basic", "pro", "team")', "n: int", "oldest: int", "tall: float?",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("verbs", "expected"), ROLES.items())
def test_columns_keep_their_roles_and_lose_their_nulls(verbs: str, expected: list[str]) -> None:
    assert columns(transform(verbs)) == expected


DECLARED = {
    "a target must not be null": (SPLIT + "model m = predict level from data\n", [("ML202", "level")]),
    "shares add up": ("split data = people { train: 70%; test: 20% }\n", [("ML111", "20%")]),
    "a range needs `tune`": (
        SPLIT + "model m = predict active from data { algorithm knn { n_neighbors: 3..9 } }\n",
        [("ML407", "3..9")],
    ),
    "ranges tune": (
        SPLIT + "model m = predict active from data {\nfeatures: age\nalgorithm knn { n_neighbors: 3..9 }\n"
        "tune { maximize: roc_auc }\n}\n",
        [],
    ),
    "two-valued enums are binary": (
        SPLIT + "transform rows = people { filter level is not null }\nsplit part = rows { train: 70%; test: 30% }\n"
        'model m = predict level from part { features: age; positive: "high" }\n'
        "evaluate m on part.test { expect roc_auc > 0.5 }\n",
        [],
    ),
    "a number is a regression": (
        SPLIT
        + "model m = predict age from data { features: plan }\nevaluate m on data.test { expect roc_auc > 0.5 }\n",
        [("ML405", "roc_auc")],
    ),
    "a selector never stands for the target or a role": (
        SPLIT + "model m = predict active from data { features: all }\n",
        [],
    ),
    "a column is named twice": ("transform t = people { rename name to plan }\n", [("ML206", "plan")]),
}


@pytest.mark.parametrize(("rest", "expected"), DECLARED.values(), ids=DECLARED)
def test_declarations(rest: str, expected: list[tuple[str, str]]) -> None:
    assert found(PRELUDE + rest) == expected
