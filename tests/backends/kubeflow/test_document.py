"""The pipeline document: what the golden files have; the same every time; valid; and what becomes of each option."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import mldsl
from tests.support.airflow import written
from tests.support.cli import ROOT
from tests.support.golden import same_as
from tests.support.kubeflow import compiled, container, documents, nodes, settled

HERE = Path(__file__).parent
PROGRAMS = ROOT / "tests" / "backends" / "airflow" / "programs"
EVERYTHING = PROGRAMS / "everything.ml"
SCHEDULED = PROGRAMS / "scheduled.ml"
CHURN = ROOT / "examples" / "churn" / "churn.ml"
BERLIN = {"timezone": "Europe/Berlin"}
CASES = {
    "everything": (EVERYTHING, None, {}),
    "everything.declaration": (EVERYTHING, None, {"granularity": "declaration"}),
    "everything.pipeline": (EVERYTHING, None, {"granularity": "pipeline", "image": "reg.io/shop:7"}),
    "scheduled": (SCHEDULED, None, {**BERLIN, "shares": "2", "image": "reg.io/ml/scheduled", "secret": "ours"}),
    "churn": (CHURN, "prod", {**BERLIN, "folder": "/data/churn"}),
}
SOURCE = 'source t = csv("s3://b/t.csv") { id: int key; x: float; day: date; good: bool }\n'
STORE = 'artifacts: "s3://b/store"'


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_the_golden_file_has(name: str) -> None:
    program, profile, options = CASES[name]
    files = compiled(program, profile, **options)
    assert compiled(program, profile, **options) == files
    same_as(HERE / "golden" / f"{name}.yaml", settled(files["pipeline.yaml"].decode()))


def pipeline(folder: Path, options: str, more: str, **compiler: str) -> dict[str, bytes]:
    """What becomes of a program with these options and a source `t`."""
    return compiled(written(folder, f"pipeline p {{ {STORE}; {options} }}\n{SOURCE}{more}"), **compiler)


def test_tables_models_metrics_and_reports_have_kubeflows_types(tmp_path: Path) -> None:
    more = (
        "check t { expect x > 0 else quarantine }\nsplit data = t { train: 70%; test: 30% }\n"
        "model m = predict good from data { features: x; algorithm logistic_regression }\n"
        "evaluate m on data.test { expect accuracy > 0.1; report: roc_curve, confusion_matrix }\n"
    )
    components = documents(pipeline(tmp_path, "", more))[0]["components"]
    found = {
        name: {key: spec["artifactType"]["schemaTitle"] for key, spec in given["artifacts"].items()}
        for name, component in components.items()
        if "artifacts" in (given := component.get("outputDefinitions", {}))
    }
    assert found == {
        "comp-t-source": {"table": "system.Dataset"},
        "comp-t-check": {"table": "system.Dataset", "quarantined": "system.Dataset", "report": "system.HTML"},
        "comp-data": {"train": "system.Dataset", "test": "system.Dataset"},
        "comp-m-model": {"model": "system.Model"},
        "comp-m-evaluate-data-test": {
            "metrics": "system.Metrics",
            "classes": "system.ClassificationMetrics",
            "report": "system.HTML",
        },
    }


def test_parameters_keep_their_types_defaults_and_words(tmp_path: Path) -> None:
    more = (
        "param many: int = 3\nparam share: float = 0.5\nparam exact: bool = true\n## Which.\n"
        'param plan: enum("a", "b") = "b"\nparam since: date = @2025-01-31\nparam wait: duration = 1w2h\n'
        "param least: float?\nparam must: string\n"
        "transform u = t { filter x > share }\n"
    )
    files = pipeline(tmp_path, "", more)
    found = documents(files)[0]["root"]["inputDefinitions"]["parameters"]
    assert {name: (spec["parameterType"], spec.get("defaultValue")) for name, spec in found.items()} == {
        "many": ("NUMBER_INTEGER", 3.0),
        "share": ("NUMBER_DOUBLE", 0.5),
        "exact": ("BOOLEAN", True),
        "plan": ("STRING", "b"),
        "since": ("STRING", "2025-01-31"),
        "wait": ("STRING", "7d2h"),
        "least": ("NUMBER_DOUBLE", None),
        "must": ("STRING", None),
        "run_date": ("STRING", ""),
        "run_time": ("STRING", ""),
    }
    assert found["plan"]["description"] == "Which." and found["plan"]["literals"] == ["a", "b"]
    assert "isOptional" not in found["must"] and found["least"]["isOptional"]
    # Each task is told what its steps use, and what has no default: nothing else makes it run again.
    assert set(nodes(files)["u"]["inputs"]["parameters"]) == {"share", "must"}
    assert set(nodes(files)["t"]["inputs"]["parameters"]) == {"must"}


def test_the_runs_time_is_asked_once_and_only_where_it_matters(tmp_path: Path) -> None:
    assert "run-time" not in nodes(pipeline(tmp_path, "", "transform u = t { filter x > 1 }\n"))
    found = nodes(pipeline(tmp_path, "", "transform u = t { filter day < run_date }\n"))
    assert found["run-time"]["inputs"]["parameters"]["run_date"] == {"componentInputParameter": "run_date"}
    given = {"outputParameterKey": "run_date", "producerTask": "run-time"}
    assert found["u"]["inputs"]["parameters"]["run_date"] == {"taskOutputParameter": given}
    assert "run-time" in found["u"]["dependentTasks"] and "dependentTasks" not in found["t"]


def test_retries_wait_longer_each_time(tmp_path: Path) -> None:
    found = nodes(pipeline(tmp_path, "retries: 3; retry_delay: 90s", ""))["t"]
    assert found["retryPolicy"] == {
        "maxRetryCount": 3,
        "backoffDuration": "90s",
        "backoffFactor": 2.0,
        # Argo counts from the first start: three waits of 90, 180 and 360 s, and four tries of a day.
        "backoffMaxDuration": f"{630 + 4 * 86_400}s",
    }
    assert "retryPolicy" not in nodes(pipeline(tmp_path, "", ""))["t"]
    found = nodes(pipeline(tmp_path, "retries: 1; retry_delay: 1500ms", ""))["t"]
    assert found["retryPolicy"]["backoffDuration"] == "2s"
    found = nodes(pipeline(tmp_path, "retries: 1; retry_delay: 60s; timeout: 10m", ""))["t"]
    assert found["retryPolicy"]["backoffMaxDuration"] == f"{60 + 2 * 600}s"


def test_a_time_limit_is_that_of_all_steps_of_a_task(tmp_path: Path) -> None:
    more = "transform u = t { filter x > 1 }\n"
    files = pipeline(tmp_path, "timeout: 90s", more, granularity="pipeline")
    assert "--timeout=180" in container(files, "p-pipeline")["args"]
    assert documents(files)[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"] == {
        "exec-p-pipeline": {"activeDeadlineSeconds": "180"}
    }


def test_resources_are_asked_for_in_old_words_and_in_new(tmp_path: Path) -> None:
    more = (
        "split data = t { train: 70%; test: 30% }\nmodel m = predict good from data {\n"
        "  features: x\n  algorithm logistic_regression\n"
        '  resources { cpu: 2.5; memory: 4Gi; gpu: 2; accelerator: "NVIDIA_TESLA_T4" }\n}\n'
    )
    assert container(pipeline(tmp_path, "", more), "m")["resources"] == {
        "cpuLimit": 2.5,
        "cpuRequest": 2.5,
        "memoryLimit": 4.294967296,
        "memoryRequest": 4.294967296,
        "resourceCpuLimit": "2500m",
        "resourceCpuRequest": "2500m",
        "resourceMemoryLimit": "4Gi",
        "resourceMemoryRequest": "4Gi",
        "accelerator": {
            "count": "2",
            "resourceCount": "2",
            "type": "NVIDIA_TESLA_T4",
            "resourceType": "NVIDIA_TESLA_T4",
        },
    }


def test_nodes_taints_volumes_and_secrets_are_in_the_platforms_document(tmp_path: Path) -> None:
    text = (
        f"pipeline p {{ {STORE} }}\n"
        'source t = sql(secret("DB"), "select 1 as id") { id: int key }\n'
        'profile cluster { resources p { node_selector: "pool=ml"; tolerations: "only=ml:NoSchedule", "spot"; '
        'volumes: "claim:/data" } }\n'
    )
    files = compiled(written(tmp_path, text), "cluster", secret="ours")
    assert documents(files)[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]["exec-t"] == {
        "nodeSelector": {"labels": {"pool": "ml"}},
        "tolerations": [
            {"key": "only", "operator": "Equal", "value": "ml", "effect": "NoSchedule"},
            {"key": "spot", "operator": "Exists"},
        ],
        "pvcMount": [
            {
                "constant": "claim",
                "mountPath": "/data",
                "pvcNameParameter": {"runtimeValue": {"constant": "claim"}},
            }
        ],
        "secretAsEnv": [
            {
                "secretName": "ours",
                "secretNameParameter": {"runtimeValue": {"constant": "ours"}},
                "optional": False,
                "keyToEnv": [{"envVar": "DB", "secretKey": "DB"}],
            }
        ],
    }


def test_what_may_have_changed_outside_is_never_taken_from_kubeflows_cache(tmp_path: Path) -> None:
    found = nodes(pipeline(tmp_path, "", "transform u = t { filter x > 1 }\n"))
    assert found["t"]["cachingOptions"] == {} and found["u"]["cachingOptions"] == {"enableCache": True}


def test_an_exit_handler_tells_the_webhook(tmp_path: Path) -> None:
    found = documents(pipeline(tmp_path, 'notify: "https://example.org/hook"', ""))[0]
    tasks = found["root"]["dag"]["tasks"]
    assert set(tasks) == {"steps", "notify"}
    assert tasks["notify"]["triggerPolicy"] == {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
    given = tasks["notify"]["inputs"]["parameters"]
    assert given["final-status"] == {"taskFinalStatus": {"producerTask": "steps"}}
    assert list(found["components"]["comp-steps"]["dag"]["tasks"]) == ["t"]


def test_what_the_program_says_of_itself_is_there_to_read(tmp_path: Path) -> None:
    text = f'## Why.\npipeline p {{ {STORE}; owner: "ann"; tags: "a", "b"; description: "What." }}\n## Rows.\n{SOURCE}'
    found = documents(compiled(written(tmp_path, text)))[0]
    assert found["pipelineInfo"]["description"] == "What.\n\nWhy.\n\nOwner: ann\n\nTags: a, b"
    assert found["components"]["comp-t"]["outputDefinitions"]["artifacts"]["table"]["description"] == "Rows."


def test_names_that_kubernetes_does_not_take_are_mapped_each_to_its_own_and_shown(tmp_path: Path) -> None:
    long = "x" * 80
    text = (
        f'pipeline Größe {{ {STORE} }}\nsource a_b = csv("s3://b/t.csv") {{ id: int key }}\n'
        f"transform A_B = a_b {{ filter id > 1 }}\ntransform ä = a_b {{ filter id > 2 }}\n"
        f"transform ö = a_b {{ filter id > 3 }}\ntransform {long}1 = a_b {{ filter id > 4 }}\n"
        f"transform {long}2 = a_b {{ filter id > 5 }}\n"
    )
    path = written(tmp_path, text)
    told: list[str] = []
    files = mldsl.load(path).compile("kubeflow", options={"validate": ""}, tell=told.append)
    names = [task.name for task in mldsl.load(path).tasks("kubeflow")]
    assert len(set(names)) == len(names) == 6
    assert all(len(name) <= 50 and name.replace("-", "").isalnum() and name == name.lower() for name in names)
    assert {path.partition("/")[0] for path in files} == {"gr-e"}
    shown = [line for line in told if "is called" in line]
    assert (
        len(shown) == 5 and "`A_B` is called `a-b-transform`: Kubernetes takes small letters, digits and `-`" in shown
    )


def test_no_task_is_called_like_the_pipeline_which_the_sdk_would_mistake_for_it(tmp_path: Path) -> None:
    assert set(nodes(pipeline(tmp_path, "", "transform p = t { filter x > 1 }\n"))) == {"t", "p-transform"}
    assert set(nodes(pipeline(tmp_path, "", "", granularity="pipeline"))) == {"p-pipeline"}


def test_names_of_argos_own_tasks_are_left_to_it(tmp_path: Path) -> None:
    more = "transform t_driver = t { filter x > 1 }\ntransform notify = t { filter x > 2 }\n"
    assert set(nodes(pipeline(tmp_path, "", more))) == {"t", "t-driver-task", "notify-transform"}


def test_texts_of_a_program_are_data_wherever_they_stand(tmp_path: Path) -> None:
    odd = "a\\n---\\nb: *x {{$.inputs}} \\u{1F427} \\u{2028} \"' # no".replace('"', '\\"')
    text = f'pipeline p {{ {STORE}; description: "{odd}" }}\n## {{{{$}}}} `: |\n{SOURCE}'
    found = documents(compiled(written(tmp_path, text)))
    assert len(found) == 1
    assert found[0]["pipelineInfo"]["description"] == "a\n---\nb: *x {{$.inputs}} \U0001f427 \u2028 \"' # no"


def test_the_text_is_what_any_reader_of_yaml_understands() -> None:
    text = compiled(EVERYTHING)["pipeline.yaml"].decode()
    assert text.isascii()
    assert list(yaml.safe_load_all(text)) == list(yaml.load_all(text, yaml.CSafeLoader))
