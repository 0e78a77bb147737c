"""Whatever becomes of a document: it is judged, never a crash, and never taken where protobuf's own reader refuses."""

import copy

import pytest
from google.protobuf.json_format import ParseDict, ParseError
from hypothesis import given, settings
from hypothesis import strategies as st
from mldsl_kubeflow.messages import pipeline_spec
from mldsl_kubeflow.validation import problems
from mldsl_kubeflow.validation.pod_config import pod_config

from tests.support.kubeflow_documents import PODS, golden

DOCUMENTS = {name: golden(name) for name in ("plain", "conditions", "loops", "exits", "nested", "pods")}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["root", "load", "comp-load", "STRING", "1s", "{{$}}", "{{$.inputs.parameters['x']}}", "'", "a-b"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    st.binary(max_size=2),
)


def _places(value, way=()):
    """Every place of a document, as the way there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*way, key)
        yield from _places(item, (*way, key))


PLACES = [
    (name, number, way) for name, found in DOCUMENTS.items() for number, one in enumerate(found) for way in _places(one)
]


@st.composite
def mutants(draw):
    """A document with one value gone, called otherwise, or something else."""
    name, number, way = draw(st.sampled_from(PLACES))
    documents = copy.deepcopy(DOCUMENTS[name])
    holder = documents[number]
    for part in way[:-1]:
        holder = holder[part]
    match draw(st.sampled_from(["drop", "set", "name", "move"])):
        case "drop":
            del holder[way[-1]]
        case "set":
            holder[way[-1]] = draw(ODD)
        case "name" if isinstance(holder, dict):
            holder[draw(st.one_of(st.text(max_size=6), st.integers()))] = holder.pop(way[-1])
        case _:
            other, part, elsewhere = draw(st.sampled_from(PLACES))
            value = DOCUMENTS[other][part]
            for step in elsewhere:
                value = value[step]
            holder[way[-1]] = copy.deepcopy(value)
    return documents


@settings(max_examples=150, deadline=None)
@given(mutants())
def test_nothing_crashes_and_what_protobuf_refuses_is_refused(documents):
    found = problems(documents)
    assert all(problem.isprintable() for problem in found)
    if not found:
        _read_by_protobuf(documents)


def _read_by_protobuf(documents):
    messages = pipeline_spec()
    ParseDict(documents[0], messages.PipelineSpec())
    ParseDict(documents[0]["deploymentSpec"], messages.PipelineDeploymentConfig())
    for document in documents[1:]:
        ParseDict(document, messages.PlatformSpec())
        pods = document
        for name in PODS.split("."):
            pods = pods.get(name, {})
        for pod in pods.values():
            ParseDict(pod, pod_config()())


def test_the_reader_of_protobuf_is_strict():
    with pytest.raises(ParseError):
        _read_by_protobuf([{**DOCUMENTS["plain"][0], "colour": "red"}])


@pytest.mark.parametrize("depth", [200, 5_000])
def test_what_is_nested_too_deeply_is_said(depth):
    value = []
    for _ in range(depth):
        value = [value]
    documents = copy.deepcopy(DOCUMENTS["plain"])
    documents[0]["root"]["inputDefinitions"]["parameters"]["depth"]["defaultValue"] = value
    assert [problem.rpartition(": ")[2] for problem in problems(documents)] == ["is nested too deeply"]
