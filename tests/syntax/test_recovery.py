"""Mistakes: each reported once, where it is, in plain words; the rest of the file is read all the same."""

from __future__ import annotations

import re
from random import Random

import pytest

from mldsl.source import SourceFile
from mldsl.syntax import tree
from mldsl.syntax.lexer import Lexer
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.table import load_table
from mldsl.syntax.tokens import Token
from tests.support.syntax import LANGUAGE, parsed, problems


def in_transform(line: str) -> str:
    return "transform t = s {\n" + line + "\n}\n"


@pytest.mark.parametrize(
    ("line", "code", "where", "message", "help_"),
    [
        ("filter a = 3", "ML001", "=", "`=` introduces a name", "`==`"),
        ("derive a == 3", "ML001", "==", "introduced with `=`", "`=`"),
        ("derive q: 4", "ML001", ":", "introduced with `=`", "`=`"),
        ("filter a < b < c", "ML001", "<", "do not chain", "`and`"),
        ("filter a && b", "ML001", "&", "unexpected character `&`", "`and`"),
        ("filter a || b", "ML001", "|", "`|` joins", "`or`"),
        ("filter x == 'text'", "ML001", "'text'", "double quotes", '"text"'),
        ("filter x in [1, 2]", "ML001", "[", "unexpected character `[`", "`(`"),
        ("derive a = 7% 4", "ML001", "4", "`7%` is a percentage", "space"),
        ("derive in = 3", "ML001", "in", "word of expressions", "`in`"),
        ("fliter a > 3", "ML004", "fliter", "unknown statement `fliter`", "`filter`"),
        ("expect a > 3", "ML004", "expect", "unknown statement `expect`", "`filter`"),
        ("left jion u on a", "ML001", "jion", "expected `join`", "`join`"),
        ("join u no a == u.b", "ML001", "no", "expected `on`", "`on`"),
        ("filter x betwen 1 and 2", "ML001", "betwen", "expected `between`", "`between`"),
        ("filter a and and b", "ML001", "and", "unexpected `and`", None),
        ("select a b", "ML001", "b", "expected `,`, found `b`", None),
        ("select a, , b", "ML001", ",", "unexpected `,`", None),
        ("rename a b", "ML001", "b", "expected `to`", None),
        ("group customer_id { n = count() }", "ML001", "customer_id", "expected `by`", None),
        ("sort by", "ML001", "", "expected a column name, found the end of the line", None),
        ("sample 10% 20%", "ML001", "20%", "expected an operator or the end of the line, found `20%`", None),
        ("take", "ML001", "", "expected an expression, found the end of the line", None),
        ("filter f(a", "ML002", "(", "never closed", "`)`"),
        ('filter a == "x', "ML002", '"', "string is never closed", '`"`'),
        ("filter `a > 3", "ML002", "`", "name is never closed", "backtick"),
        ("filter a > 3)", "ML001", ")", "unexpected `)`", None),
        ("filter a $ b", "ML001", "$", "unexpected character `$`", None),
        ("filter a ≥ b", "ML001", "≥", "unexpected character `≥`", "`>=`"),
        ("derive d = @2025-02-30", "ML003", "@2025-02-30", "calendar", None),
        # what other languages have
        ("derive d = 2025-02-28", "ML003", "2025-02-28", "starts with `@`", "`@2025-02-28`"),
        ("filter t > 2025-02-28T10:00Z", "ML003", "2025-02-28T10:00Z", "starts with `@`", "`@2025-02-28T10:00Z`"),
        ("filter a > 5 days", "ML001", "days", "unexpected `days`", "`5d`"),
        ("filter a <> b", "ML001", ">", "unexpected `<>`", "`!=`"),
        ("filter a === b", "ML001", "=", "unexpected `===`", "`==`"),
        ("derive a = b ^ 2", "ML001", "^", "unexpected character `^`", "`**`"),
        ("derive a = b ? 1 : 2", "ML001", "?", "unexpected `?`", "`if … then … else …`"),
        ("derive a = 1 if b else 2", "ML001", "if", "unexpected `if`", "`if … then … else …`"),
        ("derive a = case when b then 1 end", "ML001", "when", "unexpected `case`", "`if … then … else …`"),
        ("derive a = b)", "ML001", ")", "unexpected `)`", "closes nothing"),
        ("derive a = b.lower()", "ML001", "(", "`lower` is no method", "`lower(…)`"),
        ("derive { let a = b }", "ML001", "a", "unexpected `a`", "`a = …`"),
        ("filter a is not None", "ML001", "None", "unexpected `None`", "`null`"),
        ("filter a IS null", "ML001", "IS", "found `IS`", "`is`"),
        ("sort by a asc, b", "ML001", "asc", "unexpected `asc`", "upwards"),
        ("order by a", "ML004", "order", "unknown statement `order`", "`sort by`"),
        ("where a > 3", "ML004", "where", "unknown statement `where`", "`filter`"),
        ("// to do", "ML001", "//", "unexpected `//`", "`#`"),
        ("take 3; -- the first", "ML001", "-", "unexpected `--`", "`#`"),
    ],
)
def test_one_mistake_is_one_clear_message(line: str, code: str, where: str, message: str, help_: str | None) -> None:
    result = parsed(in_transform("filter before\n" + line + "\nfilter behind"))
    (found,) = result.diagnostics
    assert (found.code, found.span.text) == (code, where)
    assert message in found.message
    assert help_ is None or (found.help and help_ in found.help)
    verbs = result.module.declarations[0].verbs
    assert verbs[0].condition.parts[0].text == "before"
    assert verbs[-1].condition.parts[0].text == "behind"


@pytest.mark.parametrize(
    ("text", "code", "where", "message", "help_"),
    [
        ('sorce s = csv("a")', "ML004", "sorce", "unknown declaration `sorce`", "`source`"),
        ("frobnicate x { a: 1 }", "ML004", "frobnicate", "unknown declaration", "`source`"),
        ("filter a", "ML004", "filter", "unknown declaration `filter`", "`transform`"),
        ("source s csv()", "ML001", "csv", "expected `=`", None),
        ("source = csv()", "ML001", "=", "expected a name", None),
        ("source s = csv", "ML001", "", "expected `(`", None),
        ("source s = csv() { a int }", "ML001", "int", "expected `:`", None),
        ("source s = csv() { a: int, b: int }", "ML001", ",", "`,` only separates", "`;`"),
        ("source s = csv()\n{ a: int }", "ML001", "{", "on the line of its declaration", "line before"),
        ('source s = csv() { a: int from "A" key }', "ML001", "key", "unexpected `key`", '`key from "A"`'),
        ("source s = csv() { a: enum(x, y) }", "ML001", "x", "expected a literal, found `x`", '`"x"`'),
        ("split s = t { train: 70%, test: 30% }", "ML001", ",", "`,` only separates", "`;`"),
        ("model m = cluster t { tune: { cv: 3 } }", "ML001", "{", "a block has no `:` before it", "leave"),
        (
            "model m = cluster t { algorithm: knn { p: 3 } }",
            "ML001",
            "{",
            "an algorithm has no `:`",
            "`algorithm NAME {",
        ),
        ("model m = cluster t { algorithm knn { p: (1, 2) } }", "ML001", ",", "unexpected `,`", "`choice(a, b)`"),
        ("dataset s = csv()", "ML004", "dataset", "unknown declaration `dataset`", "`source`"),
        ("source s = csv() { : int }", "ML001", ":", "expected a column name or `}`", None),
        ("source s = csv() { a: }", "ML001", "}", "expected a type", None),
        ("split s = t { train 70% }", "ML001", "70%", "expected `:`", None),
        ("split s = t { train = 70% }", "ML001", "=", "an option is set with `:`", "`:`"),
        ("model m = predct y from d", "ML001", "predct", "expected `predict`", "`predict`"),
        ("model m = predict y d", "ML001", "d", "expected `from`", None),
        ("model m = cluster t { algoritm knn }", "ML004", "algoritm", "unknown statement", "`algorithm`"),
        ("model m = cluster t { frob { a: 1 } }", "ML004", "frob", "unknown statement `frob`", "`algorithm`"),
        ("evaluate m on d { expct a > 1 }", "ML004", "expct", "unknown statement", "`expect`"),
        ("evaluate m on d { expect a with confidence 95 }", "ML001", "95", "percentage such as `95%`", None),
        ("evaluate m on d { expect a else warn else fail }", "ML001", "else fail", "twice", None),
        ("deploy d = m to endpoint", "ML001", "", "expected `(`", None),
        ("deploy d = m { a: 1 }", "ML001", "{", "expected `to`", None),
        ("monitor w = d { on breech { retrain } }", "ML001", "breech", "expected `breach`", "`breach`"),
        ("import shared", "ML001", "shared", "text in double quotes", None),
        ("param a = 3", "ML001", "=", "`:`", None),
        ("pipeline p {\n  a: 1\n", "ML002", "{", "never closed", "`}`"),
        ("pipeline p { a: 1 } }", "ML001", "}", "found `}`", None),
        ('pipeline p { a: """x }', "ML002", '"""', "never closed", None),
    ],
)
def test_mistakes_in_declarations(text: str, code: str, where: str, message: str, help_: str | None) -> None:
    result = parsed(text + "\nparam last: int\n" if '"""' not in text else text)
    (found,) = result.diagnostics
    assert (found.code, found.span.text) == (code, where)
    assert message in found.message
    assert help_ is None or (found.help and help_ in found.help)
    assert '"""' in text or result.module.declarations[-1] == parsed("param last: int").module.declarations[0]


def test_a_missing_operand_is_missed_at_the_end_of_its_line() -> None:
    (found,) = parsed("transform t = s {\n  filter a > # why\n}\n").diagnostics
    assert (found.span.location, found.message) == ("test.ml:2:13", "expected an expression behind `>`")
    assert problems("param x: int =\n") == [("ML001", 1, 15)]


def test_certain_mends_make_the_text_right() -> None:
    text = in_transform("fliter a = 3 && b\nderive c == 'x'\nselect a b\nfilter d in (1") + "sorce s = csv()\n"
    found = parsed(text).diagnostics
    assert len(found) == 8
    for diagnostic in sorted(found, key=lambda d: -d.span.start):
        if diagnostic.edit is not None:
            span = diagnostic.edit.span
            text = text[: span.start] + diagnostic.edit.replacement + text[span.end :]
    assert "filter a == 3" in text
    assert 'derive c = "x"' in text
    assert "select a, b" in text.replace(",b", ", b").replace(" ,", ",")
    assert "source s = csv()" in text


def test_what_was_surely_meant_stays_in_the_tree() -> None:
    good = parsed(in_transform("filter a == 3") + 'source s = csv("x")').module
    bad = parsed(in_transform("fliter a = 3") + 'sorce s = csv("x")').module
    assert bad.declarations == good.declarations
    assert bad.unread == frozenset()


def test_what_was_not_understood_is_left_out_and_its_words_are_known() -> None:
    module = parsed(in_transform("derive lost = a b +\nfilter kept")).module
    assert len(module.declarations[0].verbs) <= 1
    assert "lost" in module.unread
    assert [gap.text.split()[0] for gap in module.gaps][:1] == ["derive"]
    skipped = parsed("frobnicate gone { also: 1 }\nparam kept: int").module
    assert [d.name.text for d in skipped.declarations] == ["kept"]
    assert {"gone", "also"} <= skipped.unread
    assert [gap.text for gap in skipped.gaps] == ["frobnicate gone { also: 1 }"]


def test_a_block_that_is_never_closed_ends_where_the_indentation_says() -> None:
    text = "transform t = s {\n  group by a {\n    n = count()\n  filter n > 1\n}\nparam x: int\n"
    result = parsed(text)
    assert problems(text) == [("ML002", 2, 14)]
    assert [type(v).__name__ for v in result.module.declarations[0].verbs] == ["GroupBy", "Filter"]
    assert isinstance(result.module.declarations[1], tree.Param)


def test_a_declaration_after_an_unclosed_block_is_read() -> None:
    text = "check a {\n  expect x\n\ncheck b {\n  expect y\n}\n"
    assert problems(text) == [("ML002", 1, 9)]
    assert len(parsed(text).module.declarations) == 2


def test_a_missing_opening_brace_is_found() -> None:
    text = "check a\n  expect x\n  expect y\n}\n\ncheck b {\n  expect z\n}\n"
    assert problems(text) == [("ML001", 1, 8)]
    assert [len(d.expectations) for d in parsed(text).module.declarations] == [2, 1]


def test_several_mistakes_are_all_reported() -> None:
    text = """pipeline p {
  owner "me"
  seed = 3
}
sorce s = csv("a") {
  id strin
  b: @x
}
transform t = s {
  filter a >
}
check t { expect a, b }
param x int = 3
"""
    lines = [line for _, line, _ in problems(text)]
    assert lines == [2, 3, 5, 6, 7, 10, 12, 13]


def test_a_nul_byte_has_its_place() -> None:
    assert problems("pipeline p\nparam a\0: int") == [("ML001", 2, 8)]


def test_messages_use_no_terminal_names() -> None:
    seen = [d.message + (d.help or "") for _, result in mutants(Random(5), 200) for d in result.diagnostics]
    shouting = [
        text
        for text in seen
        if re.search(
            r"\b(?!ML|UTF)[A-Z]{3,}\b|_END|\$END", text.replace("SLACK_WEBHOOK", "").replace("WAREHOUSE_URL", "")
        )
    ]
    assert len(seen) > 100
    assert shouting == []


# --- how many diagnostics a mistake gives ----------------------------------------------------------------------------


def tokens(text: str) -> list[Token]:
    raw = Lexer(load_table()).tokens(Context(SourceFile("a.ml", text)))
    return [token for token in raw if token.type not in ("NEWLINE", "COMMENT")]


def damage(text: str, token: Token, random: Random) -> str:
    """Drop, double or misspell one token."""
    word = token.text
    at = random.randrange(max(len(word) - 1, 1))
    ways = ["", f"{word} {word}"]
    if word.isidentifier() and len(word) > 2 and word[at] != word[at + 1]:
        ways.append(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    return text[: token.start] + random.choice(ways) + text[token.end :]


def mutants(random: Random, count: int) -> list[tuple[str, object]]:
    found = []
    every = tokens(LANGUAGE)
    while len(found) < count:
        text = damage(LANGUAGE, random.choice(every), random)
        result = parsed(text)
        if result.diagnostics:
            found.append((text, result))
    return found


def test_a_wrong_token_gives_about_one_diagnostic() -> None:
    counts = [len(result.diagnostics) for _, result in mutants(Random(1), 400)]
    assert sum(counts) / len(counts) <= 1.05
    assert max(counts) <= 4


def test_ten_wrong_tokens_give_about_ten_diagnostics() -> None:
    random = Random(2)
    expected = got = 0
    for _ in range(15):
        text = LANGUAGE
        starts = [token.start for token in tokens(LANGUAGE) if token.type not in ("LBRACE", "RBRACE", "LPAR", "RPAR")]
        for start in sorted(random.sample(starts, 10), reverse=True):
            token = next(t for t in tokens(LANGUAGE) if t.start == start)
            damaged = damage(text, token, random)
            if parsed(damage(LANGUAGE, token, Random(start))).diagnostics:
                expected += 1
            text = damaged
        got += len(parsed(text).diagnostics)
    assert 0.6 * expected <= got <= 1.3 * expected


# --- limits ----------------------------------------------------------------------------------------------------------

N = 10_000


@pytest.mark.parametrize(
    "value",
    [
        "(" * N + "1" + ")" * N,
        "(" * N,
        "f(" * N + "1" + ")" * N,
        "-" * N + "1",
        "1 " + "+ 1 " * N,
        "2 " + "** 2 " * N,
        "not " * N + "a",
        "if a then b else " * N + "c",
        "a and " * N + "b",
        "a ?? " * N + "b",
    ],
)
def test_nesting_too_deep_is_one_message(value: str) -> None:
    text = in_transform(f"derive x = {value}\nfilter behind")
    result = parsed(text)
    (found,) = result.diagnostics
    assert found.code == "ML001"
    assert "nested too deeply (more than 100 levels)" in found.message
    assert result.module.declarations[0].verbs[-1].condition.parts[0].text == "behind"


@pytest.mark.parametrize(
    "value", ["(" * 100 + "1" + ")" * 100, "-" * 99 + "1", "a + " * 99 + "b", "f(" * 99 + "1" + ")" * 99]
)
def test_a_hundred_levels_are_fine(value: str) -> None:
    result = parsed(f"transform t = s {{ derive x = {value} }}" if value[0] != "(" else f"param p: int = {value}")
    assert result.diagnostics == ()
    assert result.module == parsed(result.module.file.text).module
    assert repr(result.module)


def test_blocks_nested_too_deeply() -> None:
    result = parsed("pipeline p " + "{ a " * N + "}" * N)
    assert 1 <= len(result.diagnostics) <= 3
    assert any("nested too deeply" in d.message for d in result.diagnostics)


@pytest.mark.parametrize(
    "text",
    [
        "foo bar baz\n" * 50_000,
        "{" * 50_000,
        "}" * 50_000,
        ")" * 50_000,
        '" ' * 50_000,
        "` \n" * 50_000,
        "é $ \n" * 50_000,
    ],
)
def test_what_is_no_program_is_answered(text: str) -> None:
    result = parsed(text)
    assert 1 <= len(result.diagnostics) <= 110


def test_long_lines_are_no_trouble() -> None:
    assert parsed(in_transform("filter x in (" + "1, " * 50_000 + "1)")).diagnostics == ()
    assert len(parsed(in_transform("derive x = " + "a " * 100_000)).diagnostics) == 1
