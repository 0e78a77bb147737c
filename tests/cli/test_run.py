"""`mldsl run`, `plan`, `runs` and `show`: on a small pipeline, from outside."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from mldsl.cli.main import main
from tests.support.cli import mldsl
from tests.support.shop import ORDERS, SHOP, write_shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


def document(capsys: pytest.CaptureFixture[str], *words: str | Path, status: int = 0) -> dict:
    """The one JSON document on standard output."""
    capsys.readouterr()
    assert main([*map(str, words), "--json"]) == status
    return json.loads(capsys.readouterr().out)


def states(found: dict) -> dict[str, str]:
    return {step["id"]: step["state"] for step in found["steps"]}


def usage(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """What is said of wrong usage; nothing was run."""
    capsys.readouterr()
    assert main(list(map(str, words))) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_a_run_says_what_came_of_each_step(capsys, shop: Path) -> None:
    assert main(["run", str(shop)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    lines = [" ".join(line.split()) for line in err.splitlines()]
    assert any(line.startswith("source orders done") and line.endswith("4 rows") for line in lines)
    assert any(line.startswith("check orders done") and line.endswith("1 passed, 1 warned") for line in lines)
    assert any(line.startswith("warned amount > 0: 1 of 4 rows does not (row 4: amount -1.0") for line in lines)
    assert any(line.startswith("transform big done") and line.endswith("2 rows") for line in lines)
    assert lines[-1].startswith("run ") and " of shop done in " in lines[-1]


def test_its_json_has_what_the_reference_says(capsys, shop: Path) -> None:
    found = document(capsys, "run", shop)
    assert (found["status"], found["pipeline"]) == ("done", "shop")
    assert isinstance(found["run"], str)
    names = [(step["name"], step["kind"], step["state"]) for step in found["steps"]]
    assert names == [
        ("orders", "source", "done"),
        ("orders", "check", "done"),
        ("big", "transform", "done"),
    ]
    assert all(step["seconds"] >= 0 for step in found["steps"])
    check = found["steps"][1]["expectations"]
    assert [(item["text"], item["outcome"]) for item in check] == [("rows() >= 3", "passed"), ("amount > 0", "warned")]
    assert check[1]["failing"] == 1


def test_what_was_run_is_not_run_again_and_force_runs_it(capsys, shop: Path) -> None:
    assert set(states(document(capsys, "plan", shop)).values()) == {"to run"}
    assert set(states(document(capsys, "run", shop)).values()) == {"done"}
    assert set(states(document(capsys, "run", shop)).values()) == {"cached"}
    assert set(states(document(capsys, "plan", shop)).values()) == {"cached"}
    assert set(states(document(capsys, "run", shop, "--force")).values()) == {"done"}


def test_a_parameter_reruns_only_what_it_reaches(capsys, shop: Path) -> None:
    assert main(["run", str(shop)]) == 0
    planned = document(capsys, "plan", shop, "--set", "least=5")
    assert states(planned) == {"source:orders": "cached", "check:orders": "cached", "transform:big": "to run"}
    assert next(step for step in planned["steps"] if step["name"] == "big")["reason"]
    found = document(capsys, "run", shop, "--set", "least=5")
    assert states(found)["transform:big"] == "done"
    assert found["params"]["least"] == 5.0


def test_plan_for_people_is_a_table(capsys, shop: Path) -> None:
    assert main(["plan", str(shop)]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["KIND", "NAME", "STATE", "WHY"]
    assert [row.split()[:4] for row in rows] == [
        ["source", "orders", "to", "run"],
        ["check", "orders", "to", "run"],
        ["transform", "big", "to", "run"],
    ]


def test_a_profile_changes_the_program(capsys, shop: Path) -> None:
    found = document(capsys, "run", shop, "--profile", "strict")
    assert found["profile"] == "strict"
    big = next(step for step in found["steps"] if step["name"] == "big")
    assert big["outputs"]["table"]["rows"] == 1


def test_to_and_output_write_one_result(capsys, shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    assert main(["run", str(shop), "--to", "big", "--output", str(folder)]) == 0
    assert [path.name for path in folder.iterdir()] == ["big.parquet"]
    table = pl.read_parquet(folder / "big.parquet")
    assert table["id"].to_list() == [1, 3]
    assert table.columns == ["id", "day", "amount"]


def test_to_a_source_runs_its_checks_and_nothing_more(capsys, shop: Path) -> None:
    assert set(states(document(capsys, "run", shop, "--to", "orders"))) == {"source:orders", "check:orders"}


def test_a_dry_run_leaves_nothing_behind(capsys, shop: Path) -> None:
    found = document(capsys, "run", shop, "--dry-run", "--rows", "2")
    assert found["dry_run"] is True
    assert found["steps"][0]["outputs"]["table"]["rows"] == 2
    assert not (shop.parent / ".mldsl").exists()


# --- how a run can end -----------------------------------------------------------------------------------------------


def test_an_expectation_that_fails_is_3_and_stops_what_depends_on_it(capsys, tmp_path: Path) -> None:
    shop = write_shop(tmp_path, SHOP.replace("rows() >= 3", "rows() >= 30"))
    found = document(capsys, "run", shop, status=3)
    assert found["status"] == "failed"
    assert states(found) == {"source:orders": "done", "check:orders": "failed", "transform:big": "skipped"}
    assert main(["run", str(shop)]) == 3
    assert "did not meet its expectations" in capsys.readouterr().err


def test_data_that_does_not_fit_is_4_with_the_column_and_the_values(capsys, tmp_path: Path) -> None:
    shop = write_shop(tmp_path, orders=ORDERS.replace("2026-01-03", "soon"))
    assert main(["run", str(shop)]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert "day" in err and "soon" in err
    assert "Traceback" not in err


def test_a_program_with_errors_is_1_and_shown(capsys, tmp_path: Path) -> None:
    shop = write_shop(tmp_path, SHOP.replace("amount > 0", "amuont > 0"))
    for command in ("run", "plan", "graph"):
        assert main([command, str(shop)]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert "error[ML201]" in err and "\n1 error, 1 warning\n" in err


def test_warnings_of_the_program_are_counted(capsys, shop: Path) -> None:
    """Nothing uses `big`."""
    assert main(["run", str(shop)]) == 0
    assert f"1 warning: `mldsl check {shop}` shows what about" in capsys.readouterr().err


# --- wrong usage -----------------------------------------------------------------------------------------------------


def test_set_must_name_a_parameter_once_and_give_it_a_value_that_fits(capsys, shop: Path) -> None:
    assert "did you mean `least`?" in usage(capsys, "run", shop, "--set", "lesat=2")
    unknown = usage(capsys, "run", shop, "--set", "quantity=2")
    assert "no parameter `quantity`" in unknown and "`least`" in unknown
    assert "`least`" in usage(capsys, "run", shop, "--set", "least=many")
    assert "write `--set NAME=VALUE`" in usage(capsys, "run", shop, "--set", "least")
    assert "given twice" in usage(capsys, "run", shop, "--set", "least=1", "--set", "least=2")


def test_names_must_exist(capsys, shop: Path) -> None:
    assert "did you mean `big`?" in usage(capsys, "run", shop, "--to", "bigg")
    assert "did you mean `strict`?" in usage(capsys, "run", shop, "--profile", "stric")
    assert "there is no file" in usage(capsys, "run", shop.with_name("no.ml"))


def test_options_that_need_others(capsys, shop: Path) -> None:
    assert "`--output` needs `--to`" in usage(capsys, "run", shop, "--output", "out")
    assert "`--rows` needs `--dry-run`" in usage(capsys, "run", shop, "--rows", "5")
    assert usage(capsys, "run", shop, "--jobs", "0")
    assert usage(capsys, "run", shop, "--dry-run", "--rows", "0")
    assert usage(capsys, "run", shop, "--jobs", "many")


# --- earlier runs ----------------------------------------------------------------------------------------------------


def test_runs_and_show_look_back(capsys, shop: Path, monkeypatch) -> None:
    monkeypatch.chdir(shop.parent)
    first = document(capsys, "run", shop)
    second = document(capsys, "run", shop, "--set", "least=5")
    listed = document(capsys, "runs")["runs"]
    assert [row["run"] for row in listed] == [second["run"], first["run"]]
    assert {row["status"] for row in listed} == {"done"}
    assert document(capsys, "runs", "--limit", "1")["runs"] == listed[:1]
    assert document(capsys, "show") == second
    assert document(capsys, "show", first["run"]) == first

    assert main(["runs"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.startswith("RUN ") and rows[0].startswith(second["run"])
    assert main(["show", first["run"]]) == 0
    out = capsys.readouterr().out
    assert "least = 1.0" in out and "1 of 4 rows does not" in out


def test_no_runs_yet_and_a_run_that_there_is_not(capsys, shop: Path, monkeypatch) -> None:
    monkeypatch.chdir(shop.parent)
    assert main(["runs"]) == 0
    assert "nothing has been run here yet" in capsys.readouterr().err
    assert "nothing has been run here yet" in usage(capsys, "show")
    document(capsys, "run", shop)
    assert "there is no run `1999`" in usage(capsys, "show", "1999")


def test_json_is_alone_on_standard_output_and_people_are_told_on_standard_error(shop: Path) -> None:
    done = mldsl("run", shop, "--json")
    assert json.loads(done.stdout)["status"] == "done"
    assert "check" in done.stderr and "\x1b" not in done.stderr
