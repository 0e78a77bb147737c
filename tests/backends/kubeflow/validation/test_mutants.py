"""What Kubeflow's SDK compiles is accepted, and nothing of it that is changed to what its backend refuses."""

from pathlib import Path

import pytest
import yaml
from mldsl_kubeflow.validation import problems

from tests.support.kubeflow_documents import PODS, changed, golden

MUTANTS = yaml.safe_load(Path(__file__).with_name("mutants.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["plain", "conditions", "loops", "exits", "nested", "pods"])
def test_what_the_sdk_compiles_is_accepted(name):
    assert problems(golden(name)) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["name"])
def test_a_mutant_is_refused_and_nothing_else_is_said(mutant):
    documents = golden(mutant["pipeline"])
    if mutant.get("repeat"):
        documents.append(documents[-1])
    made = changed(documents, mutant.get("rename"), mutant.get("put"), mutant.get("drop", ()))
    assert problems(made) == [says.replace("PODS", PODS) for says in mutant["says"]]


def test_no_document_is_said():
    assert problems([]) == ["there is no pipeline document"]


def test_a_description_has_an_end():
    long = changed(golden("plain"), put={"pipelineInfo.description": "x" * 1025})
    assert problems(long) == ["pipelineInfo.description: has 1025 characters, of which there may be 1024"]
