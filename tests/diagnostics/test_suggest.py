"""Did you mean."""

from __future__ import annotations

import pytest

from mldsl.diagnostics.suggest import did_you_mean, suggest


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
