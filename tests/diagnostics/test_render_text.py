"""What people see of a diagnostic: the snippet, the carets, alignment, and what keeps a terminal safe."""

from __future__ import annotations

from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.diagnostics.render.cells import width
from mldsl.diagnostics.render.text import PLAIN, Style, render_one, render_text, summary
from mldsl.source import SourceFile, Span

CHURN = SourceFile(
    "churn.ml", "\n" * 30 + "  churned: bool\n" + "\n" * 16 + "  derive churn_flag = churned and tenure > 3\n"
)


def at(file: SourceFile, text: str) -> Span:
    start = file.text.index(text)
    return Span(file, start, start + len(text))


def unknown(span: Span, *labels: Label, help: str | None = None) -> Diagnostic:
    return Diagnostic("ML201", "no column is called so", span, "here", labels, help)


def rows(diagnostic: Diagnostic, style: Style = PLAIN) -> list[str]:
    return render_one(diagnostic, style).split("\n")


def below(diagnostic: Diagnostic, line: str, style: Style = PLAIN) -> str:
    """The row under the source line that ends with `line`."""
    shown = rows(diagnostic, style)
    return shown[next(i for i, row in enumerate(shown) if row.endswith(line)) + 1]


def test_the_example_of_the_reference() -> None:
    diagnostic = Diagnostic(
        "ML301",
        "`churn_flag` is computed from the target `churned`",
        at(CHURN, "churn_flag"),
        "becomes a feature of `churn_model`",
        (Label(at(CHURN, "churned"), "the target of `churn_model`"),),
        "drop it before the split, or exclude it: `features: all except (churn_flag)`",
    )
    assert render_one(diagnostic).split("\n") == [
        "error[ML301]: `churn_flag` is computed from the target `churned`",
        "  ┌─ churn.ml:48:10",
        "  │",
        "31│   churned: bool",
        "  │   ------- the target of `churn_model`",
        "  ·",
        "48│   derive churn_flag = churned and tenure > 3",
        "  │          ^^^^^^^^^^ becomes a feature of `churn_model`",
        "  │",
        "  = help: drop it before the split, or exclude it: `features: all except (churn_flag)`",
    ]


def test_lines_that_follow_each_other_have_no_gap_and_one_line_may_have_several_marks() -> None:
    file = SourceFile("a.ml", "first line\nsecond line\n")
    shown = rows(unknown(at(file, "second"), Label(at(file, "first"), "one"), Label(Span(file, 18, 22), "two")))
    assert shown[3:] == [
        "1│ first line",
        " │ ----- one",
        "2│ second line",
        " │ ^^^^^^ here",
        " │        ---- two",
        " │",
    ]


def test_a_place_without_a_text_stands_in_the_row_of_the_first() -> None:
    file = SourceFile("a.ml", "train: 70%; test: 20%\n")
    shown = rows(unknown(at(file, "20%"), Label(at(file, "70%"), "")))
    assert shown[4:] == [" │        ---        ^^^ here", " │"]
    behind = rows(unknown(at(file, "70%"), Label(at(file, "20%"), "")))
    assert behind[4:6] == [" │        ^^^ here", " │                   ---"]


def test_carets_stand_under_the_word_behind_tabs_wide_and_combining_characters() -> None:
    for before in ("\t", "  \t", "日本語 ", "e\u0301 ", "🙂 ", "ﬁ½ "):
        file = SourceFile("a.ml", f"{before}word = 1\n")
        diagnostic = unknown(at(file, "word"))
        source = next(row for row in rows(diagnostic) if "word = 1" in row)
        carets = below(diagnostic, "word = 1")
        assert width(source[: source.index("word")]) == carets.index("^"), before
        assert "\t" not in source
        assert carets.count("^") == 4


def test_carets_are_as_wide_as_wide_characters() -> None:
    file = SourceFile("a.ml", "x = 日本 + 1\n")
    assert below(unknown(at(file, "日本")), "+ 1") == " │     ^^^^ here"


def test_columns_count_characters_whatever_their_width() -> None:
    file = SourceFile("a.ml", "\t日本 word\n")
    assert rows(unknown(at(file, "word")))[1] == " ┌─ a.ml:1:5"


def test_a_span_of_several_lines_shows_its_first_and_its_last() -> None:
    file = SourceFile("a.ml", "x = {\n  a\n  b\n  c }\n")
    assert rows(unknown(at(file, "{\n  a\n  b\n  c }")))[2:] == [
        " │",
        "1│ x = {",
        " │     ^",
        " ·",
        "4│   c }",
        " │   ^^^ here",
        " │",
    ]


def test_a_span_up_to_the_next_line_stays_on_its_own() -> None:
    file = SourceFile("a.ml", "abc\ndef\n")
    assert rows(unknown(Span(file, 0, 4)))[3:] == ["1│ abc", " │ ^^^ here", " │"]


def test_an_empty_span_and_the_end_of_the_file_get_one_caret() -> None:
    file = SourceFile("a.ml", "abc")
    assert rows(unknown(Span(file, 1, 1)))[4] == " │  ^ here"
    assert rows(unknown(Span(file, 3, 3)))[4] == " │    ^ here"
    assert rows(unknown(Span(SourceFile("empty.ml", ""), 0, 0)))[3:5] == ["1│", " │ ^ here"]


def test_windows_line_ends_leave_no_trace() -> None:
    file = SourceFile("a.ml", "one\r\ntwo three\r\n")
    assert rows(unknown(at(file, "three")))[3:5] == ["2│ two three", " │     ^^^^^ here"]
    assert "\r" not in render_one(unknown(Span(file, 0, len(file.text))))


def test_long_lines_are_cut_around_the_span() -> None:
    file = SourceFile("a.ml", "x + " * 100 + "target" + " + y" * 100 + "\n")
    shown = rows(unknown(at(file, "target")), Style(columns=80))
    source, carets = shown[3], shown[4]
    assert source.startswith("1│ …") and source.endswith("…")
    assert len(source) == 3 + 80
    assert source[carets.index("^") :].startswith("target ")
    assert carets.endswith("^^^^^^ here")


def test_a_long_line_starts_at_its_beginning_when_the_span_does() -> None:
    file = SourceFile("a.ml", "target" + " + y" * 100 + "\n")
    shown = rows(unknown(at(file, "target")), Style(columns=40))
    assert shown[3] == "1│ target + y + y + y + y + y + y + y + y …"


def test_a_cut_line_is_shown_again_for_a_place_that_the_cut_hides() -> None:
    file = SourceFile("a.ml", "first" + " + y" * 100 + " + last\n")
    shown = rows(unknown(at(file, "first"), Label(at(file, "last"), "and here")), Style(columns=40))
    assert [row.split("│")[0] for row in shown[3:7]] == ["1", " ", "1", " "]
    assert shown[5][shown[6].index("-") :] == "last"


def test_a_span_longer_than_a_row_is_underlined_to_the_cut() -> None:
    file = SourceFile("a.ml", "x" * 500)
    assert below(unknown(Span(file, 0, 500)), "…", Style(columns=40)) == " │ " + "^" * 40 + " here"


def test_wide_characters_at_the_cut_keep_the_carets_in_place() -> None:
    for shift in ("", "x"):
        file = SourceFile("a.ml", shift + "語" * 100 + " word " + "語" * 100)
        shown = rows(unknown(at(file, "word")), Style(columns=60))
        assert width(shown[3][: shown[3].index("word")]) == shown[4].index("^")
        assert width(shown[3]) == 3 + 60


def test_labels_in_other_files_get_a_snippet_of_their_own() -> None:
    other = SourceFile("shared/sources.ml", "\n" * 119 + "source orders = csv()\n")
    shown = rows(unknown(at(CHURN, "churn_flag"), Label(at(other, "orders"), "declared here")))
    assert shown[1] == "   ┌─ churn.ml:48:10"
    assert shown[6] == "   ┌─ shared/sources.ml:120:8"
    assert shown[8:10] == ["120│ source orders = csv()", "   │        ------ declared here"]


def test_no_control_character_reaches_the_terminal() -> None:
    evil = "a\x1b[31m\x00\x07\u202e"
    file = SourceFile(f"{evil}.ml", f"x = {evil} word\n")
    diagnostic = Diagnostic("ML201", f"no {evil}\ncolumn", at(file, "word"), evil, (), evil)
    text = render_one(diagnostic)
    assert not set(text) & set("\x1b\x00\x07\u202e")
    assert "no a␛[31m␀␇" in text
    assert text.split("\n")[0].endswith("␊column")


def test_help_of_several_lines_is_aligned() -> None:
    assert rows(unknown(at(CHURN, "churned"), help="write\n  a = b"))[-2:] == ["  = help: write", "            a = b"]


def test_colours_only_when_asked_for_and_never_in_the_way() -> None:
    diagnostic = unknown(at(CHURN, "churn_flag"), Label(at(CHURN, "churned"), "target"), help="so")
    plain, coloured = render_one(diagnostic), render_one(diagnostic, Style(color=True))
    assert "\x1b" not in plain
    assert coloured.startswith("\x1b[1;31merror[ML201]\x1b[0m: ")
    stripped = "".join(part.partition("m")[2] if i else part for i, part in enumerate(coloured.split("\x1b[")))
    assert stripped == plain


def test_many_diagnostics_follow_each_other_with_a_blank_line() -> None:
    diagnostics = [unknown(at(CHURN, "churned"))] * 3
    assert render_text(diagnostics).count("error[ML201]") == 3
    assert render_text(diagnostics).endswith("│\n\n")
    assert render_text([]) == ""


def test_the_summary_counts() -> None:
    error, warning = unknown(at(CHURN, "churned")), Diagnostic("ML109", "unused", at(CHURN, "churned"))
    assert summary([error, warning, error]) == "2 errors, 1 warning"
    assert summary([warning, warning]) == "2 warnings"
    assert summary([error]) == "1 error"
    assert summary([]) == ""
