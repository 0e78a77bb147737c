"""Mends: where a diagnostic is certain of what was meant, doing it makes the program right."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mldsl.analysis.analyze import check
from mldsl.analysis.mend import mend
from mldsl.diagnostics.codes import CODES
from mldsl.diagnostics.model import Diagnostic
from mldsl.source import SourceFile
from tests.support.checking import HYGIENE, PRELUDE, check_text
from tests.support.modelling import PRELUDE as MODELS
from tests.support.mutants import examples, mutants
from tests.support.pages import read_page

MODEL = f"{MODELS}model m = predict won from data {{ features: plan, age, height\n"
TUNED = f'{MODEL}algorithm logistic_regression {{ C: 0.1..1.0 log; penalty: "l2" }}\ntune {{ maximize: f1 }} }}\n'


def errors(found: list[Diagnostic] | tuple[Diagnostic, ...]) -> list[str]:
    return [item.code for item in found if item.code not in HYGIENE]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        # names
        ("transform t = poeple { take 3 }", "transform t = people { take 3 }"),
        ("transform t = people { filter hieght > 3 }", "transform t = people { filter height > 3 }"),
        ("transform t = people { filter Height > 3 }", "transform t = people { filter height > 3 }"),
        ("transform t = people { derive x = roudn(height) }", "transform t = people { derive x = round(height) }"),
        ('transform t = people { filter plan == "basci" }', 'transform t = people { filter plan == "basic" }'),
        (
            'transform t = people { filter plan in ("pro", "tema") }',
            'transform t = people { filter plan in ("pro", "team") }',
        ),
        ('source s = csv("s.csv") { a: itn }', 'source s = csv("s.csv") { a: int }'),
        ('source s = csv("s.csv") { a: str }', 'source s = csv("s.csv") { a: string }'),
        ('source s = csv("s.csv") { a: int kye }', 'source s = csv("s.csv") { a: int key }'),
        ('source s = cvs("s.csv") { a: int }', 'source s = csv("s.csv") { a: int }'),
        ('source s = csv("s.csv", delimter: ";") { a: int }', 'source s = csv("s.csv", delimiter: ";") { a: int }'),
        ("split s = people { train: 70%; tset: 30% }", "split s = people { train: 70%; test: 30% }"),
        # null, shares, what is there twice
        ("transform t = people { filter height == null }", "transform t = people { filter height is null }"),
        ("transform t = people { filter null != height }", "transform t = people { filter height is not null }"),
        ("check people { expect null_rate(height) <= 5 }", "check people { expect null_rate(height) <= 5% }"),
        ("split s = people { train: 70%; test: 30 }", "split s = people { train: 70%; test: 30% }"),
        ("split s = people { train: 70% }", "split s = people { train: 70%; test: 30% }"),
        ("split s = people {\n  train: 70%\n}", "split s = people {\n  train: 70%\n  test: 30%\n}"),
        ("split s = people { train: 70%; test: 30%; train: 70% }", "split s = people { train: 70%; test: 30% }"),
        (
            "split s = people {\n  train: 70%\n  train: 70%\n  test: 30%\n}",
            "split s = people {\n  train: 70%\n  test: 30%\n}",
        ),
        ('source s = csv("s.csv") { a: int key key }', 'source s = csv("s.csv") { a: int key }'),
        ('source s = csv("s.csv") { a: int? key }', 'source s = csv("s.csv") { a: int key }'),
        # syntax
        ("transform t = people { fitler age > 3 }", "transform t = people { filter age > 3 }"),
        ("transform t = people { filter plan == 'pro' }", 'transform t = people { filter plan == "pro" }'),
        # several at once
        (
            'transform t = poeple { filter hieght == null and naem == "x" }',
            'transform t = people { filter height is null and name == "x" }',
        ),
    ],
)  # fmt: skip
def test_what_is_certain_is_mended(wrong: str, right: str) -> None:
    assert errors(check_text(PRELUDE + wrong))
    mended = mend(SourceFile("test.ml", PRELUDE + wrong))
    assert mended.text == PRELUDE + right
    left = errors(check_text(mended.text))
    assert not set(left) & {item.code for item in mended.done}
    assert mend(SourceFile("test.ml", mended.text)).done == ()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("features: plan", "featurs: plan"),
        ("logistic_regression", "logistic_regresion"),
        ("penalty", "penatly"),
        ('"l2"', '"l2"'),
        ("maximize: f1", "maximise: f1"),
        ("maximize: f1", "maximize: F1"),
    ],
)
def test_models_are_mended(wrong: str, right: str) -> None:
    assert mend(SourceFile("test.ml", TUNED.replace(wrong, right))).text == TUNED


@pytest.mark.parametrize(
    "text",
    [
        # two are near, or digits tell names apart, or it is too short, or far
        'source s = csv("s.csv") { cat: int; car: int }\ntransform t = s { filter cax > 1 }',
        'source s = csv("s.csv") { total_1: int }\ntransform t = s { filter total_2 > 1 }',
        'source s = csv("s.csv") { ab: int }\ntransform t = s { filter ax > 1 }',
        "transform t = people { filter hgt > 1 }",
        # which of both is meant is not known
        "split s = people { train: 70%; test: 30%; train: 60% }",
        "split s = people { train: 70%; test: 20% }",
        "split s = people { train: 70%; trian: 70%; test: 30% }",
        # the mend would make another mistake
        "transform t = people { select age, aeg }",
    ],
)
def test_what_is_not_certain_stays(text: str) -> None:
    assert errors(check_text(PRELUDE + text))
    mended = mend(SourceFile("test.ml", PRELUDE + text))
    assert (mended.text, mended.done) == (PRELUDE + text, ())


@pytest.mark.parametrize("code", CODES)
def test_mends_of_the_pages_make_nothing_worse(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = read_page(code).write(tmp_path, read_page(code).wrong)
    monkeypatch.chdir(path.parent)
    before = check(path.name).diagnostics
    mended = mend(SourceFile(path.name, path.read_text(encoding="utf-8")))
    path.write_text(mended.text, encoding="utf-8")
    after = [(item.code, item.message) for item in check(path.name).diagnostics]
    assert [item for item in after if item not in [(item.code, item.message) for item in before]] == []
    assert not {(item.code, item.message) for item in mended.done} & set(after)
    assert (mended.text != read_page(code).wrong) == bool(mended.done)


def test_mends_of_slips_in_the_examples_lead_back_to_a_right_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the slip: what was mended is gone, and there is no error that there was not before."""
    tried = 0
    for path, text in examples().items():
        monkeypatch.chdir(Path(path).parent)
        for what, changed in random.Random(5).sample(list(mutants(text, 60, seed=11)), 25):
            before = check_text(changed, path)
            mended = mend(SourceFile(path, changed))
            tried += bool(mended.done)
            after = [(item.code, item.message) for item in check_text(mended.text, path)]
            gone = {(item.code, item.message) for item in mended.done}
            assert not gone & set(after), what
            if not any(item.code.startswith("ML00") for item in mended.done):
                assert set(after) <= {(item.code, item.message) for item in before}, what
            assert mend(SourceFile(path, mended.text)).done == (), what
    assert tried >= 15
