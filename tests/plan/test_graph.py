"""The graph of a plan, and its drawings: all there, well formed whatever the names are, nothing over anything else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.errors import UsageError
from mldsl.plan.graph import graph
from mldsl.plan.links import needs
from mldsl.plan.lower import lower
from mldsl.plan.nodes import Input, Plan, SourceBody, Step, TransformBody, VerbsForm
from mldsl.plan.render import FORMATS, render
from tests.support.golden import same_as
from tests.support.programs import customers_and_check, shop

GOLDEN = Path(__file__).parent / "golden"
SVG = "{http://www.w3.org/2000/svg}"

NASTY = 'a"b\\c\n<d>&#;]}->`é世界\x00' + "long " * 20


def chained(edges: set[tuple[int, int]], count: int, name: str = "t") -> Plan:
    """Transforms that need each other as the edges say, from lower to higher numbers."""
    steps: list[Step] = []
    for number in range(count):
        inputs = {
            f"t{low}": Input(step=f"transform:t{low}", output="table") for low, high in sorted(edges) if high == number
        }
        body = TransformBody(action=VerbsForm(table="t0"), columns=())
        own = f"{name}{number}"
        steps.append(
            Step(id=f"transform:t{number}", kind="transform", name=own, location="a.ml:1:1", inputs=inputs, body=body)
        )
    return Plan(name=name, steps=tuple(steps))


graphs = st.integers(1, 12).flatmap(
    lambda count: st.builds(
        chained,
        st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda edge: edge[0] < edge[1])),
        st.just(count),
    )
)


def test_the_graph_has_every_step_and_every_need():
    plan = lower(shop())
    found = graph(plan)
    assert list(found) == [step.id for step in plan.steps]
    assert {(start, end) for start, end in found.edges} == {
        (name, step.id) for step in plan.steps for name in needs(step)
    }
    assert nx.is_directed_acyclic_graph(found)


def test_an_edge_says_what_flows_and_a_mere_wait_is_empty():
    found = graph(lower(customers_and_check()))
    assert found.edges["check:customers", "transform:paying"]["tables"] == ("customers",)
    assert found.edges["check:customers:2", "transform:paying"]["tables"] == ()


@pytest.mark.parametrize(
    ("format", "ending"), [("text", "txt"), ("mermaid", "mmd"), ("dot", "dot"), ("svg", "svg"), ("json", "json")]
)
def test_a_whole_program_is_drawn_as_the_golden_file_has_it(format: str, ending: str):
    same_as(GOLDEN / f"shop.graph.{ending}", render(lower(shop()), format))


def test_json_has_nodes_and_edges():
    document = json.loads(render(lower(customers_and_check()), "json"))
    assert [node["id"] for node in document["nodes"]] == [
        "source:customers",
        "check:customers",
        "check:customers:2",
        "transform:paying",
    ]
    assert {"from": "check:customers:2", "to": "transform:paying", "tables": []} in document["edges"]


def test_an_unknown_format_is_a_usage_error():
    with pytest.raises(UsageError, match="there is no format `mermad`") as caught:
        render(lower(customers_and_check()), "mermad")
    assert caught.value.help == "did you mean `mermaid`?"


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_plan_can_be_drawn(format: str):
    assert "nothing" in render(Plan(name="nothing", steps=()), format) or format == "mermaid"


# --- names of any kind ------------------------------------------------------------------------------------------------


def nasty() -> Plan:
    source = Step(
        id=f"source:{NASTY}",
        kind="source",
        name=NASTY,
        doc=NASTY,
        location="a.ml:1:1",
        body=SourceBody(connector="csv", columns=()),
    )
    table = Input(step=source.id, output="table")
    body = TransformBody(action=VerbsForm(table=NASTY), columns=())
    return Plan(
        name=NASTY,
        steps=(
            source,
            Step(id="transform:t", kind="transform", name="t", location="a.ml:2:1", inputs={NASTY: table}, body=body),
        ),
    )


def test_mermaid_escapes_names():
    drawn = render(nasty(), "mermaid")
    lines = drawn.splitlines()
    assert lines[0] == "flowchart TD"
    assert len(lines) == 6  # a node and a class for each, one arrow
    label = re.fullmatch(r'  s0\[\("<small>source</small><br/>(.*)"\)\]:::source', lines[1])
    assert label is not None
    assert re.fullmatch(r"(?:[\w .-]|#\d+;)*", label[1])
    unescaped = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label[1])
    assert unescaped == NASTY


def test_dot_escapes_names():
    drawn = render(nasty(), "dot")
    strings = re.findall(r'"((?:[^"\\\n]|\\.)*)"', drawn)
    rest = re.sub(r'"(?:[^"\\\n]|\\.)*"', "S", drawn)
    assert '"' not in rest
    assert "é世界" in "".join(strings)
    assert re.search(r"S -> S\n", rest)


def test_svg_is_xml_with_any_name():
    root = ElementTree.fromstring(render(nasty(), "svg"))
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert any(text.startswith('a"b\\c <d>&#;]}->`é世界') and text.endswith("…") for text in texts)


# --- the layout -------------------------------------------------------------------------------------------------------


def boxes(drawn: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right, bottom of every step."""
    found = []
    for group in ElementTree.fromstring(drawn).iter(f"{SVG}g"):
        for rect in group.findall(f"{SVG}rect"):
            x, y, wide, high = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + wide, y + high))
    return found


def arrows(drawn: str) -> list[list[tuple[float, float]]]:
    """The corners of every arrow: the ends of its curves and straight lines."""
    found = []
    for path in ElementTree.fromstring(drawn).findall(f"{SVG}g/{SVG}path"):
        points: list[tuple[float, float]] = []
        for command, numbers in re.findall(r"([MCV])([^MCV]*)", path.attrib["d"]):
            values = [float(number) for number in numbers.split()]
            points.append((points[-1][0], values[0]) if command == "V" else (values[-2], values[-1]))
        found.append(points)
    return found


@given(graphs)
@settings(max_examples=60, deadline=None)
def test_no_box_lies_over_another_and_none_outside(plan: Plan):
    drawn = render(plan, "svg")
    found = boxes(drawn)
    assert len(found) == len(plan.steps)
    for number, (left, top, right, bottom) in enumerate(found):
        assert all(right < x or x2 < left or bottom < y or y2 < top for x, y, x2, y2 in found[:number])
    wide, high = (float(ElementTree.fromstring(drawn).attrib[name]) for name in ("width", "height"))
    assert all(left >= 0 and top >= 0 and right <= wide and bottom <= high for left, top, right, bottom in found)


@given(graphs)
@settings(max_examples=60, deadline=None)
def test_arrows_point_down_and_go_round_boxes(plan: Plan):
    drawn = render(plan, "svg")
    found = boxes(drawn)
    drawn_arrows = arrows(drawn)
    assert len(drawn_arrows) == sum(len(needs(step)) for step in plan.steps)
    for points in drawn_arrows:
        assert all(upper[1] < lower[1] for upper, lower in pairwise(points))
        for x, y in points[1:-1]:
            assert not any(left < x < right and top < y < bottom for left, top, right, bottom in found)


def test_a_thousand_steps_are_drawn_in_a_few_seconds():
    plan = chained({(number // 3, number) for number in range(1, 1000)}, 1000)
    assert len(boxes(render(plan, "svg"))) == 1000


def test_drawings_are_the_same_in_every_process():
    code = (
        "from tests.support.programs import shop; from mldsl.plan.lower import lower; from mldsl.plan.render import *;"
        "print(*(render(lower(shop()), format) for format in FORMATS))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ".", "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(runs) == 1


def test_a_box_is_wide_enough_for_the_letters_of_its_name():
    widths = []
    for letter in "iaAW":
        ((left, _, right, _),) = boxes(render(chained(set(), 1, letter * 24), "svg"))
        widths.append(right - left)
    assert widths == sorted(widths) and len(set(widths)) == 4
    assert widths[-1] > 24 * 12.8  # a W is 12.8 pixels wide in DejaVu Sans at this size
