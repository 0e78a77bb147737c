"""Did you mean."""

from __future__ import annotations

import copy

import pytest

from mldsl.diagnostics.suggest import Hint, did_you_mean, did_you_mean_string, suggest


@pytest.mark.parametrize(
    ("typed", "known", "expected"),
    [
        ("tenur", ["tenure", "total"], "tenure"),
        ("tneure", ["tenure", "total"], "tenure"),
        ("teh", ["the", "ten"], "the"),
        ("Monthly", ["monthly", "yearly"], "monthly"),
        ("customer-id", ["customer_id"], "customer_id"),
        ("sorce", ["source", "split"], "source"),
        ("logistic", ["logistic_regression", "lasso"], "logistic_regression"),
        ("auc", ["roc_auc", "recall"], "roc_auc"),
        ("gradeint_bosting", ["gradient_boosting"], "gradient_boosting"),
        ("zebra", ["tenure", "total"], None),
        ("plan", ["pass", "clip"], None),
        ("a", ["b"], None),
        ("x", [], None),
    ],
)
def test_suggests_the_nearest_name_or_none(typed: str, known: list[str], expected: str | None) -> None:
    assert suggest(typed, known) == expected


def test_the_nearer_of_two_wins() -> None:
    assert suggest("rocauc", ["roc_auc_ovr", "roc_auc"]) == "roc_auc"


def test_help_line() -> None:
    assert did_you_mean("medin", ["mean", "median"]) == "did you mean `median`?"
    assert did_you_mean("zzz", ["mean"]) is None


@pytest.mark.parametrize(
    ("typed", "known", "certain"),
    [
        ("tenur", ["tenure", "total"], True),
        ("Tenure", ["tenure", "tenures"], True),
        ("gradeint_bosting", ["gradient_boosting", "lasso"], True),
        ("tenre", ["tenure", "tenrue"], False),
        ("hgt", ["height"], False),
        ("total_2", ["total_1"], False),
        ("ax", ["ab"], False),
        ("tabel", ["table"], True),
        ("logistic", ["logistic_regression"], False),
    ],
)
def test_a_hint_is_certain_where_nothing_else_can_be_meant(typed: str, known: list[str], certain: bool) -> None:
    found = did_you_mean(typed, known)
    assert isinstance(found, Hint) == certain
    if isinstance(found, Hint):
        copied = copy.deepcopy(found)
        assert (copied, copied.wrong, copied.right) == (f"did you mean `{known[0]}`?", typed, known[0])


def test_a_hint_for_a_string_keeps_its_quotes() -> None:
    found = did_you_mean_string("basci", ["basic", "pro"])
    assert isinstance(found, Hint) and (found.wrong, found.right) == ('"basci"', '"basic"')
    assert not isinstance(did_you_mean_string('a"sci', ['a"sic']), Hint)
    assert did_you_mean_string("x", ["basic"]) is None
