"""The inner folds of a model follow the split that its rows come from, through transforms."""

from __future__ import annotations

from pathlib import Path

import pytest

import mldsl
from mldsl.plan.nodes import Folds, ModelBody

PROGRAM = """\
pipeline p
source visits = csv("visits.csv") {{
  id: int key
  day: date time
  house: string
  area: string
  size: float
  sold: bool
}}
split data = visits {{ {split} train: 80%; test: 20% }}
{transforms}
model m = predict sold from {table} {{ features: size }}
"""


def folds(folder: Path, split: str, table: str, transforms: str = "") -> Folds:
    path = folder / "p.ml"
    path.write_text(PROGRAM.format(split=split, table=table, transforms=transforms))
    (folder / "visits.csv").write_text("id,day,house,area,size,sold\n1,2020-01-01,a,b,1.5,true\n")
    loaded = mldsl.load(path)
    assert loaded.ok, [item.message for item in loaded.diagnostics]
    body = loaded.plan().step("model:m").body
    assert isinstance(body, ModelBody)
    return body.folds


KINDS = {
    "stratify: sold;": Folds(stratify="sold"),
    "stratify: area; random: true;": Folds(stratify="area"),
    "time: day;": Folds(time="day"),
    "group: house;": Folds(group="house"),
}


@pytest.mark.parametrize("split", KINDS)
def test_of_a_transform_as_of_the_part(tmp_path: Path, split: str) -> None:
    big = "transform big = data.train { filter size > 1; derive twice = size * 2 }"
    assert folds(tmp_path, split, "data") == KINDS[split]
    assert folds(tmp_path, split, "big", big) == KINDS[split]


def test_a_column_is_known_under_its_new_name(tmp_path: Path) -> None:
    renamed = "transform big = data.train { rename house to home }\ntransform bigger = big { filter size > 2 }"
    assert folds(tmp_path, "group: house;", "bigger", renamed) == Folds(group="home")


@pytest.mark.parametrize(("split", "column"), [("time: day;", "day"), ("group: house;", "house")])
def test_what_a_transform_drops_or_makes_anew_is_lost(tmp_path: Path, split: str, column: str) -> None:
    lost = Folds(lost=(f"data.{column}",))
    assert folds(tmp_path, split, "big", f"transform big = data.train {{ drop {column} }}") == lost


def test_what_only_stratifies_may_go(tmp_path: Path) -> None:
    assert folds(tmp_path, "stratify: area;", "big", "transform big = data.train { drop area }") == Folds()


def test_a_table_that_no_split_divides_has_random_folds(tmp_path: Path) -> None:
    whole = "transform big = visits { filter size > 1 }"
    assert folds(tmp_path, "time: day;", "big", whole) == Folds()
