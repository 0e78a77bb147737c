"""What Kubeflow's local runner does with a document, unmodified: gates, loops, retries, what is shown, what is said."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from tests.backends.live.conftest import OnKubeflow, named
from tests.support.live.backends import Local, assert_equal, plan_of, run_locally
from tests.support.live.kubeflow import KubeflowRuns
from tests.support.live.kubeflow_faults import run as faulty
from tests.support.live.pipelines import DATE, SECRET

pytestmark = pytest.mark.slow


def test_a_gate_that_fails_skips_what_it_guards_and_nothing_else(kubeflow: KubeflowRuns) -> None:
    run = faulty(kubeflow, "gated")
    assert run.status != 0
    assert "not met: penguins: `rows() >= 1_000` does not hold (it is 344)" in run.said
    # Not `heavier`, with `heavy` in it. The check was carried out once: it would find the same again, retries or not.
    assert sorted(run.executed()) == [
        "churn-check",
        "churn-source",
        "kept",
        "penguins-check",
        "penguins-check-unmet",
        "penguins-source",
    ]
    assert kubeflow.store_of("gated").latest("transform:heavier") is None
    kept = kubeflow.store_of("gated").latest("transform:kept")
    assert kept is not None


def test_what_a_gate_found_is_kept_and_shown_although_it_is_not_met(kubeflow: KubeflowRuns) -> None:
    run = faulty(kubeflow, "judged")
    assert run.status != 0
    task = "species-model-evaluate-data-test"
    answer = json.loads(run.artifact(task, "executor_output.json").read_text())
    assert answer["parameterValues"]["Output"] is False
    record = kubeflow.store_of("judged").latest("evaluate:species_model on data.test")
    assert record is not None
    found = json.loads(kubeflow.store_of("judged").read(record.outputs["metrics"]))
    shown = answer["artifacts"]["metrics"]["artifacts"][0]["metadata"]
    assert shown["accuracy"] == found["metrics"]["accuracy"] < 0.99
    matrix = answer["artifacts"]["classes"]["artifacts"][0]["metadata"]["confusionMatrix"]
    assert [item["displayName"] for item in matrix["annotationSpecs"]] == ["Adelie", "Chinstrap", "Gentoo"]
    assert sum(sum(row["row"]) for row in matrix["rows"]) == found["rows"]
    page = run.artifact(task, "report").read_text()
    assert "accuracy &gt;= 0.99" in page and "failed" in page and "data:image/svg+xml;base64," in page


def test_a_curve_is_shown_as_it_was_measured(kubeflow: KubeflowRuns) -> None:
    run = kubeflow.of(named("churn"))
    answer = json.loads(run.artifact("churn-model-evaluate-data-test", "executor_output.json").read_text())
    points = answer["artifacts"]["classes"]["artifacts"][0]["metadata"]["confidenceMetrics"]
    record = kubeflow.store_of("churn").latest("evaluate:churn_model on data.test")
    assert record is not None
    area = json.loads(kubeflow.store_of("churn").read(record.outputs["metrics"]))["metrics"]["roc_auc"]
    across, up = [[point[name] for point in points] for name in ("falsePositiveRate", "recall")]
    found = sum((across[i] - across[i - 1]) * (up[i] + up[i - 1]) / 2 for i in range(1, len(points)))
    assert (across[0], up[0], across[-1], up[-1]) == (0, 0, 1, 1)
    assert found == pytest.approx(area, abs=0.005)  # the curve is thinned


def test_a_run_knows_its_time_and_a_guarded_search_is_spread(kubeflow: KubeflowRuns) -> None:
    run = faulty(kubeflow, "timed")
    assert run.status == 0, run.said
    assert "run_date is 2025-01-31, run_time is 2025-01-31T10:00:00" in run.said
    assert run.executed().count("species-model-trials") == 2, run.executed()
    record = kubeflow.store_of("timed").latest("model:species_model")
    assert record is not None and record.details["algorithm"] == "decision_tree"


def test_trials_run_side_by_side(kubeflow: KubeflowRuns) -> None:
    lines = re.findall(r"(Executing task|Task) '(by-tpe-model-trials)'( finished)?", kubeflow.of(named("tuned")).said)
    begun = [head for head, _, finished in lines if head == "Executing task" or finished]
    assert begun[:2] == ["Executing task", "Executing task"], begun


def test_what_fails_once_is_tried_again(kubeflow: KubeflowRuns) -> None:
    run = faulty(kubeflow, "flaky")
    assert run.status == 0, run.said
    assert "RuntimeError: the moon is wrong" in run.said
    assert run.executed().count("made-source") == 2


def test_what_always_fails_is_tried_as_often_as_the_pipeline_says_and_told_to_the_webhook(
    on_kubeflow: OnKubeflow,
) -> None:
    run = faulty(on_kubeflow.runs, "hopeless")
    assert run.status != 0
    assert run.executed().count("made-source") == 2
    assert "made-check" not in run.executed()
    assert faulty(on_kubeflow.runs, "flaky").status == 0
    until = time.monotonic() + 60
    while not on_kubeflow.webhook.told:
        assert time.monotonic() < until, run.said
        time.sleep(0.2)
    (told,) = on_kubeflow.webhook.told
    assert re.fullmatch(r"hopeless: the run hopeless-[\d-]+ failed \(FAILED\)", told["text"]), told


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("secretless", "`people` needs the secret `NOBODY_SET_THIS`, which is not set"),
        ("slow", "error: not done after 2 s, the pipeline's `timeout`"),
    ],
)
def test_what_cannot_be_done_is_said_in_the_log(kubeflow: KubeflowRuns, name: str, sentence: str) -> None:
    run = faulty(kubeflow, name)
    assert run.status != 0
    assert sentence in run.said
    assert "Traceback" not in run.said.partition("RuntimeError: Pipeline")[0].partition("Traceback (most recent")[0]


def test_a_parameter_of_the_wrong_kind_is_refused(kubeflow: KubeflowRuns) -> None:
    kubeflow.of(named("warehouse"))
    run = kubeflow.run("warehouse", {"since": "soon", "run_date": "2025-02-01"})
    assert run.status != 0
    assert "error: the parameter `since`: `soon` is not a date such as `2025-01-31`" in run.said, run.said
    run = kubeflow.run("warehouse", {"loyal_days": "many"})
    assert run.status != 0 and not run.executed()


def test_an_image_without_mldsl_says_so(kubeflow: KubeflowRuns, tmp_path) -> None:
    faulty(kubeflow, "flaky")
    document = next(yaml.safe_load_all((kubeflow.folder / "flaky" / "build" / "flaky" / "pipeline.yaml").read_text()))
    container = document["deploymentSpec"]["executors"]["exec-made-source"]["container"]
    words = [*container["command"], *container["args"]]
    done = subprocess.run(words, env={"PATH": "/usr/bin:/bin"}, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: this image has no mldsl for python3" in done.stderr


def test_an_image_of_another_compile_says_so(kubeflow: KubeflowRuns) -> None:
    faulty(kubeflow, "slow")
    faulty(kubeflow, "gated")
    other = kubeflow.folder / "gated" / "build" / "gated"
    run = kubeflow.run("slow", {}, MLDSL_PIPELINE=str(other))
    assert run.status != 0
    assert "is not the one that `pipeline.yaml` was compiled with" in run.said


def test_a_second_run_is_all_from_the_store(kubeflow: KubeflowRuns) -> None:
    kubeflow.of(named("checks"))
    run = kubeflow.run("checks", {"run_date": "2025-03-01"})
    assert run.status == 0
    assert run.said.count("cached: ") == len(plan_of(kubeflow.folder / "checks" / "checks.ml", named("checks")).steps)
    assert "running `" not in run.said


def test_a_local_run_finds_what_kubeflow_made(kubeflow: KubeflowRuns, secret: str) -> None:
    pipeline = named("code")
    assert kubeflow.end(pipeline).passed
    done = run_locally(kubeflow.folder / pipeline.name / f"{pipeline.name}.ml", pipeline, {SECRET: secret})
    assert done.returncode == 0
    # What a function of the user's gives is not known before it is called.
    assert "1 done, 5 cached" in done.stderr, done.stderr


def test_two_runs_at_once_give_what_one_gives(kubeflow: KubeflowRuns, local: Local) -> None:
    pipeline = named("tables")
    kubeflow.of(pipeline)
    # From nothing, and both at once.
    shutil.rmtree(kubeflow.folder / "tables" / ".mldsl")
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(kubeflow.run, "tables", {"run_date": DATE}) for _ in range(2)]
    assert [run.result().status for run in both] == [0, 0]
    expected = local.end(pipeline)
    assert assert_equal(plan_of(local.program(pipeline), pipeline), expected.store, kubeflow.store_of("tables")) >= 2


def test_the_value_of_a_secret_is_nowhere(kubeflow: KubeflowRuns, secret: str) -> None:
    assert kubeflow.end(named("warehouse")).passed
    place = kubeflow.folder / "warehouse"
    files = [path for path in place.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [path for path in files if secret.encode() in path.read_bytes()] == []
    assert secret not in kubeflow.of(named("warehouse")).said
