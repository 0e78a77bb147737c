"""`mldsl graph`, `compile` and `targets`."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from mldsl.cli.main import main
from tests.support.shop import write_shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


def printed(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    capsys.readouterr()
    assert main(list(map(str, words))) == 0
    return capsys.readouterr().out


def test_the_graph_has_every_step_in_every_format(capsys, shop: Path) -> None:
    for form in ("text", "mermaid", "dot", "svg", "json"):
        drawn = printed(capsys, "graph", shop, "--format", form)
        assert "orders" in drawn and "big" in drawn
        assert drawn.endswith("\n") and not drawn.endswith("\n\n")
    assert printed(capsys, "graph", shop).startswith("shop: ")
    assert json.loads(printed(capsys, "graph", shop, "--json"))
    assert ET.fromstring(printed(capsys, "graph", shop, "--format", "svg")).tag.endswith("svg")
    assert printed(capsys, "graph", shop, "--format", "dot").startswith("digraph")


def test_an_unknown_format_is_wrong_usage(capsys, shop: Path) -> None:
    assert main(["graph", str(shop), "--format", "png"]) == 2
    assert "svg" in capsys.readouterr().err


def test_compile_writes_the_plan_for_the_local_backend(capsys, shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert main(["compile", str(shop), "--target", "local", "-o", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert str(folder / "plan.json") in err
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["name"] == "shop"
    assert main(["compile", str(shop), "--target", "local"]) == 0
    assert json.loads((shop.parent / "build" / "local" / "plan.json").read_text()) == plan


def test_compile_under_a_profile(capsys, shop: Path, tmp_path: Path) -> None:
    assert main(["compile", str(shop), "--target", "local", "--profile", "strict", "-o", str(tmp_path)]) == 0
    assert json.loads((tmp_path / "plan.json").read_text())["profile"] == "strict"


@pytest.mark.parametrize(("target", "says"), [("sagemaker", "there is no backend"), ("loacl", "did you mean `local`?")])
def test_a_target_that_is_not_there_is_wrong_usage(capsys, shop: Path, target: str, says: str) -> None:
    assert main(["compile", str(shop), "--target", target]) == 2
    out, err = capsys.readouterr()
    assert (out, says in err) == ("", True)


def test_compile_needs_a_target_and_a_place_it_can_write_to(capsys, shop: Path) -> None:
    assert main(["compile", str(shop)]) == 2
    assert "--target" in capsys.readouterr().err
    assert main(["compile", str(shop), "--target", "local", "-o", str(shop)]) == 4
    assert "Traceback" not in capsys.readouterr().err


def test_targets_says_what_each_can_do(capsys) -> None:
    rows = [line.split() for line in printed(capsys, "targets").splitlines()]
    assert rows[0] == ["airflow", "kubeflow", "local"]
    assert ["monitor", "yes", "yes", "yes"] in rows and ["`tracking`", "no", "no", "yes"] in rows
    *_, local = json.loads(printed(capsys, "targets", "--json"))["targets"]
    assert local["name"] == "local"
    assert "model" in local["steps"] and "deploy" in local["steps"]
