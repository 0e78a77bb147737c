"""Endpoints as KServe's: held against the schema of its own CRD, without what it does not know.

`inferenceservice.schema.json.gz` is the `openAPIV3Schema` of v1beta1 in KServe (`aaac4e294`, August 2026),
without descriptions, other runtimes and the status, and with no property let in that it does not name.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import mldsl
from mldsl.api import refused

HERE = Path(__file__).parent
PROGRAM = """\
pipeline shop { artifacts: @STORE@ }
source people = csv("s3://b/people.csv") {
  id: string key
  age: int
  won: bool
}
split data = people { train: 70%; test: 30% }
model winner = predict won from data
evaluate winner on data.test { expect accuracy > 0.5 }
deploy live = winner to endpoint("Winners of_2025") {
  require evaluation
  @MORE@
}
"""
PLAIN = "rollout { 10% for 1h; 50% for 2h; 100% }; replicas: 2..4; resources { cpu: 1.5; memory: 1Gi; gpu: 1 }"


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    with gzip.open(HERE / "inferenceservice.schema.json.gz", "rt", encoding="utf-8") as file:
        return Draft202012Validator(json.load(file))


def _program(folder: Path, more: str = PLAIN, store: str = '"s3://b/store"') -> Path:
    path = folder / "shop.ml"
    path.write_text(PROGRAM.replace("@MORE@", more).replace("@STORE@", store), encoding="utf-8")
    return path


def _manifests(path: Path, **options: str) -> dict[str, Any]:
    files = mldsl.load(path).compile("kubeflow", options={"image": "reg.io/shop:1", **options})
    return {name.rpartition("/")[2]: yaml.safe_load(text) for name, text in files.items() if "/kserve/" in name}


def test_the_manifest_fits_the_schema_and_a_typo_does_not(tmp_path: Path, schema: Draft202012Validator) -> None:
    found = _manifests(_program(tmp_path))
    assert set(found) == {f"winners-of-2025{part}.yaml" for part in ("", ".canary-10", ".canary-50")}
    for manifest in found.values():
        assert list(schema.iter_errors(manifest)) == []
    wrong = found["winners-of-2025.yaml"]
    wrong["spec"]["predictor"]["minReplica"] = 1
    assert "minReplica" in next(schema.iter_errors(wrong)).message


def test_it_serves_the_registrys_champion_with_what_the_program_asks_for(tmp_path: Path) -> None:
    predictor = _manifests(_program(tmp_path))["winners-of-2025.yaml"]["spec"]["predictor"]
    assert (predictor["minReplicas"], predictor["maxReplicas"]) == (2, 4)
    assert "canaryTrafficPercent" not in predictor
    (container,) = predictor["containers"]
    assert container["image"] == "reg.io/shop:1"
    # The very words that a user would write: they are read by the command's own parser.
    from mldsl.cli import serve
    from mldsl.cli.arguments import Arguments

    assert container["command"][:4] == ["python", "-m", "mldsl", "serve"]
    parser = Arguments("serve", "", serve.EXAMPLES, container["command"][4:])
    serve.add_arguments(parser)
    options = parser.read()
    assert (options.name, options.store, options.port) == ("Winners of_2025", "s3://b/store", 8080)
    assert container["ports"][0]["containerPort"] == options.port
    assert container["resources"]["limits"] == {"cpu": "1500m", "memory": "1073741824", "nvidia.com/gpu": "1"}
    assert {"name": "PROTOCOL", "value": "v2"} in container["env"]


def test_stages_are_canaries_of_a_new_image(tmp_path: Path) -> None:
    found = _manifests(_program(tmp_path))
    shares = {name: item["spec"]["predictor"].get("canaryTrafficPercent") for name, item in found.items()}
    assert shares == {
        "winners-of-2025.yaml": None,
        "winners-of-2025.canary-10.yaml": 10,
        "winners-of-2025.canary-50.yaml": 50,
    }


def test_a_share_that_kserve_has_not_is_refused_at_its_line(tmp_path: Path) -> None:
    path = _program(tmp_path, "rollout { 2.5% for 1h; 100% }")
    [item] = refused(path, "kubeflow")
    assert (item.code, item.span.text) == ("ML601", "live")
    assert item.message == "KServe shares requests out in whole percents, and a stage of `live` has 2.5000%"


def test_a_store_whose_address_is_secret_is_named_alone(tmp_path: Path, schema: Draft202012Validator) -> None:
    path = _program(tmp_path, "replicas: 1", 'secret("STORE")')
    manifest = _manifests(path, secret="ours")["winners-of-2025.yaml"]
    assert list(schema.iter_errors(manifest)) == []
    (container,) = manifest["spec"]["predictor"]["containers"]
    assert container["command"][-1] == "--store=$(STORE)"
    assert container["env"][1] == {"name": "STORE", "valueFrom": {"secretKeyRef": {"name": "ours", "key": "STORE"}}}


def test_a_store_on_a_disk_is_mounted_where_the_endpoint_is(tmp_path: Path, schema: Draft202012Validator) -> None:
    volume = 'resources { volumes: "shared-data:/data" }'
    everywhere = 'pipeline shop { artifacts: "/data/store"; resources { volumes: "shared-data:/data" } }'
    path = _program(tmp_path, "replicas: 1", '"/data/store"')
    path.write_text(path.read_text().replace('pipeline shop { artifacts: "/data/store" }', everywhere))
    manifest = _manifests(path)["winners-of-2025.yaml"]
    assert list(schema.iter_errors(manifest)) == []
    predictor = manifest["spec"]["predictor"]
    assert predictor["volumes"][0]["persistentVolumeClaim"] == {"claimName": "shared-data"}
    (mount,) = predictor["containers"][0]["volumeMounts"]
    assert mount == {"name": predictor["volumes"][0]["name"], "mountPath": "/data"}
    path = _program(tmp_path, volume, '"/elsewhere/store"')
    assert "ML602" in [item.code for item in refused(path, "kubeflow")]


def test_the_readme_says_how_it_is_applied_and_the_image_can_serve(tmp_path: Path) -> None:
    files = mldsl.load(_program(tmp_path)).compile("kubeflow", options={"image": "reg.io/shop:1"})
    readme = files["shop/README.md"].decode()
    assert "kubectl apply -f kserve/winners-of-2025.yaml" in readme and "serverless mode only" in readme
    assert files["shop/requirements.txt"].decode().startswith("mldsl[s3,serve]==")
    assert "fastapi==" in files["shop/constraints.txt"].decode()
