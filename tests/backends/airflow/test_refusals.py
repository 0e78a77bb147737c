"""What Airflow cannot do is said at the line that asks for it, and nothing is dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

import mldsl
from mldsl.api import refused
from mldsl.backend import backend
from mldsl.backend.beyond import RESOURCES, SETTINGS
from mldsl.catalog.options import OPTIONS
from mldsl.cli.main import main
from mldsl.errors import ProgramError
from tests.support.airflow import written

SOURCE = 'source t = csv("s3://b/t.csv") { id: int key; x: float; good: bool }\n'
MODEL = (
    "split data = t { train: 70%; test: 30% }\n"
    "model m = predict good from data { algorithm logistic_regression; resources { cpu: 2; memory: 4Gi; gpu: 1 } }\n"
)
STORE = 'artifacts: "s3://b/store"'
READ = "import os, polars\n\ndef read(): ...\n"
PODS = {"operator": "kubernetes reg.io/ml:1"}


def said(path: Path, **options: str) -> list[tuple[str, str, str]]:
    """Code, the text that is pointed at, and the message of each refusal."""
    return [(item.code, item.span.text, item.message) for item in refused(path, "airflow", options)]


@pytest.mark.parametrize(
    ("options", "points_at", "message"),
    [
        (
            'tracking: mlflow("http://t")',
            'tracking: mlflow("http://t")',
            "Airflow cannot honour `tracking`",
        ),
        (
            'engine: spark("spark://m:1")',
            'engine: spark("spark://m:1")',
            "Airflow's tasks cannot compute tables with `spark`",
        ),
        (
            'notify: "ann@example.org"',
            'notify: "ann@example.org"',
            "Airflow's tasks tell a webhook, and `ann@example.org` is not the address of one",
        ),
        (
            f'tags: "fine", "{"t" * 101}"',
            f'tags: "fine", "{"t" * 101}"',
            "a tag in Airflow has at most 100 characters, and this one 101",
        ),
    ],
)
def test_an_option_of_the_pipeline(tmp_path: Path, options: str, points_at: str, message: str) -> None:
    path = written(tmp_path, f"pipeline p {{ {STORE}; {options} }}\n{SOURCE}")
    assert said(path) == [("ML601", points_at, message)]


@pytest.mark.parametrize("schedule", ["every: 1d", 'schedule: cron("0 3 * * *")'])
def test_a_parameter_that_nobody_gives_on_a_schedule(tmp_path: Path, schedule: str) -> None:
    text = f"param least: float\n{SOURCE}transform big = t {{ filter x > least }}\n"
    path = written(tmp_path, f"pipeline p {{ {STORE}; {schedule} }}\n{text}")
    [(code, place, message)] = said(path)
    assert (code, place) == ("ML601", "least")
    assert "needs a default" in message
    path = written(tmp_path, f"pipeline p {{ {STORE} }}\n{text}")
    assert said(path) == []


def test_memory_and_gpus_are_for_pods(tmp_path: Path) -> None:
    path = written(tmp_path, f"pipeline p {{ {STORE} }}\n{SOURCE}{MODEL}")
    assert [(code, place) for code, place, _ in said(path)] == [("ML601", "memory: 4Gi"), ("ML601", "gpu: 1")]
    assert said(path, **PODS) == []


def test_disks_of_this_machine_are_nothing_to_pods(tmp_path: Path) -> None:
    sources = (
        'source a = csv("data/a.csv") { id: int key }\n'
        'source b = parquet("file:///data/b.parquet") { id: int key }\n'
        'source c = sql("sqlite:///shop.db", "select 1 as id") { id: int key }\n'
        'source d = csv("https://example.org/d.csv") { id: int key }\n'
        'source e = sklearn("iris")\n'
    )
    path = written(tmp_path, f"pipeline p {{}}\n{sources}")
    assert said(path) == []
    assert [(code, place) for code, place, _ in said(path, **PODS)] == [
        ("ML602", "p"),
        ("ML602", '"data/a.csv"'),
        ("ML602", '"file:///data/b.parquet"'),
        ("ML602", '"sqlite:///shop.db"'),
    ]
    path = written(tmp_path, 'pipeline p { artifacts: "store" }\n')
    assert [place for _, place, _ in said(path, **PODS)] == ['artifacts: "store"']


STORED = 'pipeline p { artifacts: "/data/store" }\nsource a = csv("/data/a.csv") { id: int key }\n'


def test_disks_that_are_mounted_are_of_pods(tmp_path: Path) -> None:
    path = written(tmp_path, f'{STORED}profile c {{ resources p {{ volumes: "shared:/data" }} }}\n')
    assert [code for code, _, _ in said(path, **PODS)] == ["ML602", "ML602"]  # as it stands
    assert mldsl.load(path, "c").refusals("airflow", PODS) == ()
    assert said(written(tmp_path, _mounted("shared:/data")), **PODS) == []
    assert said(written(tmp_path, _mounted("shared:/data", "other:/data/a.csv")), **PODS) == []  # one within the other


def _mounted(*volumes: str) -> str:
    listed = ", ".join(f'"{item}"' for item in volumes)
    return STORED.replace(" }", f"; resources {{ volumes: {listed} }} }}", 1)


@pytest.mark.parametrize(
    ("volumes", "points_at", "message"),
    [
        (
            ["shared:/dat"],
            ['artifacts: "/data/store"', '"/data/a.csv"'],
            "the artifact store is `/data/store`, on this machine's disk, and pods have disks of their own",
        ),
        (
            ["shared:/data:ro"],
            ['artifacts: "/data/store"'],
            "the artifact store is `/data/store`, on the volume `shared`, which is mounted to be read only",
        ),
    ],
)
def test_volumes_that_will_not_do(tmp_path: Path, volumes: list[str], points_at: list[str], message: str) -> None:
    found = said(written(tmp_path, _mounted(*volumes)), **PODS)
    assert [(code, place) for code, place, _ in found] == [("ML602", place) for place in points_at]
    assert found[0][2] == message


TWO_STEPS = (
    'pipeline p {{ artifacts: "s3://b/store"; {} }}\n'
    'source t = {}("/data/t.{}") {{ id: int key; x: float; good: bool }}\n'
    "split data = t {{ train: 70%; test: 30% }}\n"
    "model m = predict good from data {{ algorithm logistic_regression; {} }}\n"
)


def test_a_task_that_reads_in_place_needs_the_volume(tmp_path: Path) -> None:
    """A Parquet source writes no table of its own: what reads it opens its files, and a model never does."""
    everywhere = 'resources { volumes: "shared:/data" }'
    for connector, ours, model, expected in (
        ("parquet", everywhere, 'resources { volumes: "other:/elsewhere" }', []),
        ("csv", everywhere, "", []),
        ("csv", "", everywhere, ["the source `t` is `/data/t.csv`, on this machine's disk"]),
    ):
        path = written(tmp_path, TWO_STEPS.format(ours, connector, connector, model))
        messages = [message for _, _, message in said(path, **PODS)]
        assert [message.startswith(wanted) for message, wanted in zip(messages, expected, strict=True)] == [
            True for _ in expected
        ]


def test_a_store_that_one_task_does_not_find(tmp_path: Path) -> None:
    text = TWO_STEPS.format('resources { volumes: "shared:/data" }', "csv", "csv", 'resources { volumes: "a:/b" }')
    path = written(tmp_path, text.replace("s3://b/store", "/data/store"))
    [found] = refused(path, "airflow", PODS)
    assert (found.code, found.span.text) == ("ML602", 'artifacts: "/data/store"')
    assert found.message == "the artifact store is `/data/store`, on a volume that the task of `m` has not"
    assert found.help is not None and '`volumes: "CLAIM:/data"`' in found.help
    path = written(tmp_path, text.replace("s3://b/store", "/data/store").replace("a:/b", "a:/data"))
    [(code, _, message)] = said(path, **PODS)
    assert code == "ML602" and message.endswith("have different volumes there: `shared` and `a`")


def test_a_program_on_a_volume_has_its_relative_paths_there(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'pipeline p { resources { volumes: "home:/home/ml" } }\nsource a = csv("data/a.csv") { id: int key }\n',
    )
    assert [code for code, _, _ in said(path, **PODS)] == ["ML602", "ML602"]
    there = PODS | {"folder": "/home/ml/o'brien"}
    assert said(path, **there) == []
    text = mldsl.load(path).compile("airflow", options=there)["p.py"].decode()
    assert 'FOLDER = "/home/ml/o\'brien"\n' in text
    assert '    f"--folder={{{{ {FOLDER!r} }}}}",\n' in text


@pytest.mark.parametrize(
    ("resources", "option", "message"),
    [
        ('gpu: 1; accelerator: "NVIDIA_TESLA_T4"', "accelerator", "is Vertex AI's name for a device"),
        ('volumes: "a:/opt"', "volumes", "a volume at `/opt` hides what the image has at `/opt/mldsl/p`"),
        ('volumes: "a:/opt/mldsl/p/code"', "volumes", "hides what the image has"),
        ('volumes: "a:/data/{{ 7 }}"', "volumes", "Airflow would take `/data/{{ 7 }}` for a template to fill in"),
        ('volumes: "a.json:/data"', "volumes", "Airflow would take `a.json` for a template to fill in"),
        ('node_selector: "pool=a.yaml"', "node_selector", "Airflow would take `a.yaml` for a template to fill in"),
    ],
)
def test_what_pods_cannot_be_asked(tmp_path: Path, resources: str, option: str, message: str) -> None:
    path = written(
        tmp_path, f"pipeline p {{ {STORE}; resources {{ {resources} }} }}\n{SOURCE}check t {{ expect x > 0 }}\n"
    )
    [(code, place, said_)] = said(path, **PODS)
    assert code == "ML601" and place.startswith(option) and message in said_


def test_what_all_steps_ask_for_is_refused_once(tmp_path: Path) -> None:
    asked = 'node_selector: "pool=ml"; tolerations: "gpu"; volumes: "a:/data"; gpu: 1; accelerator: "amd.com/gpu"'
    path = written(tmp_path, f"pipeline p {{ {STORE}; resources {{ {asked} }} }}\n{SOURCE}check t {{ expect x > 0 }}\n")
    assert [(code, place.split(":")[0]) for code, place, _ in said(path)] == [
        ("ML601", name) for name in ("node_selector", "tolerations", "volumes", "gpu")
    ]
    assert {item.help for item in refused(path, "airflow", {})} == {"it can with `--operator kubernetes`"}


def test_what_is_refused_as_it_stands_is_not_said_again_for_each_profile(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f'pipeline p {{ {STORE}; tracking: mlflow("http://t") }}\n{SOURCE}{MODEL}'
        "profile a { seed: 1 }\nprofile b { resources m { gpu: 2 } }\n",
    )
    assert [place for _, place, _ in said(path)] == ['tracking: mlflow("http://t")', "memory: 4Gi", "gpu: 1", "gpu: 2"]


def test_steps_that_want_different_things_of_one_task(tmp_path: Path) -> None:
    own = 'resources { node_selector: "pool=gpu"; volumes: "b:/data" }'
    text = TWO_STEPS.format('resources { node_selector: "pool=ml"; volumes: "a:/data" }', "csv", "csv", own)
    path = written(tmp_path, text + "evaluate m on data.test { expect roc_auc >= 0.5 }\n")
    assert said(path, **PODS) == []
    joined = said(path, **PODS, granularity="declaration")  # the model and its evaluation
    assert [(code, place) for code, place, _ in joined] == [("ML601", 'volumes: "a:/data"')]
    whole = said(path, **PODS, granularity="pipeline")
    assert {(code, place) for code, place, _ in whole} == {
        ("ML601", 'volumes: "b:/data"'),
        ("ML601", 'node_selector: "pool=gpu"'),
    }
    path = written(tmp_path, path.read_text().replace("b:/data", "a:/data"))
    made = mldsl.load(path).compile("airflow", options=PODS | {"granularity": "declaration"})["p.py"].decode()
    assert made.count("nodeSelector") == 2  # of the two tasks before, and of the model's, which its evaluation joins


def test_python_that_cannot_go_along(tmp_path: Path) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    (tmp_path / "outside.py").write_text(READ)
    (tmp_path / "far.py").write_text("")  # reached by a link
    text = (
        'source a = python("../outside.py:read") { id: int key }\n'
        'source b = python("near.py:read") { id: int key }\n'
        'source c = python("fine.py:read") { id: int key }\n'
    )
    path = written(folder, f"pipeline p {{}}\n{text}", near_py=f"from sub import far\n{READ}", fine_py=READ)
    (folder / "sub").mkdir()
    (folder / "sub" / "far.py").symlink_to(tmp_path / "far.py")
    assert said(path) == [
        ("ML604", '"../outside.py:read"', "`outside.py` lies outside of the program's folder"),
        ("ML604", '"near.py:read"', "`far.py`, which `near.py` imports, lies outside of the program's folder"),
    ]


def test_everything_is_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    path = written(tmp_path, f'pipeline p {{ tracking: mlflow("http://t"); notify: "nobody" }}\n{SOURCE}{MODEL}')
    with pytest.raises(ProgramError) as caught:
        mldsl.load(path).compile("airflow", tmp_path / "out")
    assert [item.code for item in caught.value.diagnostics] == ["ML601"] * 4
    assert not (tmp_path / "out").exists()
    assert main(["compile", str(path), "--target", "airflow", "-o", str(tmp_path / "out")]) == 1


def test_check_says_it_for_each_profile_once(capsys, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f'pipeline p {{ {STORE}; notify: secret("HOOK") }}\n{SOURCE}check t {{ expect x > 0 }}\n'
        'profile a { notify: "nobody" }\nprofile b { notify: "https://example.org/hook" }\n',
    )
    assert main(["check", str(path)]) == 0
    capsys.readouterr()
    assert main(["check", str(path), "--target", "airflow"]) == 1
    shown = capsys.readouterr().err
    assert shown.count("error[ML601]") == 1
    assert "under the profile `a`" in shown
    assert main(["check", str(path), "--target", "local"]) == 0


def test_every_option_and_resource_of_the_language_is_in_the_table() -> None:
    """An option that is new in the language is refused until a backend says that it honours it."""
    assert {*SETTINGS, "seed", "artifacts", "engine", "every"} == {*OPTIONS["pipeline"], "schedule"}
    assert set(RESOURCES) == set(OPTIONS["resources"])
    can = backend("airflow").capabilities
    assert can.settings <= set(SETTINGS)
    assert set(can.resources) <= set(RESOURCES)


def test_one_task_cannot_wait_for_somebody(tmp_path: Path) -> None:
    deploy = 'deploy live = m to endpoint("m") { require approval("risk") }\n'
    path = written(tmp_path, f"pipeline p {{ {STORE} }}\n{SOURCE}{MODEL}{deploy}".replace("; memory: 4Gi; gpu: 1", ""))
    [(code, place, message)] = said(path, granularity="pipeline")
    assert (code, place) == ("ML601", "live")
    assert message == "one task for the whole pipeline cannot wait for the approval that `live` requires"
    assert said(path) == said(path, granularity="declaration") == []


def test_what_pods_write_lies_where_others_find_it(tmp_path: Path) -> None:
    deploy = 'deploy night = m to batch(t) { write: parquet("PLACE/{run_date}.parquet") }\n'
    text = f"pipeline p {{ {STORE} }}\n{SOURCE}{MODEL}{deploy}"
    path = written(tmp_path, text.replace("PLACE", "out"))
    [(code, place, message)] = said(path, **PODS)
    assert (code, place) == ("ML602", '"out/{run_date}.parquet"')
    assert message.startswith("what `night` writes is `out/{run_date}.parquet`, on this machine's disk")
    path = written(tmp_path, text.replace("PLACE", "s3://b"))
    assert said(path, **PODS) == []


def test_how_an_endpoint_is_served_is_nothing_that_airflow_is_asked(tmp_path: Path) -> None:
    asked = "replicas: 2..10; resources { cpu: 2; memory: 4Gi }"
    deploy = f'deploy live = m to endpoint("models") {{ {asked} }}\n'
    path = written(tmp_path, f"pipeline p {{ {STORE} }}\n{SOURCE}{MODEL}{deploy}".replace("; memory: 4Gi; gpu: 1", ""))
    assert said(path) == []
    told: list[str] = []
    text = mldsl.load(path).compile("airflow", tell=told.append)["p.py"].decode()
    assert told == ["`live` is served where `mldsl serve models` runs: there its `replicas` and `resources` count"]
    assert text.count("pool_slots=2") == 1  # the model's


@pytest.mark.parametrize(
    ("action", "refused"),
    [
        ("retrain", ["`watch` retrains, which needs a default for each parameter, and `least` has none"]),
        ("rollback", []),
    ],
)
def test_a_parameter_that_nobody_gives_for_a_monitor(tmp_path: Path, action: str, refused: list[str]) -> None:
    text = (
        f"pipeline p {{ {STORE} }}\nparam least: float\n{SOURCE}{MODEL}"
        "transform big = t { filter x > least }\n"
        'deploy night = m to batch(big) { write: parquet("s3://b/x.parquet") }\n'
        f"monitor watch = night {{ every: 1d; expect drift(all) <= 0.2; on breach {{ {action} }} }}\n"
    )
    path = written(tmp_path, text.replace("; memory: 4Gi; gpu: 1", ""))
    assert [message for _, _, message in said(path)] == refused
    assert all(place == "least" for _, place, _ in said(path))


def test_a_task_that_waits_for_somebody_needs_no_volume(tmp_path: Path) -> None:
    deploy = 'deploy live = m to endpoint("m") { require approval("risk") }\n'
    head = 'pipeline p { artifacts: "/data/store"; resources { volumes: "shared:/data" } }\n'
    path = written(tmp_path, f"{head}{SOURCE}{MODEL}{deploy}".replace("gpu: 1", 'volumes: "shared:/data"'))
    assert said(path, **PODS) == []
