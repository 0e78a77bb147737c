"""The pods that Kubeflow's driver makes of what is accepted are what Kubernetes takes, by its own schemas."""

import copy

import kubernetes_validate
import pytest

from tests.support.kubeflow_documents import golden
from tests.support.pods import pods

OLDEST = "1.30"


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
@pytest.mark.parametrize("name", ["plain", "conditions", "loops", "exits", "nested", "pods"])
def test_the_pods_are_valid(name, version):
    made = dict(pods(golden(name)))
    assert made
    for found in made.values():
        kubernetes_validate.validate(found, version, strict=True)


def test_everything_that_a_platform_document_says_reaches_the_pod():
    made = dict(pods(golden("pods")))
    load, train = made["exec-load"]["spec"], made["exec-train"]["spec"]
    assert load["nodeSelector"] == {"pool": "large"}
    assert load["tolerations"][1] == {"effect": "NoExecute", "operator": "Exists", "tolerationSeconds": 30}
    assert load["activeDeadlineSeconds"] == 3600
    secret = {"name": "warehouse", "key": "URL", "optional": False}
    assert {"name": "WAREHOUSE_URL", "valueFrom": {"secretKeyRef": secret}} in load["containers"][0]["env"]
    assert {"name": "data", "persistentVolumeClaim": {"claimName": "data"}} in load["volumes"]
    assert {"name": "scratch", "mountPath": "/scratch", "subPath": "here"} in load["containers"][0]["volumeMounts"]
    assert train["containers"][0]["securityContext"]["runAsUser"] == 1000


def test_the_schemas_are_strict():
    made = copy.deepcopy(next(pods(golden("pods")))[1])
    made["spec"]["containers"][0]["comand"] = []
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(made, kubernetes_validate.latest_version(), strict=True)
