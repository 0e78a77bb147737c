"""One mistake gives one diagnostic: slips of a letter all over whole programs, and errors of syntax among others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.diagnostics.codes import CODES
from tests.support.checking import HYGIENE, analyze_text, check_text
from tests.support.modelling import PRELUDE

LANGUAGE = (Path(__file__).parents[1] / "syntax" / "programs" / "language.ml").read_text(encoding="utf-8")
EVERYTHING = f"""{PRELUDE.replace("test: 30%", "test: 30%; budget: 2")}
param wanted: enum("basic", "pro") = "basic"
transform picked = people {{
  filter age > 3 and plan == wanted and not odd
  derive {{ a = age // 2; b = if won then height else null }}
  rename a to half
  semi join people on id
}}
transform counted = picked {{
  group by plan {{ n = count(); oldest = max(age) }}
  sort by n desc
  take 3
}}
check counted {{ expect n > 0 else warn }}
model one = predict rank from data {{
  features: numeric, plan
  prepare {{ numeric: impute(median) | scale(standard); plan: encode(onehot) }}
  algorithm svm {{ C: 0.1..1.0 log; kernel: choice("rbf", "linear") }}
  algorithm random_forest {{ max_depth: 3 }}
  tune {{ maximize: accuracy; trials: 3; cv: 4; timeout: 10m; sampler: grid }}
  class_weight: balanced
  resources {{ cpu: 2; memory: 1Gi }}
}}
model two = detect anomalies in data {{ features: age; algorithm isolation_forest }}
evaluate one on data.test {{ expect accuracy >= floor for each plan; report: confusion_matrix }}
evaluate two on data.test {{ against: odd; expect f1 > 0.1 with confidence 90% }}
deploy nightly = one to batch(people) {{
  require evaluation
  write: csv("x.csv"); columns: id, rank_predicted; every: 1d
}}
deploy answers = one to endpoint("x") {{
  require evaluation
  require approval("x")
  rollout {{ 10% for 1h; 100% }}
  rollback when error_rate > 1%
  replicas: 1..3
}}
monitor watch = nightly {{
  every: 1d
  labels: people
  expect drift(all except (age), method: ks) < 0.2
  expect accuracy over 30d > 0.1
  on breach {{ retrain; notify("x") }}
}}
profile prod {{ engine: duckdb; param wanted = "pro"; resources one {{ gpu: 1 }} }}
"""
TOKENS = re.compile(r'"""[\s\S]*?"""|"[^"\n]*"|#[^\n]*|@[\w:-]+|\w+%?|\s+|.')
WORD = re.compile(r'"""[\s\S]*?"""|"[^"\n]*"|#[^\n]*|[A-Za-z_]\w*')


@pytest.mark.parametrize("text", [LANGUAGE, EVERYTHING])
def test_a_slip_of_one_letter_is_one_diagnostic(text):
    """Where a declared name is changed, each of its uses is unknown; nothing else is said."""
    before = {(item.code, item.span.text) for item in check_text(text)}
    assert {code for code, _ in before} <= HYGIENE
    for found in WORD.finditer(text):
        word = found.group()
        if word[0] in '"#':
            continue
        changed = f"{text[: found.end()]}q{text[found.end() :]}"
        new = [item for item in check_text(changed) if (item.code, item.span.text) not in before]
        if len(new) > 1:
            assert {(item.code in ("ML101", "ML201"), item.span.text) for item in new} == {(True, word)}, changed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # what a syntax error hides is not unknown
        ("transform t = people { derive half = age / / 2; filter half > 3 }", ["ML001"]),
        ("transform t = people {\nderive half = age / / 2\nfilter half > 3\n}", ["ML001"]),
        ('source = csv("x.csv") { a: int }\nparam p int = 3\ntransform t = people { filter age > p }', ["ML001"] * 2),
        ("split parts = { train: 70% }\nmodel m = predict won from parts { features: age }", ["ML001"]),
        # on its line nothing else is said, on others it is
        ("transform t = people { filter agee > 1q }", ["ML003"]),
        ("transform t = people {\nfilter age > 1q\nfilter agee > 1\n}", ["ML003", "ML201"]),
        ("split s = people { train: 70 %; test: 30% }", ["ML001"]),
        ("model m = predict won from data { tune { timeout: 10q; maximize: f1 } }", ["ML003"]),
        # a mistyped option is not missing as well
        ("split s = people { trian: 70%; test: 30% }", ["ML106"]),
        ("split s = people { train: 70%; tset: 30% }\ncheck s.test { expect rows() > 0 }", ["ML106"]),
        (
            "model m = predict won from data { featuers: numeric\n"
            "algorithm knn\nalgorithm svm\ntune { maximise: f1 } }",
            ["ML106", "ML106"],
        ),
        # a mistake in a model is one, wherever the model is used
        (
            "model m = predict won from data { features: agee, height\n prepare { age: pass } }\n"
            "evaluate m on data.test { expect f1 > 0.1 }\ntransform t = people { predict with m }",
            ["ML201"],
        ),
        (
            "model m = predict wonn from data { features: age }\n"
            'deploy d = m to endpoint("x") { require f1 > 0.1 }\nmonitor w = d { expect f1 over 3d > 0.1 }',
            ["ML201"],
        ),
    ],
)
def test_what_follows_from_a_mistake_is_silent(text, expected):
    found = [item.code for item in check_text(f"{PRELUDE}{text}\n") if item.code not in HYGIENE]
    assert found == expected


def test_several_mistakes_are_told_in_one_go_in_the_order_of_the_file():
    text = f"""{PRELUDE}transform t = people {{ filter agee > 3 }}
check t {{ expect foo(age) > 1 }}
model m = predict won from data {{ features: age; algorithm forest }}
evaluate m on data.test {{ expect rmse > 1 }}
transform u = t {{
"""
    found = [item.code for item in check_text(text) if item.code not in HYGIENE]
    assert found == ["ML201", "ML203", "ML401", "ML405", "ML002"]


PIECES = [TOKENS.findall(text) for text in (LANGUAGE, EVERYTHING)]
WORDS = sorted({piece for pieces in PIECES for piece in pieces if piece.strip()})
CHANGE = st.tuples(st.sampled_from(["cut", "put", "swap"]), st.integers(0, 10**6), st.sampled_from(WORDS))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PIECES), st.lists(CHANGE, min_size=1, max_size=4))
def test_no_program_is_too_odd(pieces, changes):
    pieces = list(pieces)
    for kind, place, word in changes:
        place %= len(pieces)
        match kind:
            case "cut":
                del pieces[place : place + 1 + len(word) % 7]
            case "put":
                pieces.insert(place, word)
            case "swap":
                pieces[place] = word
    analysis = analyze_text("".join(pieces))
    for item in analysis.diagnostics:
        assert item.code in CODES and item.message
        assert 0 <= item.span.start <= item.span.end <= len(item.span.file.text)
    errors = [item for item in analysis.diagnostics if item.severity.value == "error"]
    assert (analysis.program is None) == bool(errors)
