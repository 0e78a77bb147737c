"""What is written beside the DAG file, and what happens to what is there already."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import mldsl
from mldsl import __version__
from mldsl.cli.main import main
from mldsl.errors import UsageError
from mldsl.plan.document import load as load_plan
from tests.support.airflow import compiled, written
from tests.support.cli import ROOT

CHURN = ROOT / "examples" / "churn" / "churn.ml"
EVERYTHING = Path(__file__).parent / "programs" / "everything.ml"
READ = "\ndef read(): ...\n"
PLAIN = 'pipeline p {}\nsource t = csv("t.csv") { id: int key }\n'


def test_the_plan_the_code_and_the_manifest_are_there() -> None:
    files = compiled(EVERYTHING)
    assert sorted(files) == [
        "everything.py",
        "everything/.airflowignore",
        "everything/README.md",
        "everything/code/clean.py",
        "everything/code/helper.py",
        "everything/manifest.json",
        "everything/plan.json",
        "everything/requirements.txt",
    ]
    assert load_plan(files["everything/plan.json"].decode()) == mldsl.load(EVERYTHING).plan()
    assert files["everything/code/helper.py"] == (EVERYTHING.parent / "helper.py").read_bytes()
    manifest = json.loads(files["everything/manifest.json"])
    assert manifest["mldsl"] == __version__
    assert set(manifest["files"]) == set(files) - {"everything/manifest.json"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('source t = csv("t.csv") { id: int key }', "mldsl"),
        ('source t = csv("s3://b/t.csv") { id: int key }', "mldsl[s3]"),
        ('source t = sql("sqlite:///x.db", "select 1 as id") { id: int key }', "mldsl"),
        ('source t = sql(secret("DB"), "select 1 as id") { id: int key }', "mldsl[postgres]"),
        ('source t = delta("gs://b/t") { id: int key }', "mldsl[delta,gcs]"),
        ('source t = csv("t.csv") { id: int key }\ntransform u = sql("select id from {t}")', "mldsl[sql]"),
        (
            'source t = csv("t.csv") { id: int key; x: float; y: bool }\nsplit d = t { train: 70%; test: 30% }\n'
            "model m = predict y from d { algorithm lightgbm }",
            "mldsl[boost]",
        ),
    ],
)
def test_what_is_to_be_installed_is_what_the_steps_need(tmp_path: Path, text: str, wanted: str) -> None:
    files = compiled(written(tmp_path, f"pipeline p {{}}\n{text}\n"))
    assert files["p/requirements.txt"].decode() == f"{wanted}=={__version__}\n"


def test_what_the_users_code_imports_is_named_and_never_guessed(tmp_path: Path) -> None:
    text = compiled(EVERYTHING)["everything/requirements.txt"].decode()
    assert text.splitlines()[1:] == ["# `clean.py` imports `requests`: add the package that has it"]
    program = written(
        tmp_path, 'pipeline p {}\nsource t = python("r.py:read") { id: int key }\n', r_py=f"import yaml\n{READ}"
    )
    (tmp_path / "requirements.txt").write_text("pyyaml==6.0.2\n")
    assert compiled(program)["p/requirements.txt"].decode().splitlines()[1:] == [
        "# as the program's own file says",
        "pyyaml==6.0.2",
    ]


@pytest.mark.parametrize("operator", ["python", "external-python /opt/py", "kubernetes reg.io/ml:1"])
def test_it_says_in_five_lines_how_to_install_it(operator: str) -> None:
    files = compiled(EVERYTHING, operator=operator)
    text = files["everything/README.md"].decode()
    steps = [line for line in text.splitlines() if line[:2] in ("1.", "2.", "3.", "4.", "5.")]
    assert len(steps) == 5 and len(text.splitlines()) == 9
    assert "`DB`, `STORE`" in steps[2]
    assert ("everything/Dockerfile" in files) == operator.startswith("kubernetes")


def test_it_names_the_secrets_of_what_runs_by_itself_too() -> None:
    text = compiled(CHURN, folder="/x")["churn/README.md"].decode()
    assert "or a connection whose URI it is: `CHURN_WEBHOOK`." in text


def test_no_value_of_a_secret_is_in_any_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DB", "STORE", "HOOK"):
        monkeypatch.setenv(name, "s3://sesame/open")
    assert not any(b"sesame" in content for content in compiled(EVERYTHING).values())


def test_two_programs_in_one_directory_leave_each_other_alone(tmp_path: Path) -> None:
    for program in (CHURN, EVERYTHING):
        mldsl.load(program).compile("airflow", tmp_path, {"folder": "/x"})
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    mldsl.load(CHURN).compile("airflow", tmp_path, {"folder": "/x"})
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "churn",
        "churn.py",
        "churn__churn_watch.py",
        "churn__nightly.py",
        "everything",
        "everything.py",
    ]


@pytest.mark.parametrize("name", ["p.py", "p/plan.json", "p/README.md"])
def test_a_file_that_somebody_has_edited_stays(capsys, tmp_path: Path, name: str) -> None:
    program, out = written(tmp_path, PLAIN), tmp_path / "out"
    words = ["compile", str(program), "--target", "airflow", "-o", str(out)]
    assert main(words) == 0 == main(words)
    (out / name).write_text("mine")
    written(tmp_path, PLAIN + "check t { expect id > 0 }\n")
    before = (out / "p.py").read_bytes()
    assert main(words) == 2
    assert f"`{out / name}` is there already, and somebody has edited it since" in capsys.readouterr().err
    assert (out / name).read_text() == "mine"
    assert (out / "p.py").read_bytes() == before
    assert main([*words, "--force"]) == 0
    assert (out / name).read_text() != "mine"
    assert main(words) == 0


def test_a_file_that_is_not_ours_stays(capsys, tmp_path: Path) -> None:
    program, out = written(tmp_path, PLAIN), tmp_path / "out"
    out.mkdir()
    (out / "p.py").write_text("theirs")
    assert main(["compile", str(program), "--target", "airflow", "-o", str(out)]) == 2
    assert "it was not written by mldsl" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["p.py"]


def test_another_program_of_the_same_name_does_not_take_its_place(tmp_path: Path) -> None:
    first = written(tmp_path, PLAIN)
    mldsl.load(first).compile("airflow", tmp_path / "out")
    other = tmp_path / "other.ml"
    other.write_text(PLAIN)
    with pytest.raises(UsageError, match=r"was compiled from `program\.ml`"):
        mldsl.load(other).compile("airflow", tmp_path / "out")
    mldsl.load(other).compile("airflow", tmp_path / "out", force=True)


def test_code_that_is_needed_no_more_goes_unless_it_was_edited(tmp_path: Path) -> None:
    text = 'pipeline p {}\nsource t = python("a.py:read") { id: int key }\n'
    program = written(tmp_path, text, a_py=f"import b, c\n{READ}", b_py="", c_py="")
    out = tmp_path / "out"
    mldsl.load(program).compile("airflow", out)
    (out / "p/code/c.py").write_text("# mine\n")
    (tmp_path / "a.py").write_text(READ)
    mldsl.load(program).compile("airflow", out)
    assert sorted(path.name for path in (out / "p/code").iterdir()) == ["a.py", "c.py"]


def test_a_manifest_that_points_elsewhere_removes_nothing_there(tmp_path: Path) -> None:
    program, out = written(tmp_path, PLAIN), tmp_path / "out"
    mldsl.load(program).compile("airflow", out)
    victim = tmp_path / "victim"
    victim.write_text("")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    manifest = json.loads((out / "p/manifest.json").read_text())
    manifest["files"] |= {"../victim": empty, str(victim): empty}
    (out / "p/manifest.json").write_text(json.dumps(manifest))
    mldsl.load(program).compile("airflow", out)
    assert victim.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_is_said(capsys, tmp_path: Path) -> None:
    program, out = written(tmp_path, PLAIN), tmp_path / "out"
    out.mkdir(mode=0o500)
    assert main(["compile", str(program), "--target", "airflow", "-o", str(out)]) == 4
    assert "cannot write to" in capsys.readouterr().err


def test_a_directory_that_is_a_file_is_said(capsys, tmp_path: Path) -> None:
    program = written(tmp_path, PLAIN)
    assert main(["compile", str(program), "--target", "airflow", "-o", str(program)]) == 4
    assert "not a directory" in capsys.readouterr().err
