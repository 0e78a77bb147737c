"""CEL as the project reads it: the syntax of the specification, the types of `cel-go`."""

import re

import celpy
import pytest
from celpy.celparser import CELParseError
from hypothesis import given, settings
from hypothesis import strategies as st
from mldsl_kubeflow.validation.cel import Malformed, condition_problems, parse, selector_problems

PARAMETERS = {"flag": "BOOLEAN", "n": "NUMBER_INTEGER", "x": "NUMBER_DOUBLE", "s": "STRING", "l": "LIST", "m": "STRUCT"}
ARTIFACTS = frozenset({"model"})
ENVIRONMENT = celpy.Environment()


def said(text):
    return list(condition_problems(text, PARAMETERS, ARTIFACTS))


FLAG, N, X, S, L, M = (f"inputs.parameter_values['{name}']" for name in PARAMETERS)


@pytest.mark.parametrize(
    "text",
    [
        f"{FLAG} == true",
        f"{FLAG}",
        f"!({FLAG} == true) && !!{FLAG} || false",
        f"int({N}) > 3 && int({N}) % 2 == 0",
        f"double(int({N})) >= 0.5",
        f"{X} < -1.5e-3",
        f"{S} == 'it\\'s'",
        f'{S}.startsWith("a") || {S}.matches(r"\\d+")',
        f"{S} in ['a', 'b',]",
        f"size({L}) > 0 && {L}[0] == 1",
        f"{M}['a'].b == 'x' || has({M}.a)",
        f"{L}.all(item, item > 0) && {L}.exists(i, i == 'x')",
        f"parseJson({S})['a'] == 1",
        f"({FLAG} ? 1 : 2) == 1",
        "inputs.artifacts['model'].artifacts[0].metadata['roc_auc'] > 0.8",
        "inputs.parameter_values.flag == true",
        f"timestamp({S}) + duration('1h') > timestamp('2026-01-01T00:00:00Z') // a comment",
        f"{S} == null || {{'a': true}}['a']",
    ],
)
def test_the_backend_would_take_it(text):
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{S} == 1", "`==` does not take int and string together"),
        (f"{X} > 1", "`>` does not take double and int together"),
        (f"{N} + 1 == 2", f"`n` is an integer, and stored as a float: write `int({N})`"),
        (f"{FLAG} && {S}", "`&&` wants bool, and this is string"),
        (f"!{S}", "`!` wants bool, and this is string"),
        (f"-{S} == 'x'", "`-` wants a number, not string"),
        (f"{L} < {L}", "`<` does not order list"),
        (f"{FLAG} + true == true", "`+` does not take bool"),
        (f"{S} in {S}", "`in` wants a list or a map, and this is string"),
        (f"int({FLAG}) == 1", "`int` does not take bool"),
        (f"parseJson({X}) == 1", "`parseJson` takes a string, and this is double"),
        (f"{S}.startwith('a')", "the backend has no function `startwith`; did you mean `startsWith`?"),
        ("has(inputs)", "`has` asks for a field: `has(a.b)`"),
        (f"int({N}, 1) == 1", "`int` takes 1 of 2 arguments"),
        ("inputs == null", "`inputs` is no value"),
        (f"inputs.parameter_values[{S}] == true", "an input is named by a string"),
        ("inputs.artifacts['modl'] == 1", "the task is given no artifact `modl`"),
        (f"{L}['a'] == 1", "an item of a list is numbered, not called by string"),
        (f"{X}[0] == 1", "double has no items"),
        (f"{X}.a == 1", "double has no `a`"),
        (f"({FLAG} ? 1 : 'a') == 1", "`?:` does not take int and string together"),
        (f"({X} ? 1 : 2) == 1", "`?` wants bool, and this is double"),
        ("'a'", "`'a'` is string, and a condition is bool"),
        ("", "`` is not CEL: it ends too early"),
        ("'a\\q' == 'a'", "`'a\\q' == 'a'` is not CEL: `'a\\q'` has a `\\` that stands for nothing"),
        (
            "true == 'open",
            "`true == 'open` is not CEL: `'open` is unexpected; within a string a quote is written with `\\` before",
        ),
        ("(" * 200 + "true" + ")" * 200, f"`{'(' * 200}true{')' * 200}` is not CEL: it is nested too deeply"),
    ],
)
def test_the_backend_would_not(text, says):
    assert said(text) == [says]


def test_a_selector_has_the_value_under_its_types():
    assert list(selector_problems('parseJson(string_value)["a"]')) == []
    assert list(selector_problems("value")) == ["there is no `value`; did you mean `bool_value`?"]


_ATOMS = """a b inputs true false null 1 2.5 0x1F 7u 1e3 'a' "b" r'\\d' b'x' '' [] {} f()"""
_MORE = """( ) [ ] { } , . ? : + == && 'a 1 a f( .g( {'a':1} [1"""
ATOMS = st.sampled_from(_ATOMS.split())
SIGNS = st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "in"])
MORE = st.sampled_from(_MORE.split())


def _larger(inner):
    return st.one_of(
        st.tuples(inner, SIGNS, inner).map(" ".join),
        st.tuples(inner, inner, inner).map("{0[0]} ? ({0[1]}) : {0[2]}".format),
        inner.map("( {} )".format),
        inner.map("!({})".format),
        inner.map("- ({})".format),
        inner.map("({}).field".format),
        st.tuples(inner, inner).map("({0[0]})[{0[1]}]".format),
        st.tuples(inner, inner).map("({0[0]}).call({0[1]})".format),
        st.tuples(inner, inner).map("[{0[0]}, {0[1]}]".format),
        st.tuples(inner, inner).map("{{{0[0]}: {0[1]}}}".format),
    )


EXPRESSIONS = st.recursive(ATOMS, _larger, max_leaves=6)


@st.composite
def spoiled(draw):
    """An expression with something too much or too little in it; some are expressions still."""
    words = draw(EXPRESSIONS).split(" ")
    if draw(st.booleans()):
        del words[draw(st.integers(0, len(words) - 1))]
    else:
        words.insert(draw(st.integers(0, len(words))), draw(MORE))
    return " ".join(words)


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS)
def test_an_expression_is_taken_as_cel_python_takes_it(text):
    parse(text)
    ENVIRONMENT.compile(text)


@settings(max_examples=100, deadline=None)
@given(spoiled())
def test_what_cel_python_refuses_is_refused(text):
    """Not the other way round: `cel-python` takes `in` and `as` for names, `!-a`, and a map with a word after it."""
    try:
        ENVIRONMENT.compile(text)
    except CELParseError:
        if not re.search(r",\s*[\]}]", text):  # a comma at a list's end, which the specification has
            with pytest.raises(Malformed):
                parse(text)
