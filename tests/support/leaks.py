"""Programs that leak or do not: a shop's tables, and what is written behind them."""

from __future__ import annotations

from tests.support.checking import HYGIENE, check_text

SOURCES = """\
pipeline shop
param cutoff: date = @2025-01-01
source customers = csv("customers.csv") {
  id:      int     key
  city:    string
  plan:    string
  gender:  string  sensitive
  tenure:  int
  spent:   float
  refund:  float   after
  churned: bool
}
source orders = csv("orders.csv") {
  order:    int     key
  customer: int
  day:      date    time
  amount:   float
  late:     int
  returned: bool
}
source visits = csv("visits.csv") {
  visit:    int    key
  patient:  int    entity
  ward:     string
  pressure: float
  ill:      bool
}
source calls = csv("calls.csv") {
  customer: int
  minutes:  float
}
"""
# What a table of customers (or of orders) is for: a split, a model, an evaluation.
SPLIT = "split data = features { train: 70%; test: 30% }\n"
BY_TIME = "split data = features { train: 70%; test: 30%; time: day }\n"
MODEL = "model m = predict churned from data { algorithm gradient_boosting }\n"
RETURNS = "model m = predict returned from data { algorithm gradient_boosting }\n"
JUDGED = "evaluate m on data.test { expect roc_auc > 0.6 }\n"
CUSTOMERS = SPLIT + MODEL + JUDGED
ORDERS = BY_TIME + RETURNS + JUDGED


def found(rest: str, files: dict[str, str] | None = None, sources: str = SOURCES) -> list[tuple[str, str]]:
    """Code and text under the carets of all that is said of a program, hygiene left out."""
    return [(item.code, item.span.text) for item in check_text(sources + rest, files=files) if item.code not in HYGIENE]


def of_customers(verbs: str, more: str = "") -> str:
    """A program that predicts who leaves from a table made by these verbs; `more` are further tables."""
    return f"{more}transform features = customers {{\n{verbs}\n}}\n{CUSTOMERS}"


def of_orders(verbs: str, more: str = "", split: str = BY_TIME) -> str:
    """A program that predicts what comes back, split by time."""
    return f"{more}transform features = orders {{\n{verbs}\n}}\n{split}{RETURNS}{JUDGED}"
