"""What `compile`, `plan` and `check` can be told for Airflow, and what they say of an option that does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mldsl
from mldsl.cli.main import main
from mldsl.errors import UsageError
from tests.support.airflow import compiled, dag, written
from tests.support.cli import ROOT

CHURN = ROOT / "examples" / "churn" / "churn.ml"
EVERYTHING = Path(__file__).parent / "programs" / "everything.ml"


def printed(capsys: pytest.CaptureFixture[str], *words: str | Path, status: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main(list(map(str, words))) == status
    return capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--operator", "pyton"], "did you mean `python`?"),
        (["--operator", "external-python"], "write `--operator external-python PATH`"),
        (["--operator", "external-python", "-o", "dags"], "write `--operator external-python PATH`"),
        (["--operator", "kubernets", "image:1"], "did you mean `kubernetes`?"),
        (["--operator=kubernets", "image:1"], "did you mean `kubernetes`?"),
        (["--operator=external-python", "--shares", "3"], "write `--operator external-python PATH`"),
        (["--operator="], "it is python | external-python PATH | kubernetes IMAGE"),
        (["--operator", "python", "--shares", "0"], "`--shares 0` is not a number from 1 to 1024"),
        (["--shares", "1025"], "`--shares 1025` is not a number from 1 to 1024"),
        (["--granularity", "model"], "it is step | declaration | pipeline"),
        (["--namespace", "ml"], "it goes with `--operator kubernetes IMAGE`"),
        (["--granulrity", "step"], "did you mean `--granularity`?"),
        (["--folder", ""], "write `--folder PATH`"),
    ],
)
def test_an_option_that_does_not_fit_is_wrong_usage(capsys, words: list[str], says: str) -> None:
    _, err = printed(capsys, "compile", CHURN, "--target", "airflow", *words, status=2)
    assert says in err


def test_an_option_that_there_is_nothing_for_is_said_to_change_nothing(capsys, tmp_path: Path) -> None:
    nowhere = 'pipeline p { artifacts: "s3://b/p" }\nsource s = csv("s3://b/s.csv") { id: int key }\n'
    program = written(tmp_path, f"{nowhere}check s {{ expect rows() > 0 }}\n")
    words = ["compile", program, "--target", "airflow", "-o", tmp_path / "dags", "--shares", "3", "--folder", "/opt/p"]
    _, err = printed(capsys, *words)
    assert "`--shares` changes nothing: no model of `p` is tuned" in err
    assert "`--folder` changes nothing: no place in `p` is relative to the program's folder" in err
    _, err = printed(capsys, "compile", CHURN, "--target", "airflow", "-o", tmp_path / "two", *words[-4:])
    assert "changes nothing" not in err


def test_an_option_of_another_backend_is_said_to_be_its(capsys) -> None:
    _, err = printed(capsys, "compile", CHURN, "--target", "local", "--operator", "python", status=2)
    assert "the backend `local` has no option `--operator`" in err and "`--target airflow`" in err
    with pytest.raises(UsageError, match="has no option `--operator`"):
        mldsl.load(CHURN).compile("local", options={"operator": "python"})


def test_help_shows_the_options_of_a_target_or_of_all(capsys) -> None:
    whole, _ = printed(capsys, "compile", "--help")
    assert "(airflow) where a task's work is done" in " ".join(whole.split())
    assert "python | external-python PATH | kubernetes IMAGE" in whole
    airflow, _ = printed(capsys, "compile", "--target", "airflow", "--help")
    assert "--shares" in airflow and "(airflow)" not in airflow
    local, _ = printed(capsys, "compile", "--target", "local", "--help")
    assert "--shares" not in local


@pytest.mark.parametrize(
    "said",
    [
        ["--operator", "external-python", "/opt/py"],
        ["--operator=external-python", "/opt/py"],
        ["--operator", "external-python /opt/py"],
        ["--operator=external-python /opt/py"],
    ],
)
def test_a_choice_with_a_word_of_its_own_may_stand_anywhere(said: list[str], tmp_path: Path) -> None:
    words = [*said, str(CHURN), "--target", "airflow", "-o", str(tmp_path)]
    assert main(["compile", *words]) == 0
    assert 'PYTHON = "/opt/py"' in (tmp_path / "churn.py").read_text()


def test_what_only_this_machine_finds_is_told_and_nothing_is_left_out(capsys, tmp_path: Path) -> None:
    words = ["compile", CHURN, "--target", "airflow", "-o", tmp_path]
    out, err = printed(capsys, *words)
    assert out == ""
    assert "left out" not in err and (tmp_path / "churn__churn_watch.py").is_file()
    assert "the artifact store (`.mldsl`), the source `customers` (`data/customers.csv`), the source `addons`" in err
    assert "and what `nightly` writes (`scores/{run_date}.parquet`); relative paths start at" in err
    assert f"relative paths start at `{CHURN.parent}`" in err
    assert f'Path("{CHURN.parent}")' in (tmp_path / "churn.py").read_text()
    _, err = printed(capsys, *words, "--folder", "/opt/churn")
    assert "relative paths start at `/opt/churn`" in err


def test_what_a_batch_writes_here_is_refused_for_pods(capsys, tmp_path: Path) -> None:
    words = ["compile", CHURN, "--target", "airflow", "-o", tmp_path, "--profile", "prod"]
    assert main([*map(str, words), "--operator", "kubernetes", "reg.io/ml:1"]) == 1
    err = capsys.readouterr().err
    assert "error[ML602]: what `nightly` writes is `scores/{run_date}.parquet`, on this machine's disk" in err
    assert "only workers on this machine" not in err


def test_the_folder_is_saidwhere_something_is_relative_and_nowhere_else(tmp_path: Path) -> None:
    text = 'pipeline p {{ artifacts: "s3://b/s" }}\nsource t = csv("{path}") {{ id: int key }}\n'
    for path, there in (("s3://b/t.csv", False), ("/data/t.csv", False), ("t.csv", True)):
        assert ("/opt/programs" in dag(compiled(written(tmp_path, text.format(path=path))))) == there


def test_plan_shows_the_tasks(capsys) -> None:
    out, _ = printed(capsys, "plan", CHURN, "--target", "airflow")
    rows = {line.split("  ")[0]: line for line in out.splitlines()}
    assert "(transform booked), transform features" in rows["features"]
    assert "a share of the trials of model churn_model" in rows["churn_model.trials × 4"]
    out, _ = printed(capsys, "plan", CHURN, "--target", "airflow", "--granularity", "declaration", "--json")
    document = json.loads(out)
    assert (document["version"], document["pipeline"], document["target"]) == (1, "churn", "airflow")
    tasks = {task["name"]: task for task in document["tasks"]}
    assert tasks["addons"]["steps"] == ["source:addons", "check:addons"]
    assert tasks["churn_model.trials"]["copies"] == 4
    assert tasks["churn_model.model"]["needs"] == ["churn_model.trials"]
    out, _ = printed(capsys, "plan", CHURN, "--target", "airflow", "--granularity", "pipeline", "--json")
    assert len(json.loads(out)["tasks"]) == 1


@pytest.mark.parametrize("words", [["--to", "features"], ["--force"], ["--set", "new_months=3"]])
def test_plan_for_a_target_is_not_about_a_run_here(capsys, words: list[str]) -> None:
    _, err = printed(capsys, "plan", CHURN, "--target", "airflow", *words, status=2)
    assert f"`{words[0]}` is about a run on this machine" in err


def test_plan_of_a_target_without_tasks(capsys) -> None:
    _, err = printed(capsys, "plan", CHURN, "--target", "local", status=2)
    assert "there are no tasks to show" in err and "these have: `airflow`, `kubeflow`" in err


@pytest.mark.parametrize(
    ("tune", "shares", "copies"),
    [("trials: 40", None, 4), ("trials: 3", None, 3), ("trials: 40; parallel: 6", None, 6), ("trials: 40", "9", 9),
     ("trials: 2000", "1024", 1024), ("trials: 40", "1", 1), ("trials: 1", None, 1)],
)  # fmt: skip
def test_over_how_many_tasks_trials_are_spread(tmp_path: Path, tune: str, shares: str | None, copies: int) -> None:
    program = written(
        tmp_path,
        'pipeline p {}\nsource t = csv("t.csv") { id: int key; x: float; y: bool }\n'
        "split d = t { train: 70%; test: 30% }\n"
        "model m = predict y from d {\n  algorithm logistic_regression { C: 0.1..10.0 }\n"
        f"  tune {{ maximize: roc_auc; {tune} }}\n}}\n",
    )
    tasks = mldsl.load(program).tasks("airflow", {} if shares is None else {"shares": shares})
    assert [task.copies for task in tasks if task.copies > 1] == ([copies] if copies > 1 else [])
    assert sum("model:m" in task.steps for task in tasks) == (2 if copies > 1 else 1)
