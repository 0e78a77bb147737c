"""What Kubeflow cannot do is said at the line that asks for it, and nothing is dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

import mldsl
from mldsl.api import refused
from mldsl.backend import backend
from mldsl.backend.beyond import RESOURCES, SETTINGS
from mldsl.cli.main import main
from mldsl.errors import UsageError
from tests.support.airflow import written

SOURCE = 'source t = csv("s3://b/t.csv") { id: int key; x: float; good: bool }\n'
STORE = 'artifacts: "s3://b/store"'


def said(path: Path, profile: str | None = None, **options: str) -> list[tuple[str, str, str]]:
    """Code, the text that is pointed at, and the message of each refusal."""
    return [(item.code, item.span.text, item.message) for item in refused(path, "kubeflow", options)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ('tracking: mlflow("http://t")', "Kubeflow cannot honour `tracking`"),
        ('engine: spark("spark://m:1")', "Kubeflow's tasks cannot compute tables with `spark`"),
        (
            'notify: "ann@example.org"',
            "Kubeflow's tasks tell a webhook, and `ann@example.org` is not the address of one",
        ),
        (
            'schedule: cron("0 3 * * *", timezone: "Asia/Tokyo")',
            "Kubeflow has one clock for all schedules, `UTC`, and this one is by that of `Asia/Tokyo`",
        ),
    ],
)
def test_an_option_of_the_pipeline(tmp_path: Path, options: str, message: str) -> None:
    path = written(tmp_path, f"pipeline p {{ {STORE}; {options} }}\n{SOURCE}")
    assert said(path) == [("ML601", options, message)]


def test_a_schedule_by_the_clock_that_kubeflow_is_set_to(tmp_path: Path) -> None:
    text = f'pipeline p {{ {STORE}; schedule: cron("0 3 * * *", timezone: "Asia/Tokyo") }}\n{SOURCE}'
    path = written(tmp_path, text)
    assert said(path, timezone="Asia/Tokyo") == []
    assert len(said(path, timezone="Europe/Paris")) == 1


def test_parameters_that_nobody_can_give(tmp_path: Path) -> None:
    text = (
        f"pipeline p {{ {STORE}; every: 1d }}\n{SOURCE}param least: float\nparam big: int = 9_007_199_254_740_993\n"
        "transform u = t { filter x > least and id < big }\n"
    )
    assert said(written(tmp_path, text)) == [
        ("ML601", "least", "a recurring run needs a default for each parameter, and `least` has none"),
        (
            "ML601",
            "big",
            "Kubeflow's numbers are exact up to 9,007,199,254,740,992, and `big` is 9,007,199,254,740,993",
        ),
    ]


def test_disks_of_this_machine_are_nothing_to_containers(tmp_path: Path) -> None:
    text = (
        'pipeline p {}\nsource a = csv("data/a.csv") { id: int key }\n'
        'source b = parquet("file:///data/b.parquet") { id: int key }\n'
        'source d = csv("https://example.org/d.csv") { id: int key }\nsource e = sklearn("iris")\n'
    )
    assert [(code, place) for code, place, _ in said(written(tmp_path, text))] == [
        ("ML602", "p"),
        ("ML602", '"data/a.csv"'),
        ("ML602", '"file:///data/b.parquet"'),
    ]


def test_a_volume_makes_a_path_one_of_all_containers(tmp_path: Path) -> None:
    text = 'pipeline p {{}}\nsource a = csv("data/a.csv") {{ id: int key }}\nprofile c {{ resources p {{ {} }} }}\n'
    path = written(tmp_path, text.format('volumes: "claim:/data"'))
    program = mldsl.load(path, "c")
    assert program.compile("kubeflow", options={"folder": "/data/p", "validate": ""})
    for options in ({}, {"folder": "/elsewhere"}):
        with pytest.raises(mldsl.ProgramError) as caught:
            program.compile("kubeflow", options=options)
        assert {item.code for item in caught.value.diagnostics} == {"ML602"}
    read_only = mldsl.load(written(tmp_path, text.format('volumes: "claim:/data:ro"')), "c")
    with pytest.raises(mldsl.ProgramError):
        read_only.compile("kubeflow", options={"folder": "/data/p"})


@pytest.mark.parametrize("volumes", ['"ware.house:/data"', '"claim:/data", "claim:/more"', '"claim:/data:ro"'])
def test_volumes_that_kubeflow_would_not_mount(tmp_path: Path, volumes: str) -> None:
    more = (
        "split d = t { train: 70%; test: 30% }\n"
        "model m = predict good from d { features: x; algorithm logistic_regression; "
        f"resources {{ volumes: {volumes} }} }}\n"
    )
    path = written(tmp_path, f"pipeline p {{ {STORE} }}\n{SOURCE}{more}")
    assert {(code, place) for code, place, _ in said(path)} == {("ML601", f"volumes: {volumes}")}


def test_steps_of_one_task_that_ask_for_different_things(tmp_path: Path) -> None:
    text = (
        f"pipeline p {{{{ {STORE} }}}}\n"
        + SOURCE.replace("{", "{{").replace("}", "}}")
        + "split d = t {{ train: 70%; test: 30% }}\n"
        "model m = predict good from d {{ features: x; algorithm logistic_regression; resources {{ {one} }} }}\n"
        "model n = predict good from d {{ features: x; algorithm logistic_regression; resources {{ {other} }} }}\n"
    )
    for one, other in (
        ('node_selector: "pool=a"', 'node_selector: "pool=b"'),
        ('volumes: "a:/data"', 'volumes: "b:/data"'),
        ('gpu: 1; accelerator: "a.com/x"', 'gpu: 1; accelerator: "b.com/x"'),
    ):
        path = written(tmp_path, text.format(one=one, other=other))
        assert said(path) == []
        assert {code for code, _, _ in said(path, granularity="pipeline")} == {"ML601"}, one


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image": "A b"}, "`--image A b` is not the name of an image"),
        ({"image": "a@sha256:12"}, "`--image a@sha256:12` is not the name of an image"),
        ({"folder": "data"}, "`--folder data` is not a path in a container"),
        ({"shares": "0"}, "`--shares 0` is not a number from 1 to 1000"),
        ({"secret": "My_Secret"}, "`--secret My_Secret` is not a name that Kubernetes takes"),
        ({"timezone": "Mars/Base"}, "`--timezone`: `Mars/Base` is not a time zone"),
        ({"granularity": "tasks"}, "`--granularity` cannot be `tasks`"),
        ({"validate": "yes"}, "`--validate` takes no value, not `yes`"),
        ({"operator": "python"}, "the backend `kubeflow` has no option `--operator`"),
    ],
)
def test_an_option_that_does_not_fit(tmp_path: Path, options: dict[str, str], message: str) -> None:
    path = written(tmp_path, f"pipeline p {{ {STORE} }}\n{SOURCE}")
    with pytest.raises(UsageError) as caught:
        mldsl.load(path).compile("kubeflow", options=options)
    assert message in caught.value.message


def test_options_that_change_nothing_are_said_to(tmp_path: Path) -> None:
    told: list[str] = []
    program = mldsl.load(written(tmp_path, f"pipeline p {{ {STORE} }}\n{SOURCE}"))
    program.compile("kubeflow", options={"shares": "3", "folder": "/data"}, tell=told.append)
    assert told == [
        "`--shares` changes nothing: no model of `p` is tuned",
        "`--folder` changes nothing: no place in `p` is relative to the program's folder",
    ]


def test_the_command_line_takes_the_flag_and_needs_the_messages(capsys, tmp_path: Path, monkeypatch) -> None:
    path = written(tmp_path, f"pipeline p {{ {STORE} }}\n{SOURCE}")
    words = ["compile", str(path), "--target", "kubeflow", "-o", str(tmp_path / "out")]
    assert main([*words, "--validate"]) == 0
    assert (tmp_path / "out" / "p" / "pipeline.yaml").is_file()
    assert main(["plan", str(path), "--target", "kubeflow"]) == 0
    monkeypatch.setattr("mldsl_kubeflow.messages._found", lambda: None)
    monkeypatch.setattr("mldsl_kubeflow.messages._NAME", "no.such.module")
    from mldsl_kubeflow.messages import pipeline_spec

    pipeline_spec.cache_clear()
    try:
        assert main([*words, "--force"]) == 2
    finally:
        pipeline_spec.cache_clear()
    assert "pip install 'mldsl[kubeflow]'" in capsys.readouterr().err


def test_every_option_and_resource_of_the_language_is_in_the_table() -> None:
    can = backend("kubeflow").capabilities
    assert can.settings <= set(SETTINGS)
    assert set(can.resources) == set(RESOURCES)
