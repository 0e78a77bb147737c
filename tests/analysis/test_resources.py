"""`resources`: what a program asks for on behalf of its steps, and which texts say it."""

from __future__ import annotations

import pytest

from mldsl.analysis.analyze import analyze
from mldsl.analysis.program import Program, Resources
from mldsl.catalog.kubernetes import NodeLabel, Toleration, Volume
from mldsl.plan import nodes
from mldsl.plan.document import dump, load
from mldsl.plan.fingerprint import fingerprint, meaning
from mldsl.plan.lower import lower
from mldsl.source import SourceFile
from mldsl.syntax.parser import parse
from tests.support.checking import HYGIENE, check_text, found

REST = """
source people = csv("people.csv") {
  id: int key
  age: int
  won: bool
}
check people { expect age > 0 }
split data = people { train: 70%; test: 30% }
"""
MODEL = "model m = predict won from data { algorithm logistic_regression; RESOURCES }\n"


def asking(resources: str, pipeline: str = "", profile: str = "") -> str:
    block = f"resources {{ {resources} }}" if resources else ""
    return f"pipeline p {{ {pipeline} }}\n{REST}{MODEL.replace('RESOURCES', block)}{profile}"


def program(text: str, profile: str | None = None) -> Program:
    made = analyze(parse(SourceFile("p.ml", text)).module, profile=profile).program
    assert made is not None
    return made


def of_steps(text: str, profile: str | None = None) -> dict[str, nodes.Resources]:
    return {step.id: step.resources for step in lower(program(text, profile)).steps}


def read(option: str) -> Resources:
    return program(asking(f"gpu: 1; {option}")).models["m"].resources


@pytest.mark.parametrize(
    "name", ["nvidia.com/gpu", "amd.com/gpu", "cloud-tpus.google.com/v3", "NVIDIA_TESLA_T4", "TPU_V3"]
)
def test_kinds_of_devices(name: str):
    assert read(f'accelerator: "{name}"').accelerator == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pool=ml", NodeLabel("pool", "ml")),
        ("cloud.google.com/gke-nodepool=A_1.b", NodeLabel("cloud.google.com/gke-nodepool", "A_1.b")),
        ("spot=", NodeLabel("spot", "")),
        (f"{'k' * 63}={'v' * 63}", NodeLabel("k" * 63, "v" * 63)),
    ],
)
def test_labels_of_nodes(text: str, expected: NodeLabel):
    assert read(f'node_selector: "{text}"').node_selector == (expected,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dedicated=ml:NoSchedule", Toleration("dedicated", "ml", "NoSchedule")),
        ("dedicated=ml", Toleration("dedicated", "ml", None)),
        ("nvidia.com/gpu:NoExecute", Toleration("nvidia.com/gpu", None, "NoExecute")),
        ("spot", Toleration("spot", None, None)),
        ("spot=:PreferNoSchedule", Toleration("spot", "", "PreferNoSchedule")),
    ],
)
def test_taints_that_are_tolerated(text: str, expected: Toleration):
    assert read(f'tolerations: "{text}"').tolerations == (expected,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shared:/data", Volume("shared", "/data", False)),
        ("raw.warehouse-1:/mnt/raw data:ro", Volume("raw.warehouse-1", "/mnt/raw data", True)),
    ],
)
def test_volumes(text: str, expected: Volume):
    assert read(f'volumes: "{text}"').volumes == (expected,)


@pytest.mark.parametrize(
    ("option", "span", "said"),
    [
        ("accelerator: gpu", "gpu", "wants a Kubernetes resource such as `nvidia.com/gpu`"),
        ('accelerator: "gpu"', '"gpu"', "is no kind of device"),
        ('accelerator: "T4"', '"T4"', "is no kind of device"),
        ('accelerator: "NVIDIA/gpu"', '"NVIDIA/gpu"', "is not a name that Kubernetes has"),
        ('accelerator: "kubernetes.io/gpu"', '"kubernetes.io/gpu"', "where Kubernetes keeps what is its own"),
        ('accelerator: "a.com/gpu", "b.com/gpu"', '"a.com/gpu", "b.com/gpu"', "takes one value, not 2"),
        ('node_selector: "pool"', '"pool"', "is not `key=value`"),
        ('node_selector: "=ml"', '"=ml"', "has the key ``"),
        ('node_selector: "pool =ml"', '"pool =ml"', "has the key `pool `"),
        ('node_selector: "pool=a b"', '"pool=a b"', "has the value `a b`"),
        ('node_selector: "pool=-a"', '"pool=-a"', "has the value `-a`"),
        ('node_selector: "Ex.com/pool=a"', '"Ex.com/pool=a"', "what stands before its `/`"),
        (f'node_selector: "{"k" * 64}=v"', f'"{"k" * 64}=v"', "at most 63"),
        ("node_selector: 3", "3", "wants a label of nodes"),
        ('tolerations: "a=b:Never"', '"a=b:Never"', "has the effect `Never`; there are `NoSchedule`"),
        ('tolerations: "a=b:"', '"a=b:"', "has the effect ``"),
        ('tolerations: ":NoSchedule"', '":NoSchedule"', "has the key ``"),
        ('volumes: "shared"', '"shared"', "is not `claim:/mount/path`"),
        ('volumes: "shared:"', '"shared:"', "is not `claim:/mount/path`"),
        ('volumes: "/data:shared"', '"/data:shared"', "has the claim `/data`"),
        ('volumes: "Shared:/data"', '"Shared:/data"', "has the claim `Shared`"),
        ('volumes: "shared:data"', '"shared:data"', "is mounted at an absolute one"),
        ('volumes: "shared:/"', '"shared:/"', "mounted over everything"),
        ('volumes: "shared:/a/../b"', '"shared:/a/../b"', "which is `/b`"),
        ('volumes: "shared:/data/"', '"shared:/data/"', "which is `/data`"),
        ('volumes: "shared://data"', '"shared://data"', "which is `/data`"),
        ('volumes: "shared:/data:rw"', '"shared:/data:rw"', "ends in `:rw`"),
        ('volumes: "shared:/a\\nb"', '"shared:/a\\nb"', "characters that cannot be seen"),
    ],
)
def test_what_does_not_say_it(option: str, span: str, said: str):
    (diagnostic,) = [item for item in check_text(asking(f"gpu: 1; {option}")) if item.code not in HYGIENE]
    assert (diagnostic.code, diagnostic.span.text) == ("ML111", span)
    assert said in diagnostic.message


@pytest.mark.parametrize(
    ("option", "help_"),
    [
        ('tolerations: "a=b:noschedule"', "did you mean `NoSchedule`?"),
        ('volumes: "shared:/data//x/"', 'write `"shared:/data/x"`'),
        ('volumes: "shared:data:ro"', 'write `"shared:/data:ro"`'),
        ('node_selector: "pool"', 'write a label of nodes such as `"pool=ml"`'),
    ],
)
def test_the_way_out(option: str, help_: str):
    (diagnostic,) = [item for item in check_text(asking(option)) if item.code not in HYGIENE]
    assert diagnostic.help == help_


@pytest.mark.parametrize(
    ("option", "second"),
    [
        ('node_selector: "pool=a", "zone=b", "pool=c"', '"pool=c"'),
        ('volumes: "a:/data", "b:/data"', '"b:/data"'),
        ('tolerations: "gpu", "gpu"', '"gpu"'),
    ],
)
def test_what_cannot_be_given_twice(option: str, second: str):
    assert found(asking(option)) == [("ML108", second)]


def test_a_claim_may_have_two_paths_and_lie_within_another():
    assert found(asking('volumes: "a:/data", "a:/more", "b:/data/raw"')) == []


# --- what is said of all steps ---------------------------------------------------------------------------------------


def test_a_kind_of_device_wants_a_number_of_them():
    kind = 'accelerator: "amd.com/gpu"'
    assert found(asking(kind)) == [("ML107", "accelerator")]
    assert found(asking('accelerator: "gpu"')) == [("ML111", '"gpu"')]
    assert found(asking(f"{kind}; gpu: 1")) == []
    assert found(asking(f"{kind}; gpu: 0")) == []  # said, and so meant: a profile without devices
    assert found(asking(kind, "resources { gpu: 1 }")) == []
    assert found(asking("cpu: 1", f"resources {{ {kind} }}")) == [("ML107", "accelerator")]
    assert found(asking("gpu: 1", f"resources {{ {kind} }}")) == []
    assert found(asking("", profile=f"profile c {{ resources m {{ {kind} }} }}")) == [("ML107", "accelerator")]
    assert found(asking("gpu: 1", profile=f"profile c {{ resources m {{ {kind} }} }}")) == []
    assert found(asking("gpu: 1", profile=f"profile c {{ resources p {{ {kind} }} }}")) == []


def test_a_step_has_what_its_declaration_says_and_else_what_the_pipeline_says():
    common = 'cpu: 2; memory: 1Gi; accelerator: "amd.com/gpu"; node_selector: "pool=ml"; volumes: "shared:/data:ro"'
    found_ = of_steps(asking('cpu: 4; gpu: 1; node_selector: "pool=gpu"', f"resources {{ {common} }}"))
    volumes = (nodes.Volume(claim="shared", path="/data", read_only=True),)
    of_all = nodes.Resources(
        cpu=2.0, memory=2**30, node_selector=(nodes.NodeLabel(key="pool", value="ml"),), volumes=volumes
    )
    assert found_ == {
        "source:people": of_all,
        "check:people": of_all,
        "split:data": of_all,
        "model:m": nodes.Resources(
            cpu=4.0,
            memory=2**30,
            gpu=1,
            accelerator="amd.com/gpu",
            node_selector=(nodes.NodeLabel(key="pool", value="gpu"),),
            volumes=volumes,
        ),
    }


def test_a_step_may_go_without_the_devices_of_all_others():
    steps = of_steps(asking("gpu: 0", 'resources { gpu: 2; accelerator: "amd.com/gpu" }'))
    assert (steps["model:m"].gpu, steps["model:m"].accelerator) == (0, None)
    assert (steps["split:data"].gpu, steps["split:data"].accelerator) == (2, "amd.com/gpu")


def test_a_profile_says_it_by_the_pipelines_name():
    profile = 'profile c { resources p { cpu: 8; volumes: "shared:/data" }; resources m { gpu: 1 } }\n'
    text = asking("memory: 2Gi", 'resources { cpu: 1; tolerations: "gpu" }', profile)
    assert of_steps(text)["split:data"].volumes == ()
    steps = of_steps(text, "c")
    tolerations = (nodes.Toleration(key="gpu"),)
    volumes = (nodes.Volume(claim="shared", path="/data"),)
    of_all = nodes.Resources(cpu=8.0, tolerations=tolerations, volumes=volumes)
    assert steps["split:data"] == of_all
    assert steps["model:m"] == nodes.Resources(cpu=8.0, memory=2**31, gpu=1, tolerations=tolerations, volumes=volumes)


def test_a_model_of_the_pipelines_name_is_the_model():
    text = asking("", profile="profile c { resources p { cpu: 8 } }\n").replace("model m", "model p")
    steps = of_steps(text, "c")
    assert (steps["model:p"].cpu, steps["split:data"].cpu) == (8.0, None)


def test_a_source_of_the_pipelines_name_asks_for_nothing_so_that_the_pipeline_is_meant():
    text = asking("", profile="profile c { resources people { cpu: 8 } }\n").replace("pipeline p", "pipeline people")
    assert found(text) == []
    assert of_steps(text, "c")["split:data"].cpu == 8.0


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("resources pp { cpu: 1 }", [("ML101", "pp")]),
        ("resources other { cpu: 1 }", [("ML101", "other")]),
        ("resources people { cpu: 1 }", [("ML103", "people")]),
        ("resources p { cpus: 1 }", [("ML106", "cpus")]),
        ("resources p { cpu: 1 }\nresources p { cpu: 2 }", [("ML108", "p")]),
    ],
)
def test_wrong_resources_of_a_profile(profile: str, expected: list[tuple[str, str]]):
    assert found(asking("", profile=f"profile c {{ {profile} }}\n")) == expected


def test_a_mistyped_pipeline_is_suggested():
    text = asking("", profile="profile c { resources churm { cpu: 1 } }\n").replace("pipeline p", "pipeline churn")
    (diagnostic,) = [item for item in check_text(text) if item.code not in HYGIENE]
    assert diagnostic.help == "did you mean `churn`?"


def test_a_pipeline_has_one_block_of_them():
    assert found(asking("", "resources { cpu: 1 }\nresources { cpu: 2 }")) == [("ML108", "resources")]


# --- in the plan -----------------------------------------------------------------------------------------------------

FULL = (
    'cpu: 2; gpu: 1; accelerator: "amd.com/gpu"; node_selector: "pool=ml"; tolerations: "spot", "a=b:NoExecute"; '
    'volumes: "shared:/data", "raw:/raw:ro"'
)


def test_no_key_depends_on_it():
    plain, full = (lower(program(text)) for text in (asking(""), asking(FULL, f"resources {{ {FULL} }}")))
    assert [fingerprint(step) for step in plain.steps] == [fingerprint(step) for step in full.steps]
    assert meaning(plain) == meaning(full)


def test_a_plan_is_the_same_read_back_and_one_of_before_has_nothing_of_it():
    full = lower(program(asking(FULL)))
    assert load(dump(full)) == full
    text = dump(lower(program(asking("cpu: 2"))))
    for name in ("accelerator", "node_selector", "tolerations", "volumes"):
        assert name not in text
    assert load(text).steps[-1].resources == nodes.Resources(cpu=2.0)
