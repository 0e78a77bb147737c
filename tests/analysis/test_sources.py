"""Sources: connectors, their arguments, and schema blocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from mldsl.analysis.program import Secret
from tests.support.checking import analyze_text, columns, found

WRONG = [
    # connectors and their arguments
    ('cvs("a.csv") { a: int }', "ML101", "cvs"),
    ('postgres("a") { a: int }', "ML101", "postgres"),
    ('csv("a.csv", sep: ",") { a: int }', "ML106", "sep"),
    ('csv("a.csv", null_value: "NA") { a: int }', "ML106", "null_value"),
    ("csv() { a: int }", "ML107", "csv()"),
    ('sql("sqlite://") { a: int }', "ML107", 'sql("sqlite://")'),
    ('csv("a.csv", delimiter: ",", delimiter: ";") { a: int }', "ML108", 'delimiter: ";"'),
    ("csv(a) { a: int }", "ML111", "a"),
    ('csv(secret("PATH")) { a: int }', "ML111", 'secret("PATH")'),
    ('csv("a.csv", delimiter: ",,") { a: int }', "ML111", '",,"'),
    ('csv("a.csv", delimiter: "§") { a: int }', "ML111", '"§"'),
    ('csv("a.csv", quote: "\\n") { a: int }', "ML111", '"\\n"'),
    ('csv("a.csv", decimal: ";") { a: int }', "ML111", '";"'),
    ('sklearn("irsi") { a: int }', "ML111", '"irsi"'),
    ('csv("a.csv", "b.csv") { a: int }', "ML204", '"b.csv"'),
    ('csv("ftp://host/a.csv") { a: int }', "ML111", '"ftp://host/a.csv"'),
    # schemas that must be written
    ('sql(secret("DB"), "select 1")', "ML107", 'sql(secret("DB"), "select 1")'),
    ('parquet("s3://bucket/a.parquet")', "ML107", 'parquet("s3://bucket/a.parquet")'),
    ('csv("no such file.csv")', "ML107", 'csv("no such file.csv")'),
    ('csv("nowhere/*.csv")', "ML107", 'csv("nowhere/*.csv")'),
    # schema blocks
    ('csv("a.csv") { a: itn }', "ML101", "itn"),
    ('csv("a.csv") { a: varchar }', "ML101", "varchar"),
    ('csv("a.csv") { a: int kye }', "ML101", "kye"),
    ('csv("a.csv") { a: int; b: int; a: float }', "ML102", "a"),
    ('csv("a.csv") { a: int key key }', "ML108", "key"),
    ('csv("a.csv") { a: int? key }', "ML202", "int?"),
    ('csv("a.csv") { a: vector(3) key }', "ML202", "vector(3)"),
    ('csv("a.csv") { a: string time }', "ML202", "string"),
    ('csv("a.csv") { a: enum }', "ML111", "enum"),
    ('csv("a.csv") { a: enum(1, 2) }', "ML111", "1"),
    ('csv("a.csv") { a: enum("x", "y", "x") }', "ML111", '"x"'),
    ('csv("a.csv") { a: vector }', "ML111", "vector"),
    ('csv("a.csv") { a: vector(0) }', "ML111", "0"),
    ('csv("a.csv") { a: int(3) }', "ML111", "3"),
    ('images("img/*.png") { picture: image }', "ML201", "picture"),
]


@pytest.mark.parametrize(("source", "code", "place"), WRONG, ids=[f"{code} {source}" for source, code, _ in WRONG])
def test_one_mistake_is_one_diagnostic_at_its_place(source: str, code: str, place: str) -> None:
    assert found(f"pipeline test\nsource s = {source}\n") == [(code, place)]


RIGHT = [
    (
        'csv("data/a.csv") { a: int key; b: float? from "B b"; c: enum("x") sensitive }',
        ["a: int key", "b: float?", 'c: enum("x") sensitive'],
    ),
    ('csv("a.csv", null_values: "NA", "-", delimiter: ";") { a: int }', ["a: int"]),
    (
        'parquet("s3://bucket/*.parquet") { t: datetime time; v: vector(8); e: string entity }',
        ["t: datetime time", "v: vector(8)", "e: string entity"],
    ),
    ('sql(secret("DB"), "select 1 as a") { a: int after }', ["a: int after"]),
    ('table("sqlite:///x.db", name: "t") { a: int }', ["a: int"]),
    ('images("img/*/*.png")', ["path: string", "label: string", "image: image"]),
    (
        'texts("txt/*/*.txt") { label: enum("ham", "spam"); words: text from "text" }',
        ['label: enum("ham", "spam")', "words: text"],
    ),
]


@pytest.mark.parametrize(("source", "schema"), RIGHT)
def test_what_is_right_gives_its_schema(source: str, schema: list[str]) -> None:
    text = f"pipeline test\nsource s = {source}\n"
    assert found(text) == []
    assert columns(text, "s") == schema


def test_arguments_by_name_with_paths_joined_to_the_declaring_file() -> None:
    text = (
        'pipeline test\nsource a = csv("data/a.csv", null_values: "NA", "-") { x: int }\n'
        'source b = sql(secret("DB"), "select 1") { x: int }\nsource c = parquet("s3://bucket/c") { x: int }\n'
    )
    program = analyze_text(text, "projects/churn/main.ml").program
    assert program is not None
    assert program.sources["a"].arguments == {"path": "projects/churn/data/a.csv", "null_values": ("NA", "-")}
    assert program.sources["b"].arguments == {"connection": Secret("DB"), "query": "select 1"}
    assert program.sources["c"].arguments == {"path": "s3://bucket/c"}


def test_the_raw_name_is_kept_only_where_it_differs() -> None:
    text = 'pipeline test\nsource s = csv("a.csv") { a: int from "A a"; b: int from "b" }\n'
    program = analyze_text(text).program
    assert program is not None
    assert [column.raw for column in program.sources["s"].schema.columns] == ["A a", None]


def test_a_missing_schema_says_why_and_hides_what_follows(tmp_path: Path) -> None:
    text = 'pipeline test\nsource s = csv("gone.csv")\ntransform t = s { derive x = y + z; filter x == w }\n'
    problems = [item for item in analyze_text(text, str(tmp_path / "a.ml")).diagnostics if item.code == "ML107"]
    assert [item.message for item in problems] == [
        f"`s` needs a schema: there is no file `{tmp_path}/gone.csv` to read it from"
    ]
    assert "ML201" not in {item.code for item in analyze_text(text, str(tmp_path / "a.ml")).diagnostics}


def test_a_nullable_key_can_be_mended_by_an_edit() -> None:
    (problem,) = (
        item
        for item in analyze_text('pipeline test\nsource s = csv("a.csv") { a: enum("x", "y")? key }\n').diagnostics
        if item.code == "ML202"
    )
    assert problem.edit is not None
    assert (problem.edit.span.text, problem.edit.replacement) == ('enum("x", "y")?', 'enum("x", "y")')
