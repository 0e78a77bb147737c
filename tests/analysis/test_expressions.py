"""Expressions over rows: what is wrong gets one diagnostic at the smallest place, what is right gets none."""

from __future__ import annotations

import pytest

from tests.support.checking import PRELUDE, check_text, columns, found, transform

WRONG = [
    # ML201: unknown names
    ("filter agee > 3", "ML201", "agee"),
    ("derive x = hight * 2 + 1", "ML201", "hight"),
    ("filter plan == pro", "ML201", "pro"),
    ("filter people.age > 3", "ML201", "people.age"),
    ("derive x = orders", "ML201", "orders"),
    ("filter born < run_dat", "ML201", "run_dat"),
    # ML202: wrong types
    ("derive x = age + name", "ML202", "name"),
    ('filter seen >= "2025-01-01"', "ML202", '"2025-01-01"'),
    ("filter run_date - born > 30", "ML202", "30"),
    ("filter age == 30d", "ML202", "30d"),
    ("derive x = upper(age)", "ML202", "age"),
    ('derive x = truncate(seen, "fortnight")', "ML202", '"fortnight"'),
    ("derive x = round(height, 1.5)", "ML202", "1.5"),
    ("derive x = matches(name, plan)", "ML202", "plan"),
    ("filter active == 1", "ML202", "1"),
    ("filter age in (1, true)", "ML202", "true"),
    ("filter age between 1 and name", "ML202", "name"),
    ("filter active and age", "ML202", "age"),
    ('derive x = if active then 1 else "no"', "ML202", '"no"'),
    ('derive x = age ?? "none"', "ML202", '"none"'),
    ("derive x = null", "ML202", "null"),
    ("derive x = lag(age, 0) over (order by seen)", "ML202", "0"),
    ("derive x = -name", "ML202", "name"),
    ("derive x = age ** 1d", "ML202", "1d"),
    ('derive x = 2 ** "2"', "ML202", '"2"'),
    ("derive x = 2 ** true", "ML202", "true"),
    ("derive x = sum(age) over (order by seen rows 2.5)", "ML202", "2.5"),
    ("derive x = rank() over (order by face)", "ML202", "face"),
    ("derive x = sum(age) over (partition by limit)", "ML202", "limit"),
    ("filter name references orders.person", "ML202", "name references orders.person"),
    ("derive x = sum(age) over 30d", "ML202", "30d"),
    # ML203: unknown functions
    ("derive x = lenght(name)", "ML203", "lenght"),
    ("derive x = now()", "ML203", "now"),
    ("derive x = average(age) over ()", "ML203", "average"),
    # ML204: arguments
    ("derive x = substring(name, 1)", "ML204", "substring(name, 1)"),
    ("derive x = abs(age, age)", "ML204", "abs(age, age)"),
    ("derive x = abs()", "ML204", "abs()"),
    ("derive x = concat(name)", "ML204", "concat(name)"),
    ("derive x = round(height, digit: 2)", "ML204", "digit"),
    ("derive x = round(height, 2, digits: 2)", "ML204", "digits: 2"),
    # ML205: aggregates and rows
    ("filter age > mean(age)", "ML205", "mean"),
    ("derive x = count()", "ML205", "count"),
    ("derive x = rows()", "ML205", "rows"),
    ("derive x = sum(mean(age)) over ()", "ML205", "mean"),
    ("derive x = abs(age) over (order by seen)", "ML205", "abs"),
    ("derive x = sum(lag(age) over (order by seen)) over ()", "ML205", "lag(age) over (order by seen)"),
    # ML107: an order is missing
    ("derive x = lag(age)", "ML107", "lag(age)"),
    ("derive x = lag(age) over (partition by plan)", "ML107", "lag(age)"),
    ("derive x = rank() over ()", "ML107", "rank()"),
    ("derive x = first(age) over (partition by plan)", "ML107", "first(age)"),
    ("derive x = sum(age) over (partition by plan rows 3)", "ML107", "3"),
    # ML208: conditions
    ("filter age", "ML208", "age"),
    ("filter name ?? plan", "ML208", "name ?? plan"),
    ("derive x = if age then 1 else 2", "ML208", "age"),
    # ML209: values of enums
    ('filter plan == "bsic"', "ML209", '"bsic"'),
    ('filter "gold" != plan', "ML209", '"gold"'),
    ('filter plan in ("basic", "gold")', "ML209", '"gold"'),
    ('filter plan not in ("prof")', "ML209", '"prof"'),
    ('filter level == (if active then "hihg" else "low")', "ML209", '"hihg"'),
    ('filter plan between "basic" and "teem"', "ML209", '"teem"'),
    # ML211: conditions that do not depend on the data
    ("filter height == null", "ML211", "height == null"),
    ("filter null != height", "ML211", "null != height"),
    ("filter age is null", "ML211", "age is null"),
    ("filter (height ?? 0) is not null", "ML211", "(height ?? 0) is not null"),
    ("filter 1 == 2", "ML211", "1 == 2"),
    ("filter @2025-01-01 < @2025-01-01T10:00:00", "ML211", "@2025-01-01 < @2025-01-01T10:00:00"),
    ('filter plan in ("team", "basic", "pro")', "ML211", 'plan in ("team", "basic", "pro")'),
    ("filter age between 10 and 0", "ML211", "age between 10 and 0"),
    ("filter age == age", "ML211", "age == age"),
    ("filter month(born) == 13", "ML211", "month(born) == 13"),
    ("filter 0 > length(name)", "ML211", "0 > length(name)"),
    ("filter age > 60 and age < 18", "ML211", "age > 60 and age < 18"),
    ("filter age > 60 and active and 18 >= age", "ML211", "age > 60 and active and 18 >= age"),
    ("filter age < 3 and age >= 3 and age > 5", "ML211", "age < 3 and age >= 3"),
    ('filter plan == "pro" and plan == "team"', "ML211", 'plan == "pro" and plan == "team"'),
    ("filter born < @2000-01-01 and born > @2010-01-01", "ML211", "born < @2000-01-01 and born > @2010-01-01"),
    ("filter true", "ML211", "true"),
    ("derive x = if false then 1 else 2", "ML211", "false"),
    ("filter height is not null and height is null", "ML211", "height is null"),
    ("filter height is null or height is not null", "ML211", "height is not null"),
]


@pytest.mark.parametrize(("body", "code", "place"), WRONG, ids=[f"{code} {body}" for body, code, _ in WRONG])
def test_one_mistake_is_one_diagnostic_at_its_place(body: str, code: str, place: str) -> None:
    assert found(transform(body)) == [(code, place)]


RIGHT = [
    "filter age > 3 and height > 1.5 or not active",
    "filter born >= @2025-01-01 and seen < @2025-01-01 and seen >= cutoff - 90d",
    "filter run_date - born > 365d and run_time - seen < 2h",
    'filter plan == "basic" or "pro" == plan or plan in ("basic", "team")',
    'filter plan >= "pro" and plan != (if active then "basic" else "team")',
    'filter level in ("low", "high")',
    'filter name == "anything" and name in ("a", "b")',
    'filter height is null or level is not null and note != "x"',
    "filter age between 0 and limit",
    "filter age between limit and 3",
    "filter abs(height) >= 0",
    "filter age > 18 and age < 60 and age <= 59 and age != 30",
    "filter age >= 3 and age <= 3 and height > 3 and height < 3.5",
    'filter plan > "pro" and plan != "team" and name == "a" and name != "b"',
    "filter (age > 60 or age < 18) and age < 70",
    "filter born >= @2000-01-01 and seen < @2000-01-01",
    "filter height == height",
    "filter month(born) <= 6 and length(name) > 0",
    'derive x = if active then "gold" else plan',
    'derive x = level ?? "none"',
    "derive x = if age > limit then 1 else null",
    "derive x = round(height, digits: 2) + clip(age, lo: 0, hi: 99)",
    "derive x = (age + 1) * 2.5 / (height ?? 1) ** 2 // 3 % 4 - -age",
    "derive x = 2 * (seen - born) + 1d",
    'derive x = concat(name, "-", plan, string(age))',
    'derive x = substring(name, 1, 3) == "abc" or contains(name, plan) or matches(note, "^a")',
    'derive x = truncate(seen, "month") == datetime(born) and date(seen) == born',
    "derive x = lag(age, 2) over (partition by plan order by seen desc, born)",
    "derive x = sum(age) over (order by seen rows 3) / count() over ()",
    "derive x = row_number() over (order by age) + rank() over (partition by gender order by age)",
    "derive x = first(age) over (order by seen)",
    "derive x = age > 0 and height > 0 and (if height is not null then active else false)",
]


@pytest.mark.parametrize("body", RIGHT)
def test_what_is_right_gets_no_diagnostic(body: str) -> None:
    assert found(transform(body)) == []


TYPES = [
    ("age + 1", "int"),
    ("age + 1.5", "float"),
    ("age / 2", "float"),
    ("age / limit", "float?"),
    ("age // 2", "int"),
    ("age ** 2", "int"),
    ("height + 1", "float?"),
    ("height ?? 0", "float"),
    ("height > 1", "bool?"),
    ("height is null", "bool"),
    ("height is not null and height > 1", "bool"),
    ("height is null or height > 1", "bool"),
    ("height > 1 and height is not null", "bool?"),
    ("not (height is null) and height > 1", "bool"),
    ("seen - born", "duration"),
    ("born + 7d", "date"),
    ("born + 1h", "datetime"),
    ("if active then age else height", "float?"),
    ("if height is null then 0.0 else height", "float"),
    ("if height is not null then height else 0.0", "float"),
    ("if height > 2 then height else 0", "float"),
    ("if active then plan else gender", "string"),
    ('if active then "pro" else plan', 'enum("basic", "pro", "team")'),
    ('level ?? "low"', 'enum("low", "high")'),
    ("plan", 'enum("basic", "pro", "team")'),
    ("log(age)", "float?"),
    ("sqrt(height)", "float?"),
    ("lag(age) over (order by seen)", "int?"),
    ("mean(age) over (partition by plan)", "float"),
    ("max(height) over ()", "float?"),
    ("count() over ()", "int"),
    ("std(age) over ()", "float?"),
    ("lower(note)", "text?"),
    ("limit", "int"),
    ("run_date", "date"),
    ("run_time", "datetime"),
    ("not active", "bool"),
    ("days_between(born, seen)", "int"),
    ('parse_date(name, "%d.%m.%Y")', "date"),
    ('parse_date(name, "%d.%m.%Y %H")', "datetime"),
]


@pytest.mark.parametrize(("expression", "type_"), TYPES)
def test_types_and_nullability_of_expressions(expression: str, type_: str) -> None:
    assert f"x: {type_}" in columns(transform(f"derive x = {expression}"))


HELPS = [
    ("filter agee > 3", "did you mean `age`?"),
    ("filter plan == pro", 'did you mean the value `"pro"` of `plan`?'),
    ('filter seen >= "2025-01-01"', "a date is written without quotes: `@2025-01-01`"),
    ("filter run_date - born > 30", "a duration has a unit: `30d` for days, `30h` for hours"),
    ("filter height == null", "write `height is null`"),
    ("derive x = ifnull(height, 0)", "write `x ?? default`"),
    ("derive x = age + name", "to put strings together write `concat(string(age), name)`"),
    ('filter plan == "bsic"', 'did you mean `"basic"`?'),
    ('filter gender == "x"', 'its values are `"f"`, `"m"`'),
    ("filter active == 1", "a bool is a condition by itself: write `active` or `not active`"),
    ("derive x = substring(name, 1)", "it is written `substring(s, start, n)`"),
    ('filter age == "12"', "a number is written without quotes: `12`"),
    ("filter age", "compare it: `age > 0`"),
]


@pytest.mark.parametrize(("body", "help_"), HELPS)
def test_help_says_what_to_write(body: str, help_: str) -> None:
    assert [item.help for item in check_text(transform(body)) if item.code[:3] == "ML2"] == [help_]


def test_a_comparison_with_null_can_be_mended_by_an_edit() -> None:
    (mended,) = (item.edit for item in check_text(transform("filter height != null")) if item.code == "ML211")
    assert mended is not None
    assert (mended.span.text, mended.replacement) == ("!= null", "is not null")


def test_what_follows_from_a_mistake_is_silent() -> None:
    body = "derive x = agee + 1\n derive y = x * 2\n filter y > 3 and upper(y) == 2\n drop x"
    assert found(transform(body)) == [("ML201", "agee")]


def test_several_mistakes_in_one_expression_are_all_reported() -> None:
    assert found(transform('filter agee > 3 and plan == "gold" and lenght(name) > 1')) == [
        ("ML201", "agee"),
        ("ML209", '"gold"'),
        ("ML203", "lenght"),
    ]


def test_a_column_hides_a_parameter_of_its_name() -> None:
    assert "x: int" in columns(transform("derive limit = age\n derive x = limit"))


def test_deep_nesting_is_checked_without_a_crash() -> None:
    assert found(transform("derive x = " + "abs(" * 90 + "age" + ")" * 90)) == []


LABELS = [
    ("filter age > name", [("name", "`name` is a `string`"), ("age", "`age` is an `int`")]),
    ("derive x = age * 2\n filter x and active", [("x", "`x` is an `int`")]),
    ('filter plan == "bsic"', [("plan", '`plan` is an `enum("basic", "pro", "team")`')]),
    ("filter age", [("age", "`age` is an `int`")]),
    ("filter age is null", [("age", "`age` is an `int`")]),
    ("filter (age + 1) == name", [("name", "`name` is a `string`"), ("age + 1", "this is an `int`")]),
]


@pytest.mark.parametrize(("body", "labels"), LABELS)
def test_labels_show_where_columns_come_from(body: str, labels: list[tuple[str, str]]) -> None:
    (problem,) = (item for item in check_text(transform(body)) if item.code[:3] == "ML2")
    assert [(label.span.text, label.text) for label in problem.labels] == labels


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("filter active == True", "write `true`"),
        ("derive x = FALSE", "write `false`"),
        ("derive x = None", "write `null`"),
        ("filter height > count", "a function is written with brackets: `count(x?)`"),
    ],
)
def test_words_of_other_languages_are_understood(verb: str, expected: str) -> None:
    (diagnostic,) = [item for item in check_text(transform(verb)) if item.code == "ML201"]
    assert diagnostic.help == expected


@pytest.mark.parametrize(
    ("condition", "code", "expected"),
    [
        ("uniqe(id)", "ML203", "did you mean `unique`?"),
        ("row() > 3", "ML203", "did you mean `rows`?"),
        ("rows > 3", "ML201", "a function is written with brackets: `rows()`"),
        ("count() > 3 and freshh(seen, 3d)", "ML203", "did you mean `fresh`?"),
    ],
)
def test_a_check_knows_its_own_functions(condition: str, code: str, expected: str) -> None:
    (diagnostic,) = [
        item for item in check_text(f"{PRELUDE}check people {{ expect {condition} }}\n") if item.code == code
    ]
    assert diagnostic.help == expected
