"""Pipelines written with Kubeflow's own SDK. What it makes of them is in `golden/`, so that the tests do not need it.

`python tests/backends/kubeflow/validation/pipelines.py` writes it again where `kfp` and `kfp-kubernetes` are.
"""

from pathlib import Path
from typing import List  # noqa: UP035 - the SDK reads types as they were written then

from kfp import compiler, dsl, kubernetes

GOLDEN = Path(__file__).parent / "golden"
IMAGE = "registry.example.org/churn:1"


@dsl.container_component
def load(rows: dsl.Output[dsl.Dataset], source: str, limit: int, ratio: float, again: bool):
    return dsl.ContainerSpec(
        image=IMAGE,
        command=["python", "-m", "work", "load"],
        args=["--source", source, "--limit", limit, "--ratio", ratio, "--again", again, "--to", rows.path],
    )


@dsl.container_component
def train(rows: dsl.Input[dsl.Dataset], model: dsl.Output[dsl.Model], metrics: dsl.Output[dsl.Metrics], depth: int):
    return dsl.ContainerSpec(
        image=IMAGE,
        command=["python", "-m", "work", "train"],
        args=["--rows", rows.uri, "--depth", depth, "--model", model.path, "--metrics", metrics.path],
    )


@dsl.container_component
def judge(
    model: dsl.Input[dsl.Model],
    passed: dsl.OutputPath(bool),
    count: dsl.OutputPath(int),
    label: dsl.OutputPath(str),
    curve: dsl.Output[dsl.ClassificationMetrics],
    page: dsl.Output[dsl.HTML],
    note: str = "",
):
    return dsl.ContainerSpec(
        image=IMAGE,
        command=["python", "-m", "work", "judge", model.path, passed, count, label, curve.path, page.path],
        args=[dsl.IfPresentPlaceholder("note", then=["--note", note], else_=["--silent"])],
    )


@dsl.container_component
def deploy(model: dsl.Input[dsl.Model], where: str):
    return dsl.ContainerSpec(image=IMAGE, command=["python", "-m", "work", "deploy"], args=[model.uri, where])


@dsl.container_component
def notify(status: str, hook: str):
    return dsl.ContainerSpec(image=IMAGE, command=["python", "-m", "work", "notify"], args=[status, hook])


@dsl.component(base_image=IMAGE)
def report(status: dsl.PipelineTaskFinalStatus, hook: str = "x"):
    print(status, hook)


@dsl.component(base_image=IMAGE)
def settings() -> List[int]:  # noqa: UP006
    return [1, 2]


@dsl.component(base_image=IMAGE)
def score(depth: int) -> float:
    return 1.0 / depth


@dsl.component(base_image=IMAGE)
def best(scores: list) -> float:
    return max(scores)


@dsl.pipeline(name="plain", description="Loads, trains and judges.", display_name="Plain")
def plain(source: str = "s3://bucket/rows", depth: int = 3, ratio: float = 0.25, again: bool = True):
    rows = load(source=source, limit=100, ratio=ratio, again=again)
    rows.set_retry(num_retries=2, backoff_duration="30s", backoff_factor=2.0, backoff_max_duration="600s")
    rows.set_env_variable("LEVEL", "info")
    model = train(rows=rows.outputs["rows"], depth=depth)
    model.set_cpu_limit("4").set_cpu_request("500m").set_memory_limit("8Gi").set_memory_request("2Gi")
    model.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)
    judge(model=model.outputs["model"]).set_caching_options(False).after(rows)


@dsl.pipeline(name="conditions")
def conditions(source: str, depth: int = 3, quick: bool = False) -> float:
    rows = load(source=source, limit=10, ratio=0.5, again=False)
    model = train(rows=rows.outputs["rows"], depth=depth)
    judged = judge(model=model.outputs["model"], note="it's")
    with dsl.If(judged.outputs["passed"] == True):  # noqa: E712
        deploy(model=model.outputs["model"], where=judged.outputs["label"])
    with dsl.If(judged.outputs["count"] > 3), dsl.If(quick == False):  # noqa: E712
        deploy(model=model.outputs["model"], where="quick")
    with dsl.If(judged.outputs["label"] == "good"):
        deploy(model=model.outputs["model"], where="a")
    with dsl.Elif(judged.outputs["count"] >= 0.5):
        deploy(model=model.outputs["model"], where="b")
    with dsl.Else():
        deploy(model=model.outputs["model"], where="c")
    with dsl.If(quick == True):  # noqa: E712
        first = score(depth=1)
    with dsl.Else():
        second = score(depth=2)
    return dsl.OneOf(first.output, second.output)


@dsl.pipeline(name="loops")
def loops(depths: List[int] = [1, 2, 3]) -> float:  # noqa: B006, UP006
    with dsl.ParallelFor([1, 2, 3], parallelism=2) as depth:
        score(depth=depth)
    with dsl.ParallelFor(depths) as depth:
        one = score(depth=depth)
    with dsl.ParallelFor(settings().output) as depth:
        score(depth=depth)
    with dsl.ParallelFor([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]) as item:
        score(depth=item.a)
    return best(scores=dsl.Collected(one.output)).output


@dsl.pipeline(name="exits")
def exits(hook: str, source: str = "s3://bucket/rows"):
    with dsl.ExitHandler(report(hook=hook)):
        rows = load(source=source, limit=10, ratio=0.5, again=False)
        train(rows=rows.outputs["rows"], depth=3)
    with dsl.ExitHandler(notify(status="done", hook=hook), name="second"):
        load(source=source, limit=10, ratio=0.5, again=False)


@dsl.pipeline(name="inner")
def inner(rows: dsl.Input[dsl.Dataset], depth: int, where: str = "inside") -> dsl.Model:
    model = train(rows=rows, depth=depth)
    deploy(model=model.outputs["model"], where=where)
    return model.outputs["model"]


@dsl.pipeline(name="nested")
def nested(uri: str = "s3://bucket/rows", depth: int = 2):
    rows = dsl.importer(artifact_uri=uri, artifact_class=dsl.Dataset, reimport=True)
    fixed = dsl.importer(artifact_uri="gs://bucket/model", artifact_class=dsl.Model, metadata={"by": "hand"})
    model = inner(rows=rows.output, depth=depth)
    deploy(model=model.output, where="here")
    deploy(model=fixed.output, where="fixed")


@dsl.pipeline(name="pods")
def pods(claim: str = "data", source: str = "s3://bucket/rows"):
    rows = load(source=source, limit=10, ratio=0.5, again=False)
    kubernetes.use_secret_as_env(rows, "warehouse", {"URL": "WAREHOUSE_URL"})
    kubernetes.add_node_selector(rows, "pool", "large")
    kubernetes.add_toleration(rows, key="gpu", operator="Equal", value="yes", effect="NoSchedule")
    kubernetes.add_toleration(rows, operator="Exists", effect="NoExecute", toleration_seconds=30)
    kubernetes.mount_pvc(rows, pvc_name=claim, mount_path="/data")
    kubernetes.mount_pvc(rows, pvc_name="scratch", mount_path="/scratch", sub_path="here")
    kubernetes.set_timeout(rows, seconds=3600)
    kubernetes.set_image_pull_policy(rows, "IfNotPresent")
    kubernetes.set_image_pull_secrets(rows, ["registry"])
    kubernetes.add_pod_label(rows, "team", "growth")
    kubernetes.add_pod_annotation(rows, "example.org/owner", "growth ml")
    model = train(rows=rows.outputs["rows"], depth=3)
    kubernetes.use_secret_as_volume(model, "keys", "/keys", optional=True)
    kubernetes.use_config_map_as_env(model, "settings", {"level": "LEVEL"})
    kubernetes.use_config_map_as_volume(model, "files", "/files")
    kubernetes.use_field_path_as_env(model, "POD", "metadata.name")
    kubernetes.empty_dir_mount(model, "shm", "/dev/shm", medium="Memory", size_limit="1Gi")
    kubernetes.add_node_affinity(model, match_expressions=[{"key": "zone", "operator": "In", "values": ["a", "b"]}])
    kubernetes.add_ephemeral_volume(model, "temp", "/temp", ["ReadWriteOnce"], "10Gi", storage_class_name="fast")
    kubernetes.set_security_context(model, run_as_user=1000, run_as_non_root=True)


PIPELINES = (plain, conditions, loops, exits, nested, pods)

if __name__ == "__main__":
    for pipeline in PIPELINES:
        compiler.Compiler().compile(pipeline, str(GOLDEN / f"{pipeline.name}.yaml"))
