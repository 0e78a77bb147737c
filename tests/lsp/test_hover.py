"""Hover: columns with type, roles and where they come from; declarations; what the catalog knows."""

from __future__ import annotations

import pytest

from mldsl.lsp.hover import hover
from tests.support.editor import SHOP, looked_at, offset_of


def shown(line: str, word: str, text: str = SHOP) -> str:
    snapshot, document = looked_at(text)
    found = hover(snapshot, document, offset_of(document, line, word) + 1)
    return found.contents.value if found is not None else ""


def test_a_column_has_its_type_its_roles_and_where_it_comes_from():
    text = shown("left join spend on id == ", "id")
    assert "id: string key" in text
    assert "identifies a row" in text
    assert "line 9" in text
    assert "id: string key\n```" in text


def test_a_column_that_the_data_calls_otherwise():
    text = shown("rate = (monthly", "monthly")
    assert "monthly: float?" in text
    assert '"Monthly Charges"' in text


def test_a_computed_column_has_the_type_it_has_there():
    assert "total: float?" in shown("total = total ?? 0.0", "total ??")
    assert "per month: float" in shown("derive double = `per month`", "`per month`")


def test_a_declaration_has_its_documentation_and_its_columns():
    text = shown("check customers", "customers")
    assert "Eine Zeile je Kundin – 🛒." in text
    assert 'plan: enum("basic", "größer", "team 🚀")' in text
    assert "param days: int = 30" in shown("tenure > days", "days")
    assert "Binary of `churned` by `gradient_boosting`" in shown("evaluate churn on", "churn")


@pytest.mark.parametrize(
    ("line", "word", "expected"),
    [
        ("algorithm gradient_boosting", "gradient_boosting", "HistGradientBoostingClassifier"),
        ("algorithm gradient_boosting", "gradient_boosting", "`learning_rate`: a number"),
        ("max_depth: 4", "max_depth", "must be an int >= 1 or null"),
        ("expect roc_auc", "roc_auc", "From 0 to 1; greater is better"),
        ("total = sum(amount)", "sum", "sum(x)"),
        ("tenure: scale(standard)", "scale", "common scale"),
        ("tenure: scale(standard)", "standard", "**standard**: "),
        ("report: roc_curve", "report", "drawings"),
        ("train: 70%", "train", "share of rows that models are fitted on"),
        ("id: string key", "key", "identifies a row"),
        ("monthly: float?", "float?", "64 bits"),
    ],
)
def test_words_of_the_catalog(line, word, expected):
    assert expected in shown(line, word)


def test_arguments_of_a_step_are_explained():
    text = SHOP.replace(
        "tenure: scale(standard)", "plan: encode(target) | tfidf(ngrams: 2); monthly: impute(constant(0.0))"
    )
    snapshot, document = looked_at(text)
    for line, word, expected in (
        ("encode(target", "target", "**target**: "),
        ("ngrams: 2", "ngrams", "**ngrams**: "),
        ("constant(0.0)", "constant", "**constant**: "),
    ):
        found = hover(snapshot, document, offset_of(document, line, word))
        assert found is not None and expected in found.contents.value, word


def test_nothing_to_say_of_a_sign_or_a_string():
    assert shown("seed: 1 }", "1") == ""
    assert shown('csv("customers.csv")', '"customers') == ""


def test_the_range_is_right_behind_characters_of_two_units():
    snapshot, document = looked_at(SHOP.replace("filter plan", 'filter plan != "🚀🚀" and plan'))
    at = document.file.text.index("tenure > days")
    found = hover(snapshot, document, at)
    line = document.lines.line(found.range.start.line)
    assert found.range.start.character == line.index("tenure") + 2
