"""`mldsl diff`: what changed in meaning, from files and from git."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from mldsl.cli.main import main
from tests.support.cli import ROOT

CHURN = (ROOT / "examples" / "churn" / "churn.ml").read_text()
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples" / "churn", tmp_path / "churn", ignore=shutil.ignore_patterns(".mldsl"))
    monkeypatch.chdir(tmp_path / "churn")


def edited(*edits: tuple[str, str], text: str = CHURN) -> str:
    """The example with some texts replaced, each of which stands in it once."""
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    Path("new.ml").write_text(text)
    return "new.ml"


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main(["diff", *words]) == status
    found = capsys.readouterr()
    assert "Traceback" not in found.err
    return found.out, found.err


def git(*words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


def committed() -> None:
    git("init", "-q", ".")
    git("add", "-f", "-A")
    git("commit", "-q", "-m", "first")


def test_what_all_steps_ask_for_is_said_once_and_what_one_asks_for_at_its_step(capsys) -> None:
    new = edited(
        (
            "  resources churn_model {\n    cpu: 4\n",
            '  resources churn { node_selector: "pool=ml"; tolerations: "spot=:NoExecute"\n'
            '    volumes: "shared:/data:ro" }\n'
            '  resources churn_model {\n    cpu: 8\n    gpu: 2\n    accelerator: "amd.com/gpu"\n'
            '    node_selector: "pool=gpu"\n',
        ),
    )
    out, err = said(capsys, "churn.ml", new, "--profile", "prod")
    assert err == ""
    assert out.splitlines() == [
        "~ pipeline",
        "    + node label pool: ml",
        "    + tolerates spot=:NoExecute",
        "    + volume /data: shared read only",
        "~ model churn_model",
        "    ~ cpu: 4 → 8",
        "    + gpu: 2",
        "    + accelerator: amd.com/gpu",
        "    + node label pool: gpu",
    ]
    assert said(capsys, "churn.ml", new)[0] == ""  # without the profile


def test_what_changed_step_by_step(capsys) -> None:
    new = edited(
        ("total:      float? ", "total:      float "),
        ("expect unique(id)", "expect unique(id)\n  expect senior or tenure > 1 else warn"),
        ("per_month  = total / tenure", "per_month  = total / (tenure + 1)"),
        ("train: 70%", "train: 80%"),
        ("test: 30%", "test: 20%"),
        ("max_iter: 80", "max_iter: 100"),
        ("roc_auc >= 0.80 with", "roc_auc >= 0.82 with"),
        ('schedule: cron("0 5 * * *", timezone: "Europe/Berlin")', "every: 6h"),
    )
    out, err = said(capsys, "churn.ml", new)
    assert err == ""
    assert out.splitlines() == [
        "~ source customers",
        '    ~ column total: float? from "total_charges" → float from "total_charges"',
        "~ check customers",
        "    + expect senior or tenure > 1 else warn",
        "~ transform features",
        "    ~ column total: float? → float",
        "    ~ derive per_month = total / tenure → derive per_month = total / (tenure + 1)",
        "~ split data",
        "    ~ train: 70% → 80%",
        "    ~ test: 30% → 20%",
        "~ model churn_model",
        "    ~ feature total: float? → float",
        "    ~ gradient_boosting max_iter: 80 → 100",
        "~ evaluate churn_model on data.test",
        "    ~ expect roc_auc >= 0.8 with confidence 95% → expect roc_auc >= 0.82 with confidence 95%",
        "~ deploy nightly",
        '    ~ schedule: cron("0 5 * * *", timezone: "Europe/Berlin") → 6h',
        "will rerun",
        "    source customers",
        "    check customers",
        "    check addons",
        "    transform features",
        "    split data",
        "    model churn_model",
        "    evaluate churn_model on data.test",
        "in production",
        "    deploy nightly: changed, its model is trained anew",
        "    monitor churn_watch: what it watches changes",
    ]


def test_layout_comments_docs_and_order_change_nothing(capsys) -> None:
    moved = CHURN.replace("pipeline churn {", "# hello\npipeline churn {").replace("  expect unique(id)\n", "")
    moved = moved.replace("check customers {", "check customers {\n  expect unique(  id  )  # once")
    first, *others = moved.split("\n## One row a customer.\n")
    sources, rest = others[0].split("\ncheck customers", 1)
    Path("new.ml").write_text(f"{first}\n\ncheck customers{rest}\n\n## Moved.\n{sources}\n")
    assert said(capsys, "churn.ml", "new.ml") == ("", "no difference in meaning\n")
    out, _ = said(capsys, "churn.ml", "new.ml", "--json")
    expected = {"version": 1, "same": True, "pipeline": [], "steps": [], "reruns": [], "production": []}
    assert json.loads(out) == expected


def test_a_parameter_reruns_what_uses_it_and_what_follows(capsys) -> None:
    out, _ = said(capsys, "churn.ml", edited(("new_months: int = 6", "new_months: int = 3")), "--json")
    found = json.loads(out)
    assert found["pipeline"] == [
        {"part": "option", "name": "param new_months", "before": "int = 6", "after": "int = 3"}
    ]
    assert found["steps"] == []
    names = ["features", "data", "churn_model", "churn_model on data.test"]
    assert [item["name"] for item in found["reruns"]] == names
    assert found["production"][0] == {
        "kind": "deploy",
        "name": "nightly",
        "state": None,
        "why": "its model is trained anew",
    }


def test_steps_that_came_and_went_and_a_policy(capsys) -> None:
    start = CHURN.index("monitor churn_watch")
    end = CHURN.index("\n}\n", start) + 3
    text = CHURN[:start] + "transform seniors = customers { filter senior }\n" + CHURN[end:]
    new = edited(("champion.roc_auc - 0.01", "champion.roc_auc"), text=text)
    out, _ = said(capsys, "churn.ml", new)
    assert "+ transform seniors\n" in out and "- monitor churn_watch\n" in out
    assert "    ~ require roc_auc >= champion.roc_auc - 0.01 → require roc_auc >= champion.roc_auc\n" in out
    assert out.split("will rerun\n")[1].splitlines() == [
        "    transform seniors",
        "in production",
        "    deploy nightly: changed",
        "    monitor churn_watch: removed",
    ]


def test_under_a_profile(capsys) -> None:
    _, err = said(capsys, "churn.ml", "churn.ml", "--profile", "prod")
    assert err.endswith("no difference in meaning\n")
    assert "no profile" in said(capsys, "churn.ml", "churn.ml", "--profile", "pord", status=2)[1]


@needs_git
def test_revisions_of_git(capsys, monkeypatch) -> None:
    committed()
    Path("churn.ml").write_text(CHURN.replace("max_iter: 80", "max_iter: 90"))
    out, _ = said(capsys, "HEAD:churn.ml", "churn.ml")
    assert "    ~ gradient_boosting max_iter: 80 → 90\n" in out
    git("commit", "-q", "-a", "-m", "second")
    assert "max_iter: 90 → 80" in said(capsys, "HEAD:churn.ml", "HEAD~1:churn.ml")[0]
    monkeypatch.chdir("..")
    assert "max_iter: 80 → 90" in said(capsys, "HEAD~1:churn/churn.ml", "churn/churn.ml")[0]


@needs_git
def test_an_import_is_that_of_the_revision(capsys) -> None:
    split = "split data = features {\n  train: 70%\n  test: 30%\n  stratify: churned\n}\n"
    Path("churn.ml").write_text(edited((split, 'import "split.ml"\n')) and Path("new.ml").read_text())
    Path("split.ml").write_text(split)
    committed()
    Path("split.ml").write_text(split.replace("70%", "60%").replace("30%", "40%"))
    out, _ = said(capsys, "HEAD:churn.ml", "churn.ml")
    assert "    ~ train: 70% → 60%\n" in out


@needs_git
def test_revisions_that_are_none(capsys, monkeypatch) -> None:
    assert "is in no git repository" in said(capsys, "HEAD:churn.ml", "churn.ml", status=2)[1]
    committed()
    assert "git knows no revision `nowhere`" in said(capsys, "nowhere:churn.ml", "churn.ml", status=2)[1]
    assert "no file `none.ml` in the revision" in said(capsys, "HEAD:none.ml", "churn.ml", status=2)[1]
    assert "write `FILE` or `REVISION:FILE`" in said(capsys, ":churn.ml", "churn.ml", status=2)[1]
    monkeypatch.setenv("PATH", "")
    assert "git, which is not installed" in said(capsys, "HEAD:churn.ml", "churn.ml", status=2)[1]


def test_a_version_with_errors_is_named(capsys) -> None:
    new = edited(("train: 70%", "train: 71%"))
    _, err = said(capsys, "churn.ml", new, status=1)
    assert err.startswith("`new.ml` has errors:\n") and "1 error" in err
