"""Profiles: what they override, and what fails only under one."""

from __future__ import annotations

from datetime import date

import pytest

from mldsl.analysis.analyze import Analysis, analyze
from mldsl.analysis.program import Engine, Schedule, Secret
from mldsl.errors import UsageError
from mldsl.source import SourceFile
from mldsl.syntax.parser import parse
from tests.support.checking import HYGIENE, check_text, found

BASE = """\
pipeline test { seed: 3; schedule: cron("0 3 * * *"); tags: "a" }
param cutoff: date = @2025-01-01
source people = csv("people.csv") {
  id: int key
  age: int
  won: bool
}
transform grown = people { filter age > 18; derive late = cutoff }
split data = people { train: 70%; test: 30% }
model m = predict won from data { resources { cpu: 1; gpu: 1 } }
deploy d = m to endpoint("x") {}
"""


def profile(body: str, name: str = "prod") -> str:
    return f"{BASE}profile {name} {{\n{body}\n}}\n"


def under(text: str, name: str | None) -> Analysis:
    return analyze(parse(SourceFile("test.ml", text)).module, profile=name)


def test_a_profile_overrides_what_it_names_and_nothing_else():
    body = """
        artifacts: "s3://bucket"
        engine: spark("spark://m")
        every: 1d
        param cutoff = @2026-01-01
        source people = sql(secret("URL"), "select * from people")
        resources m { cpu: 8; memory: 1Gi }
        resources d { cpu: 2 }
    """
    text = profile(body)
    plain, prod = under(text, None).program, under(text, "prod").program
    assert plain is not None and prod is not None
    assert (prod.profile, prod.profiles, plain.profile) == ("prod", ("prod",), None)
    assert prod.settings.artifacts == "s3://bucket" and plain.settings.artifacts == ".mldsl"
    assert prod.settings.engine == Engine("spark", "spark://m")
    assert (prod.settings.schedule, plain.settings.schedule) == (Schedule(every=prod_day()), Schedule("0 3 * * *"))
    assert (prod.settings.seed, prod.settings.tags) == (3, ("a",))
    assert (plain.params["cutoff"].default, prod.params["cutoff"].default) == (date(2025, 1, 1), date(2026, 1, 1))
    assert prod.sources["people"].arguments["connection"] == Secret("URL")
    assert prod.sources["people"].schema == plain.sources["people"].schema
    resources = prod.models["m"].resources
    assert (resources.cpu, resources.memory, resources.gpu) == (8.0, 2**30, 1)
    assert prod.deployments["d"].resources.cpu == 2.0
    assert list(prod.sources) == list(plain.sources)


def prod_day():
    from datetime import timedelta

    return timedelta(days=1)


@pytest.mark.parametrize(
    ("body", "code", "span"),
    [
        ('artifact: "s3://x"', "ML106", "artifact"),
        ("engine: spork", "ML111", "spork"),
        ("every: 1d\nevery: 2d", "ML108", "every"),
        ('source peple = csv("x.csv")', "ML101", "peple"),
        ('source grown = csv("x.csv")', "ML103", "grown"),
        ("param cutof = @2025-01-01", "ML101", "cutof"),
        ("param people = 3", "ML103", "people"),
        ("resources mm { cpu: 1 }", "ML101", "mm"),
        ("resources people { cpu: 1 }", "ML103", "people"),
        ("resources m { cpus: 1 }", "ML106", "cpus"),
        ("resources m { cpu: none }", "ML111", "none"),
        ("param cutoff = @2025-01-01\nparam cutoff = @2025-01-02", "ML108", "cutoff"),
        ("param cutoff = 3", "ML202", "3"),
        ("param cutoff = run_date", "ML111", "run_date"),
        ('source people = cvs("x.csv")', "ML101", "cvs"),
        ('source people = csv("x.csv", delimeter: ";")', "ML106", "delimeter"),
        ('source people = csv("x.csv") { id: intt key\n age: int\n won: bool }', "ML101", "intt"),
    ],
)
def test_wrong_profiles(body, code, span):
    assert found(profile(body)) == [(code, span)]


def test_two_profiles_of_one_name():
    assert found(profile("") + "profile prod {}\n") == [("ML102", "prod")]


@pytest.mark.parametrize("body", ["param cutoff = 3", 'source people = csv("x.csv") { id: int key\n won: bool }'])
def test_what_fails_only_under_a_profile_has_a_label_on_it(body):
    diagnostics = [item for item in check_text(profile(body)) if item.code not in HYGIENE]
    assert diagnostics
    for item in diagnostics:
        assert [label.span.text for label in item.labels][-1] == "prod"
        assert item.labels[-1].text == "under the profile `prod`"


def test_a_schema_that_changes_under_a_profile_is_followed_to_the_line_that_fails():
    body = 'source people = csv("x.csv") { id: int key\n years: int\n won: bool }'
    assert found(profile(body)) == [("ML201", "age")]
    assert found(profile(body.replace("years: int", "age: string"))) == [("ML202", "18")]


def test_a_mistake_that_every_profile_has_is_told_once():
    text = profile("engine: duckdb") + "profile dev { seed: 4 }\ntransform bad = people { filter agee > 3 }\n"
    assert found(text) == [("ML201", "agee")]
    diagnostics = [item for item in under(text, "dev").diagnostics if item.code == "ML201"]
    assert [len(item.labels) for item in diagnostics] == [0]


def test_a_chosen_profile_labels_its_own_failures_too():
    (diagnostic,) = [item for item in under(profile("param cutoff = 3"), "prod").diagnostics if item.code == "ML202"]
    assert diagnostic.labels[-1].span.text == "prod"
    assert under(profile("param cutoff = 3"), None).program is not None


def test_an_unknown_profile_is_a_wrong_use():
    with pytest.raises(UsageError) as wrong:
        under(profile(""), "prodd")
    assert wrong.value.help == "did you mean `prod`?"
    with pytest.raises(UsageError):
        under(BASE, "prod")


def test_an_overridden_parameter_is_not_thereby_used():
    text = profile("param cutoff = @2026-01-01").replace("derive late = cutoff", "")
    assert ("ML109", "cutoff") in [(item.code, item.span.text) for item in check_text(text)]
