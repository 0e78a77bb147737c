"""A program's parameters as those of a DAG: what Airflow's form gives is what the run takes."""

from __future__ import annotations

import ast
from datetime import date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

import mldsl
from mldsl.plan.params import run_params
from tests.support.airflow import compiled, dag, written

CASES = {
    "bool = true": (True, [False], ["yes"]),
    "int = 1_000": (1000, [-3], [2.5, "x"]),
    "float = 5%": (0.05, [1, 0.5], ["x"]),
    "float? = null": (None, [None, 0.5], ["x"]),
    'string = "a \\"b\\""': ('a "b"', ["", "c"], [1]),
    'enum("a", "b") = "b"': ("b", ["a"], ["c"]),
    'enum("a", "b")? = "b"': ("b", ["a", None], ["c"]),
    "date = @2025-01-31": (date(2025, 1, 31), ["2024-02-29"], [7]),
    "datetime = @2025-01-31T10:00:00": (datetime(2025, 1, 31, 10), ["2025-01-31T12:00:00+02:00"], [7]),
    "duration = 1w2h": (timedelta(days=7, hours=2), ["90d", "1h30m", "-5ms"], ["soon", "5"]),
}


@pytest.mark.parametrize("declared", CASES)
def test_the_default_and_what_may_be_given(tmp_path: Path, declared: str) -> None:
    default, fine, wrong = CASES[declared]
    program = written(tmp_path, f"pipeline p {{}}\n## What for.\nparam x: {declared}\n")
    value, schema = param(dag(compiled(program)))
    assert schema.pop("description") == "What for."
    plan = mldsl.load(program).plan()
    for given in (value, *fine):
        jsonschema.validate(given, schema)
        run_params(plan, {"x": given})
    assert run_params(plan, {"x": value})["x"] == run_params(plan, {})["x"] == default
    for given in wrong:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(given, schema)


def test_a_parameter_without_a_default_has_none(tmp_path: Path) -> None:
    text = dag(compiled(written(tmp_path, "pipeline p {}\nparam x: int\n")))
    assert 'Param(type="integer")' in text


def param(text: str) -> tuple[object, dict[str, object]]:
    """The default and the JSON schema of the parameter `x`."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    [made] = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "Param"]
    schema = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in made.keywords}
    return ast.literal_eval(made.args[0]), schema
