"""The canonical layout."""

from __future__ import annotations

import pytest

from mldsl.source import SourceFile
from mldsl.syntax.fmt import format_text
from tests.support.syntax import LANGUAGE


def fmt(text: str) -> str:
    result = format_text(SourceFile("a.ml", text))
    assert result.fault is None
    assert result.diagnostics == ()
    assert result.text is not None
    again = format_text(SourceFile("a.ml", result.text))
    assert (again.text, again.changed) == (result.text, False)
    return result.text


def body(*lines: str) -> str:
    """The layout of verbs, without the transform around them."""
    text = fmt("transform t = s {\n" + "\n".join(lines) + "\n}\n")
    return "\n".join(line.removeprefix("  ") for line in text.splitlines()[1:-1])


def test_the_description_of_the_language_is_laid_out_already() -> None:
    assert fmt(LANGUAGE) == LANGUAGE


def test_it_tells_whether_anything_changed() -> None:
    assert format_text(SourceFile("a.ml", "pipeline  p")).changed
    assert not format_text(SourceFile("a.ml", "pipeline p\n")).changed


def test_programs_with_mistakes_are_left_alone() -> None:
    result = format_text(SourceFile("a.ml", "pipelin p\n"))
    assert result.text is None
    assert [d.code for d in result.diagnostics] == ["ML004"]


@pytest.mark.parametrize("text", ["", "\n\n", "  \t\n", ";;\n"])
def test_empty_programs_stay_empty(text: str) -> None:
    assert fmt(text) == ""


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("filter a==1 and b", "filter a == 1 and b"),
        ("filter(a or b)and not(c)", "filter (a or b) and not (c)"),
        ("derive a=-b*-2-c", "derive a = -b * -2 - c"),
        ("derive a=b-1", "derive a = b - 1"),
        ("derive a=-(b)", "derive a = -(b)"),
        ("derive a = by-1", "derive a = by - 1"),
        ("derive a=if b then -c else-d", "derive a = if b then -c else -d"),
        ("derive a=2**-1//3%4", "derive a = 2 ** -1 // 3 % 4"),
        ("derive a = 7%+1", "derive a = 7% + 1"),
        ("derive a=f( x,y:1 )", "derive a = f(x, y: 1)"),
        ("derive a=sum(x)over(partition by a order by b desc rows 3)", None),
        ("filter x in(1,2)", "filter x in (1, 2)"),
        ("filter a . b == c", "filter a.b == c"),
        ("select all except( a ,b )", "select all except (a, b)"),
        ("derive `plain` = `if` + `a b` + `text` + `filter`", "derive plain = `if` + `a b` + `text` + filter"),
        ("derive a = 1_000 + 1e-3", "derive a = 1_000 + 1e-3"),
        (r'derive a = "x\u{e9}\n"', r'derive a = "x\u{e9}\n"'),
        ("group by a{n=count()}", "group by a { n = count() }"),
        ("derive{}", "derive {}"),
        ("filter a and\n\n b", "filter a and b"),
    ],
)
def test_spaces(written: str, expected: str | None) -> None:
    assert body(written) == (expected or "derive a = sum(x) over (partition by a order by b desc rows 3)")


def test_ranges_and_types() -> None:
    assert fmt("model m=cluster t{algorithm a{x:1 .. 3 log;y:-1..1}}") == (
        "model m = cluster t { algorithm a { x: 1..3 log; y: -1..1 } }\n"
    )
    assert fmt('param a :enum( "x" ) ?="x"') == 'param a: enum("x")? = "x"\n'


def test_blocks_on_one_line_stay_there_while_they_fit() -> None:
    assert fmt("pipeline p {a:1;b:2}") == "pipeline p { a: 1; b: 2 }\n"
    assert fmt("pipeline p {a:1\nb:2}") == "pipeline p {\n  a: 1\n  b: 2\n}\n"
    assert fmt("pipeline p {\n}") == "pipeline p {}\n"
    long = "; ".join(f"option_{i}: {i}" for i in range(12))
    assert fmt(f"pipeline p {{ {long} }}").count("\n") == 14


def test_blank_lines() -> None:
    text = (
        "pipeline p\nparam a: int\nparam b: int\n\n\n\nparam c: int\nsplit s = t {\n\n  a: 1\n\n\n  b: 2\n  c: 3\n\n}\n"
    )
    assert fmt(text) == (
        "pipeline p\n\nparam a: int\nparam b: int\n\nparam c: int\n\nsplit s = t {\n  a: 1\n\n  b: 2\n  c: 3\n}\n"
    )


def test_comments_stay_where_they_are() -> None:
    text = """# head
#second


## doc
pipeline p { # open
  # own
  a: 1 # behind
  b: 2; # after a semicolon

  # last
} # closed
# between
param a: int # param
# end"""
    assert (
        fmt(text)
        == """# head
#second

## doc
pipeline p {  # open
  # own
  a: 1  # behind
  b: 2  # after a semicolon

  # last
}  # closed

# between
param a: int  # param

# end
"""
    )


def test_comments_inside_a_statement() -> None:
    assert body("filter a # first", "  # own", "  and b") == "filter a  # first\n    # own\n    and b"
    assert body("select a, # why", "b") == "select a,  # why\n    b"
    assert body("derive x = f( # open", "1, 2)") == "derive x = f(  # open\n    1, 2)"


def test_comments_behind_a_lonely_semicolon() -> None:
    assert fmt(";# a\nparam x: int # b\n; # c\n") == "# a\nparam x: int  # b\n\n# c\n"


def test_fields_are_aligned() -> None:
    fields = [
        "id: string key",
        'longer_name: enum("aaaa", "bbbb", "cccc") sensitive',
        'x: float? from "X"',
        "",
        "y: int key",
    ]
    text = 'source s = csv("x") {\n' + "\n".join(fields) + "\n}"
    assert (
        fmt(text)
        == """source s = csv("x") {
  id:          string  key
  longer_name: enum("aaaa", "bbbb", "cccc") sensitive
  x:           float?  from "X"

  y: int  key
}
"""
    )


def test_bindings_and_entries_are_aligned() -> None:
    assert body("derive {", "a = 1", "long = 2", "}") == "derive {\n  a    = 1\n  long = 2\n}"
    assert fmt("model m = cluster t {\nprepare {\na: pass\nnumeric: drop\n}\n}") == (
        "model m = cluster t {\n  prepare {\n    a:       pass\n    numeric: drop\n  }\n}\n"
    )


def test_options_are_not_aligned() -> None:
    assert fmt("split s = t {\na: 1\nlong: 2\n}") == "split s = t {\n  a: 1\n  long: 2\n}\n"


def test_the_else_of_neighbouring_expectations_is_aligned() -> None:
    assert fmt("check t {\nexpect a > 1 else warn\nexpect abc > 1 else fail\nexpect b\n}") == (
        "check t {\n  expect a > 1   else warn\n  expect abc > 1 else fail\n  expect b\n}\n"
    )


WORD = "a_rather_long_name_of_a_column"


def test_long_conditions_are_broken_before_their_words() -> None:
    assert body(f"filter {WORD} == 1 and {WORD} == 2 and {WORD} == 3") == (
        f"filter {WORD} == 1\n    and {WORD} == 2\n    and {WORD} == 3"
    )
    assert body(f"filter {WORD} > 1 and {WORD} > 2 or {WORD} > 3 and b") == (
        f"filter {WORD} > 1 and {WORD} > 2\n    or {WORD} > 3 and b"
    )


def test_the_and_of_a_between_stays_with_it() -> None:
    assert body(f"filter {WORD} between {WORD}_1 and {WORD}_2 and b") == (
        f"filter {WORD} between {WORD}_1 and {WORD}_2\n    and b"
    )


def test_long_lists_are_filled() -> None:
    assert body(f"select {WORD}, {WORD}, {WORD}, b, c") == f"select {WORD}, {WORD},\n    {WORD}, b, c"


def test_long_calls_are_opened() -> None:
    assert fmt(f'source s = csv("{WORD}", null_values: "{WORD}", format: "{WORD}") {{\n  a: int\n}}') == (
        f'source s = csv(\n  "{WORD}",\n  null_values: "{WORD}",\n  format: "{WORD}"\n) {{\n  a: int\n}}\n'
    )


def test_long_values_begin_a_new_line() -> None:
    assert body(f"derive {WORD} = {WORD} + {WORD} - 1") == f"derive {WORD} =\n    {WORD} + {WORD} - 1"


def test_long_conditionals_are_broken_before_else() -> None:
    assert body(f"derive x = if {WORD} == 1 then {WORD} else if {WORD} then 1 else 2") == (
        f"derive x = if {WORD} == 1 then {WORD}\n    else if {WORD} then 1\n    else 2"
    )


def test_raw_blocks_are_not_touched() -> None:
    text = 'transform t = sql("""select *\n     from {s}   \n  -- # x""")\n'
    assert fmt(text) == text


def test_windows_line_ends_become_line_feeds() -> None:
    text = 'pipeline p {\r\n  a: 1 # c\r\n}\r\n\r\ntransform t = sql("""a\r\nb""")\r\n'
    assert fmt(text) == 'pipeline p {\n  a: 1  # c\n}\n\ntransform t = sql("""a\nb""")\n'


def test_its_own_faults_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from mldsl.syntax.fmt import format as formatting

    real = formatting._lay_out
    file = SourceFile("a.ml", "param a: int = 1  # c\n")
    for damage, word in (
        (("= 1", "= 2"), "mean"),
        (("# c", ""), "comments"),
        (("int", "int int"), "parse"),
        (("1  #", "1 #"), "stable"),
    ):
        monkeypatch.setattr(formatting, "_lay_out", lambda reading, damage=damage: real(reading).replace(*damage))
        result = formatting.format_text(file)
        if word == "stable":
            monkeypatch.setattr(
                formatting,
                "_lay_out",
                lambda reading: real(reading) + "\n" * reading.result.module.file.text.count("\n"),
            )
            result = formatting.format_text(file)
        assert result.text is None
        assert word in (result.fault or "")
