"""Hygiene: what is declared and unused, unchecked, unread, absolute or secret."""

from __future__ import annotations

import pytest

from tests.support.checking import check_text

CHECKED = """\
pipeline test
source people = csv("people.csv") {
  id: int key
  age: int
  won: bool
}
check people { expect age > 0 }
"""
SPLIT = "split data = people { train: 70%; test: 30% }\n"
MODEL = f"{SPLIT}model m = predict won from data\n"
EVALUATED = f"{MODEL}evaluate m on data.test {{ expect f1 > 0.1 }}\n"


def found(text: str, files: dict[str, str] | None = None) -> list[tuple[str, str]]:
    return [(item.code, item.span.text) for item in check_text(text, files=files)]


@pytest.mark.parametrize(
    ("rest", "names"),
    [
        ("param limit: int = 3\n", ["limit"]),
        ("transform t = people { take 3 }\n", ["t"]),
        ("transform t = people { take 3 }\ntransform u = t { take 2 }\n", ["u"]),
        (SPLIT, ["data"]),
        (MODEL, ["m"]),
        (f"{MODEL}profile prod {{ resources m {{ cpu: 1 }} }}\n", ["m"]),
    ],
)
def test_ml109_what_nothing_refers_to(rest, names):
    assert found(CHECKED + rest) == [("ML109", name) for name in names]


@pytest.mark.parametrize(
    "rest",
    [
        EVALUATED,
        f'{EVALUATED}deploy d = m to registry("m") {{ require evaluation }}\n',
        f"{MODEL}transform scored = people {{ predict with m }}\ncheck scored {{ expect rows() > 0 }}\n",
        "param limit: int = 3\ntransform t = people { take 3; filter age > limit }\ncheck t { expect rows() > 1 }\n",
        'param day: date\nsource s = csv("in/{day}.csv") { a: int }\ncheck s { expect a > 0 }\n',
        'transform t = sql("""select id, won from {people}""") { id: int\n won: bool }\ncheck t { expect id > 0 }\n',
    ],
)
def test_ml109_is_silent_about_what_is_used(rest):
    assert found(CHECKED + rest) == []


def test_ml109_is_about_the_main_file():
    files = {"lib.ml": 'param limit: int = 3\nsource other = csv("o.csv") { a: int }\n'}
    assert found(f'{CHECKED}import "lib.ml"\n', files) == []


def test_ml109_does_not_follow_from_another_mistake():
    slip = EVALUATED.replace("evaluate m", "evaluate n")
    assert found(CHECKED + slip) == [("ML101", "n")]
    broken = f"{CHECKED}param limit: int = 3\ntransform t = people {{ filter age > limit limit }}\n"
    assert ("ML109", "limit") not in found(broken)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (CHECKED.replace("check people { expect age > 0 }\n", "") + EVALUATED, ["people"]),
        (
            'pipeline test\nsource a = csv("a.csv") { x: int }\nsource b = csv("b.csv") { x: int }\n'
            "transform t = a { semi join b on x }\ncheck t { expect x > 0 }\ncheck b { expect x > 0 }\n",
            ["a"],
        ),
    ],
)
def test_ml701_sources_that_no_check_looks_at(text, names):
    assert [item for item in found(text) if item[0] == "ML701"] == [("ML701", name) for name in names]


def test_ml701_is_silent_about_checked_and_about_unused_sources():
    assert found(CHECKED + EVALUATED) == []
    assert found(f'{CHECKED}{EVALUATED}source o = csv("o.csv") {{ a: int }}\n') == [("ML109", "o")]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        (CHECKED.replace('"people.csv"', '"/data/people.csv"'), '"/data/people.csv"'),
        (CHECKED.replace('"people.csv"', r'"C:\\data\\people.csv"'), r'"C:\\data\\people.csv"'),
        (CHECKED.replace("pipeline test", 'pipeline test { artifacts: "/var/mldsl" }'), '"/var/mldsl"'),
        (CHECKED + 'profile prod { artifacts: "/var/mldsl" }', '"/var/mldsl"'),
        (CHECKED + 'profile prod { source people = csv("/p.csv") }', '"/p.csv"'),
        (
            f"{CHECKED}{EVALUATED}deploy d = m to batch(people) {{ require evaluation\n"
            'write: parquet("/out/x.parquet") }\n',
            '"/out/x.parquet"',
        ),
    ],
)
def test_ml702_absolute_paths(text, span):
    assert found(text) == [("ML702", span)]


@pytest.mark.parametrize("path", ["people.csv", "../people.csv", "s3://bucket/people.csv", "https://x.org/a.csv"])
def test_ml702_is_silent_about_relative_paths_and_uris(path):
    assert found(CHECKED.replace("people.csv", path)) == []


def test_ml702_is_silent_about_what_lies_on_a_volume():
    text = CHECKED.replace("people.csv", "/data/people.csv")
    assert found(text) == [("ML702", '"/data/people.csv"')]
    for path, expected in (("/data", []), ("/dat", [("ML702", '"/data/people.csv"')])):
        assert found(f'{text}profile cluster {{ resources test {{ volumes: "shared:{path}" }} }}\n') == expected


def test_ml702_an_import_and_a_python_file(tmp_path):
    text = f'{CHECKED}import "{tmp_path}/lib.ml"\n'
    assert found(text, {f"{tmp_path}/lib.ml": ""}) == [("ML702", f'"{tmp_path}/lib.ml"')]
    (tmp_path / "f.py").write_text("def f(t): return t\n")
    python = f'transform t = python("{tmp_path}/f.py:f", people) {{ id: int }}\ncheck t {{ expect id > 0 }}\n'
    assert found(CHECKED + python) == [("ML702", f'"{tmp_path}/f.py:f"')]


WIDE = CHECKED.replace("  age: int\n", "  age: int\n  size: int\n  when: date time\n")


@pytest.mark.parametrize(
    ("rest", "names"),
    [
        (f"{SPLIT}model m = predict won from data {{ features: age }}\nevaluate m on data.test {{}}\n", ["size"]),
        (
            "transform t = people { select id, age, won }\nsplit data = t { train: 70%; test: 30% }\n"
            "model m = predict won from data\nevaluate m on data.test {}\n",
            ["size"],
        ),
        ("transform t = people { group by won { n = count() } }\ncheck t { expect n > 0 }\n", ["size"]),
    ],
)
def test_ml703_columns_that_reach_nothing(rest, names):
    assert [item for item in found(WIDE + rest) if item[0] != "ML306"] == [("ML703", name) for name in names]


@pytest.mark.parametrize(
    "rest",
    [
        EVALUATED,
        "check people { expect size > 0 }\n" + EVALUATED.replace("from data", "from data { features: age }"),
        "transform t = people { filter age > 3 }\ncheck t { expect rows() > 0 }\n",
        EVALUATED.replace("from data", "from data { features: age }").replace("f1 > 0.1", "f1 > 0.1 for each size"),
        EVALUATED.replace("from data", "from data { features: age; weight: size }"),
        EVALUATED.replace("from data", "from data { features: age }")
        + "deploy d = m to batch(people) { require evaluation; columns: size }\n",
    ],
)
def test_ml703_is_silent_about_what_is_looked_at_or_given(rest):
    assert [item for item in found(WIDE + rest) if item[0] != "ML306"] == []


@pytest.mark.parametrize(
    ("string", "secret"),
    [
        ("postgres://me:hunter2@host/db", "hunter2"),
        ("mysql+pymysql://root:p%40ss@10.0.0.1:3306/x", "p%40ss"),
        ("https://api.example.org/v1?token=abc123", "abc123"),
        ("Server=db;Database=x;Password=abc", "abc"),
    ],
)
def test_ml603_credentials(string, secret):
    text = f'pipeline test\nsource s = sql("{string}", "select a from t") {{ a: int }}\ncheck s {{ expect a > 0 }}\n'
    assert found(text) == [("ML603", secret)]


def test_ml603_a_webhook_and_a_key():
    hook = "https://hooks.slack.com/services/T000/B000/XXXX"
    assert found(CHECKED.replace("test", f'test {{ notify: "{hook}" }}')) == [("ML603", "T000/B000/XXXX")]
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    assert found(f'{CHECKED}profile prod {{ artifacts: "s3://{key}@bucket" }}') == [("ML603", key)]


@pytest.mark.parametrize(
    "string", ["postgres://host/db", "postgres://me@host/db", "postgres://me:{password}@host", "https://x.org/?page=2"]
)
def test_ml603_is_silent_about_urls_without_one(string):
    text = f'pipeline test\nsource s = sql("{string}", "select a from t") {{ a: int }}\ncheck s {{ expect a > 0 }}\n'
    assert found(text) == []
    assert found(text.replace("select", "select") + "# postgres://me:hunter2@host in a comment\n") == []
