"""Rename: everything that has to change does, and what cannot be proved is refused."""

from __future__ import annotations

import pytest

from mldsl.errors import UsageError
from mldsl.lsp.rename import prepare, rename
from mldsl.lsp.workspace import Workspace
from tests.support.editor import SHOP, applied, offset_of, opened, uri

SQL = """
transform s = sql(\"\"\"select c.tenure, plan as p from {customers} c\"\"\")
transform u = s { filter tenure > 1 }
"""
PROFILE = """
profile prod {
  param days = 3
  source customers = json("c.json") {
    id: string key
    plan: enum("basic", "größer", "team 🚀")
    tenure: int
    monthly: float?
    churned: bool
  }
}
"""


def renamed(line: str, word: str, new: str, text: str = SHOP) -> str:
    space, document = opened(text)
    edit = rename(space, document, offset_of(document, line, word), new)
    assert edit is not None
    return applied(space, edit)["shop.ml"]


def test_a_column_of_a_source_keeps_its_name_in_the_data():
    text = renamed("tenure: int", "tenure", "months")
    assert 'months: int from "tenure"' in text
    assert "expect months >= 0" in text
    assert "or months > days" in text
    assert "(months + 1)" in text
    assert "months: scale(standard)" in text
    assert text.count("tenure") == 1


def test_a_column_that_has_a_name_in_the_data_already():
    text = renamed("rate = (monthly", "monthly", "fee")
    assert 'fee: float? from "Monthly Charges"' in text
    assert "rate = (fee ?? 0.0)" in text


def test_a_target_takes_its_predictions_along():
    text = renamed("predict churned", "churned", "left_us")
    assert "columns: id, left_us_probability" in text
    assert 'left_us: bool from "churned"' in text


def test_a_column_that_is_replaced_is_the_same_all_along():
    text = renamed("total = sum(amount)", "total", "spent")
    assert "spent = sum(amount)" in text
    assert "spent = spent ?? 0.0" in text


def test_a_renamed_column_has_a_name_of_its_own():
    text = renamed("rename rate to", "rate", "speed")
    assert "rename speed to `per month`" in text
    text = renamed("rename rate to `per month`", "`per month`", "monthly_rate")
    assert "rename rate to monthly_rate" in text
    assert "derive double = monthly_rate * 2" in text


def test_a_name_that_is_no_word_gets_backticks():
    assert 'filter plan == "größer" or `wie lang` > days' in renamed("tenure: int", "tenure", "wie lang")
    assert "`over` = sum(amount)" in renamed("total = sum", "total", "over")


def test_declarations_of_every_kind():
    assert "left join paid on id == paid.customer" in renamed("transform spend", "spend", "paid")
    assert "tenure > limit" in renamed("param days", "days", "limit")
    text = renamed("split data", "data", "parts")
    assert "from parts {" in text
    assert "evaluate churn on parts.test" in text
    assert "references clients.id" in renamed("source customers", "customers", "clients")


def test_sql_is_followed():
    text = SHOP + SQL
    after = renamed("tenure: int", "tenure", "months", text)
    assert "select c.months, plan as p from {customers} c" in after
    assert "filter months > 1" in after
    assert "from {clients} c" in renamed("source customers", "customers", "clients", text)


def test_profiles_are_followed():
    text = SHOP + PROFILE
    after = renamed("param days: int", "days", "limit", text)
    assert "param limit = 3" in after
    after = renamed("tenure: int\n  monthly", "tenure", "months", text)
    assert after.count('months: int from "tenure"') == 2


def test_a_union_calls_its_columns_alike():
    sources = "".join(f'source {name} = csv("{name}.csv") {{ x: int }}\n' for name in "ab")
    text = f"pipeline p\n{sources}transform t = a {{ union b }}\n"
    after = renamed('a.csv") { x', "x", "y", text)
    assert after.count('y: int from "x"') == 2


def test_through_imports_from_either_end(tmp_path):
    shared = 'source a = csv("a.csv") {\n  x: int\n}\n'
    main = 'import "shared.ml"\npipeline p\ntransform t = a { filter x > 1 }\n'
    (tmp_path / "shared.ml").write_text(shared)
    (tmp_path / "main.ml").write_text(main)
    for name, text in (("shared.ml", shared), ("main.ml", main)):
        space = Workspace(folders=[str(tmp_path)])
        document = space.open((tmp_path / name).as_uri(), text)
        edit = rename(space, document, text.index("x: int" if name == "shared.ml" else "x > 1"), "größe")
        after = applied(space, edit)
        assert 'größe: int from "x"' in after["shared.ml"]
        assert "filter größe > 1" in after["main.ml"]


@pytest.mark.parametrize(
    ("line", "word", "new", "why"),
    [
        ("tenure: int", "tenure", "monthly", "twice"),
        ("derive double", "double", "tenure", "another column"),
        ("param days", "days", "tenure", "never used"),
        ("transform spend", "spend", "customers", "twice"),
        ("tenure: int", "tenure", "a`b", "cannot be a name"),
        ("columns: id, churned_probability", "churned_probability", "p", "after the model's target"),
    ],
)
def test_what_would_change_the_meaning_is_refused(line, word, new, why):
    with pytest.raises(UsageError, match=why):
        renamed(line, word, new)


def test_what_python_code_may_use_is_refused(tmp_path):
    (tmp_path / "f.py").write_text("def f(t):\n    return t\n")
    text = 'pipeline p\nsource a = csv("a.csv") { x: int }\ntransform t = python("f.py:f", a) { z: int }\n'
    space, document = opened(text, tmp_path / "p.ml")
    for word, why in (("x: int", "reaches the Python function"), ("z: int", "gets its name from the Python function")):
        with pytest.raises(UsageError, match=why):
            rename(space, document, text.index(word), "y")
        with pytest.raises(UsageError, match=why):
            prepare(space, document, text.index(word))


def test_a_program_with_syntax_errors_is_refused():
    with pytest.raises(UsageError, match="syntax errors"):
        renamed("tenure: int", "tenure", "months", SHOP + "\nsplit = =\n")


def test_the_place_and_the_name_that_an_editor_asks_for_first():
    space, document = opened()
    found = prepare(space, document, offset_of(document, "derive double = `per month`", "per"))
    assert found.placeholder == "per month"
    assert prepare(space, document, offset_of(document, "seed: 1", "1")) is None
    assert uri("shop.ml") == document.uri
