"""The `pipeline` declaration, and through it the reading of options of every kind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mldsl.analysis.program import Engine, Schedule, Secret, Settings
from tests.support.checking import HYGIENE, analyze_text, check_text, found

REST = 'source s = csv("s.csv") { a: int }\ncheck s { expect a > 0 }\n'


def pipeline(body: str) -> str:
    return f"pipeline test {{\n{body}\n}}\n{REST}"


def settings(body: str) -> Settings:
    program = analyze_text(pipeline(body)).program
    assert program is not None
    return program.settings


@pytest.mark.parametrize(
    ("text", "span"),
    [
        (REST, 'source s = csv("s.csv") { a: int }'),
        ("", ""),
        ("\n\n" + REST, ""),
        (f"pipeline test\npipeline second\n{REST}", "second"),
    ],
)
def test_there_is_one_pipeline(text, span):
    (diagnostic,) = [item for item in check_text(text) if item.code not in HYGIENE]
    assert (diagnostic.code, diagnostic.span.text) == ("ML110", span)
    if span != "second":
        assert diagnostic.span.file.position(diagnostic.span.start).line == 1


def test_a_pipeline_that_the_parser_could_not_read_is_there_all_the_same():
    assert [code for code, _ in found(f"pipeline test {{ seed 3 }}\n{REST}")] == ["ML001"]
    assert {code for code, _ in found(f"pipeline {{ seed: 3 }}\n{REST}")} == {"ML001"}


@pytest.mark.parametrize(
    ("body", "code", "span"),
    [
        # ML106
        ('ownr: "x"', "ML106", "ownr"),
        ("train: 70%", "ML106", "train"),
        # ML108
        ('owner: "x"\nowner: "y"', "ML108", "owner"),
        ('every: 5m\nschedule: cron("0 3 * * *")', "ML108", "schedule"),
        # ML111: strings and lists of them
        ("owner: 3", "ML111", "3"),
        ("owner: me", "ML111", "me"),
        ('owner: "a", "b"', "ML111", '"a", "b"'),
        ('tags: "a", b', "ML111", "b"),
        # numbers
        ("seed: -1", "ML111", "-1"),
        ("seed: 4294967296", "ML111", "4294967296"),
        ('retries: "2"', "ML111", '"2"'),
        ("retries: 1.5", "ML111", "1.5"),
        ("retries: 50%", "ML111", "50%"),
        # durations
        ("timeout: 5", "ML111", "5"),
        ("timeout: 4Gi", "ML111", "4Gi"),
        ("timeout: 0m", "ML111", "0m"),
        ("retry_delay: @2025-01-01", "ML111", "@2025-01-01"),
        # schedules
        ('schedule: "0 3 * * *"', "ML111", '"0 3 * * *"'),
        ("schedule: 1d", "ML111", "1d"),
        ('schedule: cron("0 3 * *")', "ML111", '"0 3 * *"'),
        ('schedule: cron("0 3 31 2 *")', "ML111", '"0 3 31 2 *"'),
        ("schedule: cron(3)", "ML111", "3"),
        ("schedule: cron()", "ML204", "cron()"),
        ('schedule: cron("0 3 * * *", zone: "UTC")', "ML204", "zone"),
        ('schedule: cron("0 3 * * *", timezone: "Berlin")', "ML111", '"Berlin"'),
        ('schedule: cron("0 3 * * *", timezone: utc)', "ML111", "utc"),
        # engines
        ("engine: pandas", "ML111", "pandas"),
        ('engine: "polars"', "ML111", '"polars"'),
        ("engine: spark", "ML111", "spark"),
        ("engine: spark(3)", "ML111", "3"),
        ('engine: duckdb("x")', "ML111", 'duckdb("x")'),
        # the others
        ('tracking: "http://mlflow"', "ML111", '"http://mlflow"'),
        ("tracking: mlflow()", "ML204", "mlflow()"),
        ("artifacts: here", "ML111", "here"),
        ('artifacts: ""', "ML111", '""'),
        ("notify: secret()", "ML204", "secret()"),
        ("notify: secret(3)", "ML111", "3"),
        ("notify: me", "ML111", "me"),
    ],
)
def test_wrong_options(body, code, span):
    assert found(pipeline(body)) == [(code, span)]


@pytest.mark.parametrize(
    ("body", "help_"),
    [
        ("timeout: 5", "add a unit: `5s`, `5m`, `5h` or `5d`"),
        ("owner: me", 'write it in quotes: `"me"`'),
        ('schedule: "0 3 * * *"', 'write `cron("0 3 * * *")`'),
        ("schedule: 1d", "write `every: 1d`"),
        ("seeed: 3", "did you mean `seed`?"),
        ("engine: duckbd", "did you mean `duckdb`?"),
    ],
)
def test_the_way_out_is_said(body, help_):
    (diagnostic,) = [item for item in check_text(pipeline(body)) if item.code not in HYGIENE]
    assert diagnostic.help == help_


def test_every_option_as_a_plain_value():
    body = """
        owner: "growth"
        description: "what it is for"
        schedule: cron("0 3 * * *", timezone: "Europe/Berlin")
        seed: 42
        retries: 2
        retry_delay: 1h30m
        timeout: 2d
        tags: "a", "b"
        artifacts: "store"
        engine: spark("spark://master:7077")
        tracking: mlflow("http://mlflow")
        notify: secret("HOOK")
    """
    assert settings(body) == Settings(
        owner="growth",
        description="what it is for",
        schedule=Schedule("0 3 * * *", "Europe/Berlin"),
        seed=42,
        retries=2,
        retry_delay=timedelta(hours=1, minutes=30),
        timeout=timedelta(days=2),
        tags=("a", "b"),
        artifacts="store",
        engine=Engine("spark", "spark://master:7077"),
        tracking="http://mlflow",
        notify=Secret("HOOK"),
    )


def test_defaults_and_other_ways_to_say_it():
    assert settings("") == Settings()
    assert settings("every: 1d").schedule == Schedule(every=timedelta(days=1))
    assert settings("engine: duckdb").engine == Engine("duckdb")
    assert settings('tracking: mlflow(secret("URI"))').tracking == Secret("URI")
    assert settings('artifacts: "s3://bucket/x"').artifacts == "s3://bucket/x"


def test_a_path_is_relative_to_the_file():
    text = pipeline('artifacts: "store"')
    program = analyze_text(text, path="folder/test.ml").program
    assert program is not None
    assert (program.settings.artifacts, program.sources["s"].arguments["path"]) == ("folder/store", "folder/s.csv")
