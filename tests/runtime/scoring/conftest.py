"""A program whose requests go through everything that the compiler lets an endpoint's go through."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.support.scoring import Trained, trained

PROGRAM = '''
pipeline visits { seed: 3 }

param least: int = 3

source visits = parquet("visits.parquet") {
  id:      int     key from "visit no"
  region:  string?
  plan:    enum("basic", "pro", "team")
  seen:    datetime time
  born:    date?
  score:   float?
  amount:  int
  vip:     bool?   sensitive
  outcome: int?    after
  good:    bool
}
source regions = csv("regions.csv") { name: string key; people: int; rank: float? }
source prices = csv("prices.csv") { plan: enum("basic", "pro", "team") key; since: datetime key; price: float }
source orders = parquet("orders.parquet") {
  no: int key; region: string?; plan: enum("basic", "pro", "team"); amount: int
}

transform by_region = orders { group by region { visits = count(); spent = sum(amount) } }

transform plain = visits {
  filter outcome is not null
  filter amount >= least
  rename amount to paid
  select id, region, plan, seen, born, score, paid, good
  left join by_region on region
  join regions on region == regions.name
  asof join prices on plan and seen >= prices.since
  derive {
    share = paid / spent
    age = days_between(born, date(seen))
    late = hour(seen) >= 18
    word = lower(concat(region, "-", string(plan)))
  }
  derive paid = paid * 2
}

transform doubled = python("more.py:doubled", plain, least, rowwise: true) {
  id: int key; region: string?; plan: enum("basic", "pro", "team"); paid: int; share: float?; age: int?; late: bool
  word: string?; rank: float?; price: float?; people: int; score: float?; good: bool; twice: float
}

transform asked = sql("""
  select *, coalesce(score, -1.0) + twice as sum from {doubled} where people > 10
""")

split parts = asked { train: 70%; test: 30% }

model good_one = predict good from parts {
  features: region, plan, paid, share, age, late, word, rank, price, score, sum
  algorithm random_forest { n_estimators: 20; max_depth: 5 }
}

split plain_parts = plain { train: 70%; test: 30%; random: true }
model plain_one = predict good from plain_parts {
  algorithm gradient_boosting { max_iter: 20 }
}

split order_parts = orders { train: 70%; test: 30% }
model first = predict amount from order_parts { features: plan, region; algorithm ridge }
transform with_first = plain {
  predict with first
  derive gap = paid - amount_predicted
}
split last_parts = with_first { train: 70%; test: 30%; random: true }
model last_one = predict good from last_parts {
  features: gap, amount_predicted, rank, score
  algorithm logistic_regression
}
'''

MORE = """
def doubled(table, least):
    left_out = [name for name in ("seen", "born", "spent", "visits") if name in table]
    found = table.drop(columns=left_out).copy()
    found["twice"] = found["paid"] * 2.0 + least
    return found
"""


def visits(rows: int = 600) -> pl.DataFrame:
    random = np.random.default_rng(5)
    amount = random.integers(0, 60, rows)
    plan = random.choice(["basic", "pro", "team"], rows)
    score = random.normal(0, 1, rows)
    good = amount / 30 + (plan == "team") + score + random.normal(0, 0.5, rows) > 1.2
    nobody = random.random(rows) < 0.1
    return pl.DataFrame(
        {
            "visit no": np.arange(rows),
            "region": pl.Series(random.choice(["North", "South", "East", "Nowhere"], rows).tolist()),
            "plan": pl.Series(plan.tolist()),
            "seen": pl.Series(random.integers(17_000, 19_000, rows) * 86_400_000_000 + 3_600_000_000 * 9).cast(
                pl.Datetime("us")
            ),
            "born": pl.Series(random.integers(0, 12_000, rows)).cast(pl.Date),
            "score": score,
            "amount": amount,
            "vip": random.random(rows) < 0.2,
            "outcome": pl.Series(np.where(random.random(rows) < 0.1, None, 1).tolist(), dtype=pl.Int64),
            "good": good,
        }
    ).with_columns(pl.when(~pl.Series(nobody)).then(pl.col("region", "score", "born")))


@pytest.fixture(scope="session")
def visited(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trained]:
    """The models of the program, by name."""
    folder = tmp_path_factory.mktemp("visits")
    visits().write_parquet(folder / "visits.parquet")
    orders = visits(300).select(pl.col("visit no").alias("no"), "region", "plan", "amount")
    orders.write_parquet(folder / "orders.parquet")
    (folder / "regions.csv").write_text("name,people,rank\nNorth,100,1.5\nSouth,20,\nEast,5,3\n", encoding="utf-8")
    (folder / "prices.csv").write_text(
        "plan,since,price\nbasic,2016-01-01,1.0\nbasic,2019-01-01,2.0\npro,2018-06-01T12:00:00,9.5\n", encoding="utf-8"
    )
    (folder / "more.py").write_text(MORE, encoding="utf-8")
    program = folder / "visits.ml"
    program.write_text(PROGRAM, encoding="utf-8")
    tables = ["asked", "plain", "with_first"]
    return {name: trained(program, name, *tables) for name in ("good_one", "plain_one", "last_one")}
