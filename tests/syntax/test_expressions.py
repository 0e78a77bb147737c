"""Precedence, grouping and the shape of expressions, as in section 4 of the language's description."""

from __future__ import annotations

import pytest

from tests.support.syntax import expression, option, parsed, shape, verbs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a or b and c", "(a or (b and c))"),
        ("a or b or c", "((a or b) or c)"),
        ("not a and b", "((not a) and b)"),
        ("not a == b", "(not (a == b))"),
        ("not not a", "(not (not a))"),
        ("a == b ?? c", "(a == (b ?? c))"),
        ("a ?? b ?? c", "((a ?? b) ?? c)"),
        ("a ?? b + c", "(a ?? (b + c))"),
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a * b // c % d / e", "((((a * b) // c) % d) / e)"),
        ("-a * b", "((- a) * b)"),
        ("a - -b", "(a - (- b))"),
        ("a*-b", "(a * (- b))"),
        ("-2 ** 2", "(- (2 ** 2))"),
        ("2 ** 3 ** 2", "(2 ** (3 ** 2))"),
        ("2 ** -1", "(2 ** (- 1))"),
        ("(a or b) and c", "((a or b) and c)"),
        ("if a or b then c else d ?? e", "(if (a or b) then c else (d ?? e))"),
        ("if a then b else if c then d else e", "(if a then b else (if c then d else e))"),
        ("(if a then b else c) + 1", "((if a then b else c) + 1)"),
        ("x between a + 1 and b and c", "((x between (a + 1) and b) and c)"),
        ("x not in (1, 2) or y in (z)", "((x not in [1, 2]) or (y in [z]))"),
        ("x is null and y is not null", "((x is null) and (y is not null))"),
        ("x references t.id", "(x references t.id)"),
        ("a < b == true", None),
        ("a.b.c + 1", "(a.b.c + 1)"),
        ("f(x, option: y + 1)", "f(x, option: (y + 1))"),
        ("f()", "f()"),
        ("f(g(h(1)))", "f(g(h(1)))"),
        ("roc_auc over 30d >= 0.75", "((roc_auc over 30 days, 0:00:00) >= 0.75)"),
        ("sum(x) over () ?? 0", "(sum(x) over [[] [] None] ?? 0)"),
        (
            "lag(x, 1) over (partition by a, b order by t desc, u rows 3) + 1",
            "(lag(x, 1) over [['a', 'b'] ['t desc', 'u'] 3] + 1)",
        ),
    ],
)
def test_operators_bind_as_the_table_says(text: str, expected: str | None) -> None:
    if expected is None:
        assert [d.code for d in parsed("transform t = s { filter " + text + " }").diagnostics] == ["ML001"]
    else:
        assert shape(expression(text)) == expected


def test_an_operator_knows_its_own_place() -> None:
    condition = expression("a   >=  b")
    assert condition.op_span.text == ">="
    assert condition.span.text == "a   >=  b"


def test_brackets_leave_no_trace_in_the_tree() -> None:
    assert expression("((a)) + (b)") == expression("a + b")


def test_a_window_wants_a_call() -> None:
    (found,) = parsed("transform t = s { derive a = x over (order by t) }").diagnostics
    assert (found.code, found.span.text) == ("ML001", "x")
    assert "call" in found.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 2..8", ["2..8"]),
        ("a: 0.01..0.3 log", ["0.01..0.3 log"]),
        ("a: -1..1", ["(- 1)..1"]),
        ("a: low + 1..high", ["(low + 1)..high"]),
        ("a: 10%..20%", ["0.1..0.2"]),
        ('a: choice("x", "y")', ["choice('x', 'y')"]),
        ("a: b, c, 3", ["b", "c", "3"]),
        ("features: all except (a, `b c`), numeric, text, x", ["<all - a b c>", "<numeric>", "<text>", "x"]),
        ("features: `all`", ["all"]),
        ("columns: temporal except (t)", ["<temporal - t>"]),
        ("stratify: text", ["text"]),
        ("a: log", ["log"]),
        ("a: log(x)", ["log(x)"]),
        ("a: 1..log log", ["1..log log"]),
    ],
)
def test_values_of_options(text: str, expected: list[str]) -> None:
    assert [shape(value) for value in option(text).values] == expected


def test_selectors_stand_only_where_columns_are_listed() -> None:
    assert shape(expression("length(text) > 3")) == "(length(text) > 3)"
    assert shape(expression("drift(text) > 3")) == "(drift(<text>) > 3)"
    assert shape(expression("drift(all except (a), method: text) > 3")) == "(drift(<all - a>, method: text) > 3)"
    (select,) = verbs("select id, text, `text`, all except (id)")
    assert [shape(column) for column in select.columns] == ["id", "<text>", "text", "<all - id>"]


def test_except_follows_a_group() -> None:
    (found,) = parsed("transform t = s { select foo except (a) }").diagnostics
    assert (found.code, found.span.text) == ("ML001", "foo")
