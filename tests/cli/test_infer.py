"""`mldsl infer`: what it prints is a declaration that fits the data."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from mldsl.analysis.analyze import check
from mldsl.cli.main import main
from tests.support.cli import ROOT

ODD = ["id", "Monthly Charges", "in", "2nd", "a b", "a-b", 'say "hi"\n', "größe", "---", "text"]


def printed(capsys: pytest.CaptureFixture[str], *paths: str | Path, status: int = 0) -> str:
    capsys.readouterr()
    assert main(["infer", *map(str, paths)]) == status
    return capsys.readouterr().out


def test_a_csv_file(capsys, monkeypatch) -> None:
    monkeypatch.chdir(ROOT / "examples" / "penguins")
    assert printed(capsys, "data/penguins.csv").splitlines()[:4] == [
        'source penguins = csv("data/penguins.csv") {',
        "  species:           string",
        "  island:            string",
        "  bill_length_mm:    float?",
    ]


def test_a_parquet_file(capsys) -> None:
    out = printed(capsys, ROOT / "examples" / "churn" / "data" / "addons.parquet")
    assert "  customer: int\n" in out and "  addon:    string\n" in out and "= parquet(" in out


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
