"""`mldsl new`: what it makes of real tables is right, laid out, and runs."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from sklearn import datasets

from mldsl.analysis.analyze import check
from mldsl.cli import new
from mldsl.cli.main import main
from tests.support.cli import ROOT

PENGUINS = ROOT / "examples" / "penguins" / "data" / "penguins.csv"
CUSTOMERS = ROOT / "examples" / "churn" / "data" / "customers.csv"
ODD = ("Sepal Length (cm)", "in", 'the "petal" length', "größe", "is it a virginica?")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sklearn_csv(name: str) -> str:
    pl.from_pandas(getattr(datasets, f"load_{name}")(as_frame=True).frame).write_csv(f"{name}.csv")
    return f"{name}.csv"


def made(data: str | Path, target: str) -> str:
    """The program that comes of the data: without a mistake or a warning, and laid out."""
    assert main(["new", "shop", "--data", str(data), "--predict", target]) == 0
    assert [item.message for item in check("shop/shop.ml").diagnostics] == []
    assert main(["fmt", "--check", "shop/shop.ml"]) == 0
    return " ".join(Path("shop/shop.ml").read_text().split())  # without what the layout aligns


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path, status: int = 2) -> str:
    """What was said; nothing was written."""
    capsys.readouterr()
    assert main(["new", "shop", *map(str, words)]) == status
    out, err = capsys.readouterr()
    assert (out, Path("shop").exists()) == ("", False)
    assert "Traceback" not in err
    return err


def test_without_data_there_is_a_small_set_and_it_runs(capsys) -> None:
    assert main(["new", "first try"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "next: `mldsl run first try/first_try.ml`" in err and "`species` (several classes)" in err
    assert Path("first try/data/penguins.csv").read_bytes() == PENGUINS.read_bytes()
    assert Path("first try/.gitignore").read_text() == ".mldsl/\n"
    assert main(["run", "first try/first_try.ml"]) == 0, capsys.readouterr().err


def test_a_number_is_predicted(capsys) -> None:
    text = made(sklearn_csv("diabetes"), "target")
    assert "algorithm ridge" in text and "stratify" not in text
    assert "expect r2 >= 0 with confidence 95%" in text
    assert main(["run", "shop/shop.ml"]) == 0, capsys.readouterr().err


def test_two_classes_with_nulls_among_them(capsys) -> None:
    """As many rows as know the answer are learned from; the file has 11 without."""
    text = made(PENGUINS, "sex")
    assert "filter sex is not null # 11 rows have none to learn from" in text
    assert 'positive: "female"' in text  # 165 of them, and 168 male
    assert "stratify: sex" in text
    assert main(["run", "shop/shop.ml"]) == 0, capsys.readouterr().err


def test_columns_that_are_no_names_and_a_target_of_noughts_and_ones(capsys) -> None:
    iris = datasets.load_iris()
    columns = dict(zip(ODD, [*iris.data.T, (iris.target == 2).astype(int)], strict=True))
    pl.DataFrame(columns).write_csv("odd data.csv", separator=";")
    text = made("odd data.csv", "is it a virginica?")
    assert 'source odd_data = csv("data/odd data.csv", delimiter: ";") {' in text
    assert 'is_it_a_virginica: bool from "is it a virginica?"' in text
    assert "predict is_it_a_virginica from data" in text
    assert "expect roc_auc >= 0.5 report" in text  # 45 test rows: too few to be sure
    assert main(["run", "shop/shop.ml"]) == 0, capsys.readouterr().err


def test_codes_of_classes_are_classes(capsys) -> None:
    text = made(sklearn_csv("wine"), "target")
    assert 'enum("0", "1", "2")' in text and "expect balanced_accuracy >= 34%" in text
    assert main(["run", "shop/shop.ml"]) == 0, capsys.readouterr().err


def test_keys_dates_texts_and_useless_columns(capsys) -> None:
    """150 flowers with columns beside them that are no plain features; from Parquet."""
    iris = datasets.load_iris()
    days = pl.date_range(pl.date(2025, 1, 1), pl.date(2025, 12, 31), eager=True)[:150]
    words = ["a flower number", "one of the flowers of garden", "yet another flower that is called"]
    pl.DataFrame(
        {
            "Flower ID": range(1000, 1150),
            "seen": days,
            "note": [f"{words[index % 3]} {index}" for index in range(150)],
            "code": [f"x{index * 7}" for index in range(150)],
            "country": ["de"] * 150,
            "width": [None if index % 10 == 0 else float(value) for index, value in enumerate(iris.data[:, 2])],
            "versicolor": [1.0 if value == 1 else -1.0 for value in iris.target],
        }
    ).write_parquet("flowers.parquet")
    text = made("flowers.parquet", "versicolor")
    assert 'flower_id: int key from "Flower ID"' in text
    assert "seen: date # write `time` behind it" in text
    assert "note: text" in text
    assert "# code is left out: 150 different values" in text and "# country is left out: one value in all rows" in text
    assert "expect unique(flower_id)" in text and "expect null_rate(width) <= 15% else warn" in text
    assert "derive versicolor = versicolor == 1.0" in text
    assert main(["run", "shop/shop.ml"]) == 0, capsys.readouterr().err


def test_several_rows_of_one_patient_stay_together() -> None:
    rows = [{"patient": f"p{index // 3}", "x": index % 7, "y": index % 11 / 2} for index in range(120)]
    pl.DataFrame(rows).write_csv("visits.csv")
    text = made("visits.csv", "y")
    assert "patient: string entity" in text and "group: patient" in text


def test_a_large_table_has_a_key_and_keeps_its_rare_classes_apart() -> None:
    text = made(CUSTOMERS, "churn")
    assert "rownames: int key" in text and "expect rows() >= 6_000" in text
    rare = pl.DataFrame({"x": range(100, 203), "y": ["a", "b"] * 50 + ["c"] * 3})
    rare.write_csv("rare.csv")
    assert main(["new", "rare", "--data", "rare.csv", "--predict", "y"]) == 0
    assert 'filter y not in ("c")' in Path("rare/rare.ml").read_text()
    assert check("rare/rare.ml").diagnostics == ()


def test_large_data_is_read_where_it_is(monkeypatch, capsys) -> None:
    monkeypatch.setattr(new, "_LARGEST_COPY", 1000)
    Path("lake").mkdir()
    Path("lake/penguins.csv").write_bytes(PENGUINS.read_bytes())
    assert 'csv("../lake/penguins.csv")' in made("lake/penguins.csv", "species")
    assert not Path("shop/data").exists()
    assert "is read where it is" in capsys.readouterr().err


def test_a_folder_that_has_something_in_it_is_left_alone(capsys) -> None:
    Path("shop").mkdir()
    Path("shop/mine.txt").write_text("mine")
    assert main(["new", "shop"]) == 2
    assert "`shop` is not empty" in capsys.readouterr().err
    assert [path.name for path in Path("shop").iterdir()] == ["mine.txt"]
    assert main(["new", "shop/mine.txt"]) == 2
    assert "is no folder" in capsys.readouterr().err
    Path("empty").mkdir()
    assert main(["new", "empty"]) == 0


def test_a_folder_that_cannot_be_made(capsys) -> None:
    Path("file").write_text("")
    assert main(["new", "file/shop"]) == 4
    assert "error: `file/shop` cannot be written: not a directory" in capsys.readouterr().err


def test_a_column_that_is_not_there(capsys) -> None:
    err = refused(capsys, "--data", PENGUINS, "--predict", "speceis")
    assert "has no column `speceis`" in err and "did you mean `species`?" in err
    assert "`species`, `island`" in refused(capsys, "--data", PENGUINS)
    assert "`--predict` needs the data" in refused(capsys, "--predict", "species")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("name", "60 different values in 60 rows: too many to be classes"),
        ("day", "`day` is a date, which no model predicts"),
        ("same", "`same` is the same in all rows"),
        ("rare", "`rare` is `true` in only 2 rows"),
        ("empty", "60 rows, 0 of them with a `empty`"),
    ],
)
def test_what_no_model_can_predict(capsys, target: str, said: str) -> None:
    pl.DataFrame(
        {
            "name": [f"n{index}" for index in range(60)],
            "day": ["2025-01-01", "2025-02-02"] * 30,
            "same": [1] * 60,
            "rare": ["no"] * 58 + ["yes"] * 2,
            "empty": [None] * 60,
        }
    ).write_csv("t.csv")
    assert said in refused(capsys, "--data", "t.csv", "--predict", target)


def test_data_that_is_none(capsys) -> None:
    Path("few.csv").write_text("x,y\n1,2\n2,3\n")
    Path("void.csv").write_text("")
    Path("bad.parquet").write_text("no")
    Path("data.xlsx").write_text("no")
    assert "2 rows: too few" in refused(capsys, "--data", "few.csv", "--predict", "y")
    assert "`no.csv`" in refused(capsys, "--data", "no.csv", "--predict", "y")
    assert "known are .csv" in refused(capsys, "--data", "data.xlsx", "--predict", "y")
    assert "error" in refused(capsys, "--data", "bad.parquet", "--predict", "y", status=4)
    assert "error" in refused(capsys, "--data", "void.csv", "--predict", "y", status=4)
