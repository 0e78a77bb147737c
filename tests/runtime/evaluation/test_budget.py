"""How many models a test part has judged: what is said of that does not depend on which evaluation comes first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mldsl

PROGRAM = """\
pipeline p {{ seed: 1 }}
source flowers = sklearn("iris")
split data = flowers {{ train: 70%; test: 30% }}
model one = predict target from data {{ algorithm logistic_regression {{ C: {c} }} }}
model other = predict target from data {{ algorithm naive_bayes }}
evaluate one on data.test {{ expect accuracy >= 50% }}
evaluate other on data.test {{ expect accuracy >= 50% }}
"""
NAMES = ["one on data.test", "other on data.test"]


def details(folder: Path, names: list[str], c: float = 1.0) -> dict[str, Any]:
    """Carry out the evaluations one after the other; what each says."""
    folder.mkdir(exist_ok=True)
    path = folder / "p.ml"
    path.write_text(PROGRAM.format(c=c))
    return {name: dict(mldsl.load(path).run(to=name).step(name).details) for name in names}


def test_what_is_found_does_not_depend_on_which_evaluation_comes_first(tmp_path: Path):
    first = details(tmp_path / "a", NAMES)
    second = details(tmp_path / "b", NAMES[::-1])
    assert first == second
    assert "findings" not in first[NAMES[0]], "the compiler has said that two models are judged"
    first = details(tmp_path / "a", NAMES, c=0.1)
    second = details(tmp_path / "b", NAMES[::-1], c=0.1)
    assert first == second
    (finding,) = first[NAMES[0]]["findings"]
    assert finding["code"] == "ML309" and "have judged 3 different models by now" in finding["message"]
    assert "findings" not in first[NAMES[1]]
