"""Names, literals, line ends and comments, as in section 2 of the language's description."""

# ruff: noqa: SIM905
from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from mldsl.syntax import tree
from mldsl.syntax.table import load_table
from mldsl.syntax.tokens import EXPRESSION_WORDS
from tests.support.syntax import expression, module, only, option, parsed, problems, shape, verbs


def literal(text: str) -> tree.Literal:
    found = option(f"a: {text}").values[0]
    assert isinstance(found, tree.Literal)
    return found


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("42", "int", 42),
        ("1_000", "int", 1000),
        ("9223372036854775807", "int", 2**63 - 1),
        ("0.5", "float", 0.5),
        ("1_000.5", "float", 1000.5),
        ("1e-3", "float", 0.001),
        ("2.5E3", "float", 2500.0),
        ("5%", "percent", 0.05),
        ("7%", "percent", 0.07),
        ("0.5%", "percent", 0.005),
        ("29%", "percent", 0.29),
        ("true", "bool", True),
        ("false", "bool", False),
        ("null", "null", None),
        ('"text"', "string", "text"),
        (r'"a\n\t\"\\\u{e9}\u{1F600}"', "string", 'a\n\t"\\é😀'),
        ('""', "string", ""),
        ('"# no comment"', "string", "# no comment"),
        ('"""a "quoted" \\n word"""', "string", 'a "quoted" \\n word'),
        ('"""two\nlines"""', "string", "two\nlines"),
        ('""""""', "string", ""),
        ("@2025-01-31", "date", date(2025, 1, 31)),
        ("@2024-02-29", "date", date(2024, 2, 29)),
        ("@2025-01-31T10:00:00", "datetime", datetime(2025, 1, 31, 10)),
        ("90d", "duration", timedelta(days=90)),
        ("1h30m", "duration", timedelta(hours=1, minutes=30)),
        ("500ms", "duration", timedelta(milliseconds=500)),
        ("2w", "duration", timedelta(weeks=2)),
        ("3us", "duration", timedelta(microseconds=3)),
        ("1w2d3h4m5s6ms7us", "duration", timedelta(9, 3 * 3600 + 4 * 60 + 5, 7, 6)),
        ("512Mi", "size", 512 * 1024**2),
        ("4Gi", "size", 4 * 1024**3),
        ("1Ki", "size", 1024),
        ("1Ti", "size", 1024**4),
    ],
)
def test_literals(text: str, kind: str, value: object) -> None:
    found = literal(text)
    assert (found.kind, found.value) == (kind, value)
    assert type(found.value) is type(value)
    assert found.span.text == text


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("@2025-02-30", "@2025-02-30"),
        ("@2025-13-01", "@2025-13-01"),
        ("@2025-1-1", "@2025-1-1"),
        ("@tomorrow", "@tomorrow"),
        ("@2025-01-31T25:00:00", "@2025-01-31T25:00:00"),
        ("30days", "30days"),
        ("1m1h", "1m1h"),
        ("1.5h", "1.5h"),
        ("4GB", "4GB"),
        ("4Pi", "4Pi"),
        ("5x%", "5x%"),
        ("99999999999999999999", "99999999999999999999"),
        ("9223372036854775808", "9223372036854775808"),
        ("99999999999999w", "99999999999999w"),
        ("1e999", "1e999"),
        (r'"a\q"', r"\q"),
        (r'"a\u{110000}"', r"\u{110000}"),
        (r'"a\u{zz}"', r"\u{zz}"),
        (r'"\u{d800}"', r"\u{d800}"),
        (r'"a\u41"', r"\u"),
    ],
)
def test_malformed_literals_point_at_what_is_wrong(text: str, wrong: str) -> None:
    result = parsed(f"split s = t {{ a: {text} }}")
    (found,) = result.diagnostics
    assert (found.code, found.span.text) == ("ML003", wrong)
    assert len(result.module.declarations) == 1


def test_a_percent_sign_is_a_remainder_when_an_operand_follows() -> None:
    assert shape(expression("7 % 4 == 3")) == "((7 % 4) == 3)"
    assert shape(expression("7%4 == 3")) == "((7 % 4) == 3)"
    assert shape(expression("7 %4 == 3")) == "((7 % 4) == 3)"
    assert shape(expression("x%4 == 3")) == "((x % 4) == 3)"
    assert shape(expression("x == 7%")) == "(x == 0.07)"
    assert shape(expression("x == 7% + 1")) == "(x == (0.07 + 1))"
    assert shape(expression("7%(x) == 1")) == "((7 % x) == 1)"


def test_a_range_is_no_float() -> None:
    assert shape(option("a: 1..5").values[0]) == "1..5"
    assert shape(option("a: 1.5..5.5").values[0]) == "1.5..5.5"


# --- names -----------------------------------------------------------------------------------------------------------

KEYWORDS = (
    "algorithm anomalies anti asof at breach by check cluster confidence deploy derive desc detect distinct drop each"
    " evaluate except expect filter for from full group import join least left log model monitor on order param"
    " partition pipeline predict prepare profile rename require resources rollback rollout rows sample select semi sort"
    " source split take to transform tune union when with label test time all numeric text entity key fail warn"
).split()


def test_the_list_of_keywords_is_complete() -> None:
    assert set(load_table().words) == EXPRESSION_WORDS | set(KEYWORDS) - set(
        "label test time all numeric text entity key fail warn".split()
    )


@pytest.mark.parametrize("word", KEYWORDS)
def test_a_keyword_is_a_name_wherever_a_name_may_stand(word: str) -> None:
    text = f"""
pipeline {word} {{ {word}: 1 }}
param {word}: int = 1
source {word} = {word}("x", {word}: {word}) {{
  {word}: string key from "x"
}}
check {word} {{ expect {word} > {word} for each {word} }}
transform {word} = {word} {{
  filter {word}
  derive {word} = {word} + {word}({word}) over (partition by {word} order by {word} desc rows {word})
  derive {{ {word} = 1 }}
  select {word}, {word}.{word}
  rename {word} to {word}
  left join {word} on {word}
  join {word} on {word} == {word}.{word}
  group by {word}, {word} {{ {word} = {word}() }}
  sort by {word}, {word} desc
  take {word}
  distinct on {word}
  union {word}
  predict with {word}
}}
split {word} = {word} {{ {word}: {word} }}
model {word} = predict {word} from {word} {{
  {word}: {word}
  prepare {{ {word}, {word}: {word} | {word}({word}) }}
  algorithm {word} {{ {word}: {word}..{word} log }}
  tune {{ {word}: {word} }}
}}
evaluate {word} on {word}.{word} {{ expect {word} else {word} }}
deploy {word} = {word} to {word}({word}) {{ require {word}; rollback when {word}; {word}: {word} }}
monitor {word} = {word} {{ {word}: {word}; on breach {{ {word}; {word}({word}) }} }}
profile {word} {{ {word}: {word}; param {word} = {word}; resources {word} {{ {word}: 1 }} }}
"""
    assert len(module(text).declarations) == 11


@pytest.mark.parametrize("word", "if then else and or not in is between over references true false null".split())
def test_the_words_of_an_expression_need_backticks(word: str) -> None:
    field = only(f"source s = csv() {{ `{word}`: int }}").schema.fields[0]
    assert field.name.text == word
    (found,) = parsed(f"source s = csv() {{\n  {word}: int\n  b: int\n}}").diagnostics
    assert (found.code, found.span.text) == ("ML001", word)
    assert f"`{word}`" in found.help


def test_backticked_names_hold_anything() -> None:
    names = ["Monthly Charges", 'a "b"', "a'b", "1st", "ünï", "a # b", "x.y", " "]
    fields = only("source s = csv() {\n" + "\n".join(f"`{name}`: int" for name in names) + "\n}").schema.fields
    assert [field.name.text for field in fields] == names


def test_backticked_names_have_escapes_for_newlines_and_backticks() -> None:
    (field,) = only("source s = csv() { `a\\nb\\`c\\\\d`: int }").schema.fields
    assert field.name.text == "a\nb`c\\d"


def test_a_raw_name_may_hold_quotes_and_newlines() -> None:
    (field,) = only('source s = csv() { a: int from "x \\"y\\"\\nz" }').schema.fields
    assert field.raw.value == 'x "y"\nz'


def test_an_empty_name_is_no_name() -> None:
    assert problems("source s = csv() { ``: int }") == [("ML003", 1, 20)]


def test_names_may_have_letters_of_any_language() -> None:
    assert shape(expression("größe > naïve_β2")) == "(größe > naïve_β2)"


# --- lines -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "filter f(a,\n b\n)\n > 1".replace("\n >", " >"),
        "filter a ==\n 1",
        "filter a\n and b\n or c",
        "filter a ??\n b",
        "filter a\n ?? b",
        "filter a +\n b *\n c",
        "filter x in\n (1,\n 2)",
        "filter x between\n 1 and\n 2",
        "filter x between 1\n and 2",
        "derive a =\n 1",
        "derive a = if b then c\n else d",
        "derive a = if b\n and c then d\n else e",
        "select a,\n b,\n c",
        "filter a and\n\n\n b",
        "filter a and # why\n # and\n b",
        "filter a # why\n and b",
        "filter (\n a\n)",
    ],
)
def test_a_line_goes_on(text: str) -> None:
    assert verbs(text, "distinct")[0] == verbs(" ".join(line.split("#")[0] for line in text.split("\n")))[0]
    assert len(verbs(text, "distinct")) == 2


def test_a_pipe_may_start_a_line() -> None:
    (model,) = module(
        "model m = cluster t {\n prepare {\n a: impute(mean)\n  | scale(robust)\n b: pass\n }\n}"
    ).declarations
    first, second = model.body[0].entries
    assert shape(first.steps) == "impute(mean) | scale(robust)"
    assert shape(second.steps) == "pass"


def test_an_expectation_goes_on_before_else() -> None:
    (check,) = module("check t {\n expect a > 1\n   else warn\n expect b\n}").declarations
    assert [e.otherwise and e.otherwise.text for e in check.expectations] == ["warn", None]


@pytest.mark.parametrize("text", ["filter a\n + b", "filter a\n == b", "derive a\n = 1", "filter f\n (a)", "take\n 3"])
def test_a_line_does_not_go_on_elsewhere(text: str) -> None:
    assert {d.code for d in parsed("transform t = s {\n" + text + "\n}").diagnostics} <= {"ML001", "ML004"}
    assert parsed("transform t = s {\n" + text + "\n}").diagnostics


def test_semicolons_end_statements() -> None:
    assert len(verbs("filter a; distinct;; take 3;")) == 3
    assert len(module("param a: int; param b: int;").declarations) == 2


def test_line_ends_and_tabs_make_no_difference() -> None:
    text = "pipeline p {\n  owner: 1\n}\n\n## doc\nparam a: int\n"
    assert module(text.replace("\n", "\r\n")).declarations == module(text).declarations
    assert module(text.replace("  ", "\t")).declarations == module(text).declarations
    assert module(text.replace(" ", "\u00a0")).declarations[1] == module(text).declarations[1]


def test_raw_blocks_have_the_same_value_whatever_the_line_ends() -> None:
    assert literal('"""a\r\nb"""').value == "a\nb"


def test_empty_files_have_no_declarations() -> None:
    for text in ("", "\n", "   ", "# only a comment", "\n\n;;\n"):
        assert module(text).declarations == ()


# --- comments --------------------------------------------------------------------------------------------------------


def test_comments_are_kept_with_their_places() -> None:
    comments = module("# first\npipeline p { # second\n  a: 1 # third  \n  ## fourth\n}\n#last").comments
    assert [(c.text, c.own_line) for c in comments] == [
        ("# first", True),
        ("# second", False),
        ("# third", False),
        ("## fourth", True),
        ("#last", True),
    ]
    assert [c.span.text for c in comments] == [c.text for c in comments]


def test_documentation_stands_right_above_a_declaration() -> None:
    text = """
## Who leaves?
##  And why?
pipeline p

## not attached

param a: int
# plain
param b: int
## one
# two
param c: int
x_comment: int
"""
    text = text.replace("x_comment: int\n", "")
    docs = [declaration.doc for declaration in module(text).declarations]
    assert docs == ["Who leaves?\nAnd why?", None, None, None]


def test_documentation_in_a_profile() -> None:
    (profile,) = module('profile p {\n  ## the warehouse\n  source s = csv("x")\n}').declarations
    assert profile.body[0].doc == "the warehouse"


def test_documentation_with_windows_line_ends() -> None:
    (pipeline,) = module("## doc\r\npipeline p\r\n").declarations
    assert pipeline.doc == "doc"


def test_documentation_belongs_to_the_first_declaration_of_a_line() -> None:
    docs = [declaration.doc for declaration in module("## doc\nparam a: int; param b: int").declarations]
    assert docs == ["doc", None]
