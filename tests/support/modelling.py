"""Programs with a model in them, given as text: what the tests of models and of what judges them share."""

from __future__ import annotations

from mldsl.analysis.program import ModelDecl, Program
from tests.support.checking import analyze_text

PRELUDE = """\
pipeline test
param floor: float = 0.7
source people = csv("people.csv") {
  id: string key
  plan: enum("basic", "pro", "team")
  sex: enum("f", "m") sensitive
  age: int
  height: float
  weight: float?
  active: bool?
  born: date
  seen: datetime?
  note: text
  code: string
  face: vector(3)
  look: vector(3)?
  photo: image
  spent: duration
  won: bool
  lost: bool?
  grade: enum("no", "yes")
  rank: enum("a", "b", "c")
  city: string
  price: float
  odd: bool
}
split data = people {
  train: 70%
  test: 30%
}
"""

FEATURES = {
    "binary": "features: plan, age, height",
    "multiclass": "features: plan, age, height",
    "regression": "features: plan, age, height",
    "cluster": "features: plan, age, height",
    "anomaly": "features: plan, age, height",
}
GOALS = {
    "binary": "predict won from data",
    "multiclass": "predict rank from data",
    "regression": "predict price from data",
    "cluster": "cluster data",
    "anomaly": "detect anomalies in data",
}


def model(body: str = "", task: str = "binary", rest: str = "") -> str:
    """A program whose model `m` does `task` on a few columns and has `body`; `rest` follows it."""
    return f"{PRELUDE}model m = {GOALS[task]} {{\n{FEATURES[task]}\n{body}\n}}\n{rest}"


def declared(text: str) -> str:
    """A program with these declarations beside the tables."""
    return PRELUDE + text


def program_of(text: str) -> Program:
    """The typed program, which must have no errors."""
    analysis = analyze_text(text)
    assert analysis.program is not None, [(item.code, item.message) for item in analysis.diagnostics]
    return analysis.program


def model_of(text: str, name: str = "m") -> ModelDecl:
    """The typed model of a program without errors."""
    return program_of(text).models[name]
