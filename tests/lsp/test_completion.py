"""Completion: what may stand at a place, also where the file is broken there."""

from __future__ import annotations

import pytest

from mldsl.lsp.completion import complete
from tests.support.editor import MARK, SHOP, offered, opened, typed

LAST = "derive double = `per month` * 2"


def test_a_declaration_at_the_start_of_a_line():
    found = offered(SHOP + MARK)
    assert found[:4] == ["pipeline", "import", "param", "source"]
    assert "monitor" in found


def test_a_verb_at_the_start_of_a_line_in_a_transform():
    found = offered(typed(LAST, f"\n  {MARK}"))
    assert {"filter", "left join", "group by", "predict with"} <= set(found)
    assert "train" not in found


def test_columns_as_they_are_at_that_verb():
    found = offered(typed(LAST, f"\n  filter {MARK}"))
    assert {"id", "plan", "per month", "double", "total"} <= set(found)
    assert "rate" not in found
    assert "amount" not in found
    earlier = offered(SHOP.replace("  filter plan", f"  filter {MARK}\n  filter plan"))
    assert "tenure" in earlier
    assert "rate" not in earlier


def test_columns_come_with_types_and_parameters_and_functions_follow():
    space, document = opened(typed(LAST, "\n  derive x = round("))
    items = complete(space, document, document.file.text.index("round(") + 6).items
    by_name = {item.label: item for item in items}
    assert by_name["monthly"].detail == "float?"
    assert by_name["id"].detail == "string key"
    assert by_name["per month"].text_edit.new_text == "`per month`"
    assert by_name["days"].detail == "parameter, int"
    assert by_name["lower"].detail == "lower(s)"
    assert items[0].label == "id"


@pytest.mark.parametrize(
    "text",
    ["\n  filter plan == │", "\n  filter plan != │", "\n  filter plan in (│", '\n  filter plan not in ("basic", │'],
)
def test_values_of_an_enum_in_a_comparison(text):
    assert offered(typed(LAST, text))[:3] == ['"basic"', '"größer"', '"team 🚀"']


def test_values_of_an_enum_inside_quotes():
    assert offered(typed(LAST, '\n  filter plan == "│')) == ["basic", "größer", "team 🚀"]
    assert offered(typed(LAST, '\n  filter plan == "gr│"')) == ["basic", "größer", "team 🚀"]


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        (LAST, "\n  join │", ["customers", "orders", "spend"]),
        (LAST, "\n  join orders on id == │", ["orders.customer", "orders.amount"]),
        (LAST, "\n  join orders on id == orders.│", ["customer", "amount"]),
        (LAST, "\n  predict with │", ["churn"]),
        ("split data = features", "\nsplit other = │", ["customers", "orders", "spend"]),
        ("evaluate churn on data.test { expect roc_auc >= 0.6; report: ", "│", ["pr_curve"]),
        ("evaluate churn on data.test { ", "expect │;", ["accuracy", "balanced_accuracy"]),
        ("max_depth: 4", "; loss: │", ['"log_loss"', "choice"]),
        ("tenure: scale(", "│", ["standard", "minmax"]),
        ("require evaluation", "\n  require champion.│", ["accuracy"]),
        ("check orders { ", "expect customer references │;", ["customers.id"]),
        ("param days: int = 30", "\nparam more: │", ["bool", "int", "float"]),
        ("id: string key", "\n  born: │", ["bool", "int"]),
        ("train: 70%; ", "stratify: │;", ["id", "plan"]),
        ("columns: id, ", "│", ["id", "churned_predicted", "churned_probability"]),
    ],
)
def test_what_a_place_takes(before, text, expected):
    assert set(expected) <= set(offered(typed(before, text)))


def test_no_table_is_offered_to_itself():
    found = offered(typed(LAST, "\n  join │"))
    assert not {"features", "data.train", "data.test"} & set(found)


def test_columns_of_both_sides_come_first():
    assert offered(typed(LAST, "\n  join customers on │"))[0] == "id"
    found = offered(typed(LAST, "\n  derive customer = id\n  left join spend on │"))
    assert set(found[:3]) == {"customer", "total", "orders"}


def test_columns_that_an_option_can_go_by():
    assert offered(typed("train: 70%; ", "time: │;"))[:2] == ["tenure", "monthly"]
    assert "plan" not in offered(typed("train: 70%; ", "time: │;"))


def test_metrics_fit_the_task():
    found = offered(typed("evaluate churn on data.test { ", "expect │;"))
    assert "roc_auc" in found
    assert "rmse" not in found


def test_algorithms_fit_the_task_and_parameters_are_those_of_the_class():
    found = offered(typed("algorithm gradient_boosting { max_depth: 4 }", "\n  algorithm │"))
    assert "logistic_regression" in found
    assert "kmeans" not in found
    parameters = offered(typed("max_depth: 4", "; │"))
    assert "learning_rate" in parameters
    assert "max_depth" not in parameters
    assert "random_state" not in parameters


def test_options_that_are_there_are_not_offered_again():
    found = offered(SHOP.replace("{ train: 70%; test: 30% }", f"{{\n  train: 70%\n  test: 30%\n  {MARK}\n}}"))
    assert "stratify" in found
    assert "train" not in found


def test_a_block_that_is_not_closed_at_the_end_of_the_file():
    found = offered(
        'source a = csv("a.csv") {\n  x: int\n  y: float\n}\ntransform t = a {\n  derive z = x + 1\n  filter │'
    )
    assert {"x", "y", "z"} <= set(found)


def test_a_bracket_that_is_not_closed_in_the_middle_of_the_file():
    assert "double" in offered(typed(LAST, "\n  filter (round(│"))


def test_nothing_in_a_comment_or_a_plain_string():
    assert offered(typed("# 🚀 nur ", "│")) == []
    assert offered(SHOP.replace('"customers.csv"', '"cust│omers.csv"')) == []


def test_tables_in_the_text_of_sql():
    assert "customers" in offered(SHOP + '\ntransform s = sql("select * from {│')


def test_the_edit_replaces_what_is_typed_and_counts_two_units_for_a_rocket():
    text = typed(LAST, '\n  filter plan == "team 🚀" and ten│')
    space, document = opened(text.replace(MARK, ""))
    items = complete(space, document, text.index(MARK)).items
    edit = next(item for item in items if item.label == "tenure").text_edit
    line = document.lines.line(edit.range.start.line)
    assert edit.range.start.character == line.index("ten", 20) + 1
    assert edit.range.end.character == edit.range.start.character + 3


@pytest.mark.parametrize("end", range(0, len(SHOP), 17))
def test_no_place_is_too_broken(end):
    space, document = opened(SHOP[:end])
    assert complete(space, document, end).is_incomplete is False


def test_resources_of_all_steps_and_what_they_are():
    start = SHOP + "profile cluster {\n  resources "
    assert {"shop", "churn", "nightly"} == set(offered(start + MARK))
    inside = start + "shop {\n    "
    assert {"cpu", "accelerator", "node_selector", "tolerations", "volumes"} <= set(offered(inside + MARK))
    assert offered(f"{inside}accelerator: {MARK}")[0] == '"nvidia.com/gpu"'
    assert offered(f"{inside}volumes: {MARK}") == ['"claim:/path"']
    assert "resources" in offered(f"pipeline p {{\n  {MARK}\n}}\n")
