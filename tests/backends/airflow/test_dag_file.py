"""The DAG file: what the golden files have; it is Python, formatted, of Airflow 3, and the same every time."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from mldsl_airflow.names import VARIABLES

from mldsl import __version__
from tests.support.airflow import compiled, complaints, dag, dags, written
from tests.support.cli import ROOT
from tests.support.golden import same_as

HERE = Path(__file__).parent
EVERYTHING = HERE / "programs" / "everything.ml"
SCHEDULED = HERE / "programs" / "scheduled.ml"
PLACED = HERE / "programs" / "placed.ml"
DEPLOYED = HERE / "programs" / "deployed.ml"
EXAMPLES = sorted((ROOT / "examples").glob("*/*.ml"))
OPERATORS = {"python": "python", "external": "external-python /opt/ml/bin/python", "pods": "kubernetes reg.io/ml:1"}
CASES = [
    *((program.stem, program, {}) for program in EXAMPLES),
    *((f"everything.{name}", EVERYTHING, {"operator": operator}) for name, operator in OPERATORS.items()),
    *((f"everything.{name}", EVERYTHING, {"granularity": name}) for name in ("declaration", "pipeline")),
    ("scheduled", SCHEDULED, {"pool": "ml", "shares": "2"}),
    ("scheduled.pods", SCHEDULED, {"operator": OPERATORS["pods"], "namespace": "ml", "secret": "ours"}),
    ("deployed", DEPLOYED, {}),
    ("deployed.pods", DEPLOYED, {"operator": OPERATORS["pods"]}),
    ("deployed.external", DEPLOYED, {"operator": OPERATORS["external"]}),
    ("placed.pods", PLACED, {"profile": "cluster", "operator": OPERATORS["pods"]}),
]


@pytest.mark.parametrize(("name", "program", "options"), CASES, ids=[case[0] for case in CASES])
def test_it_is_what_the_golden_file_has(name: str, program: Path, options: dict[str, str], tmp_path: Path) -> None:
    files = compiled(program, **options)
    assert compiled(program, **options) == files
    for path, own in dags(files).items():
        assert complaints(own, tmp_path) == ""
        scheduled = path.removesuffix(".py").partition("__")[2]
        golden = f"{name}.{scheduled}" if scheduled else name
        same_as(HERE / "golden" / f"{golden}.py", own.replace(__version__, "VERSION"))


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_at_module_level_it_imports_only_the_sdk_and_the_providers_operator(operator: str) -> None:
    body = ast.parse(dag(compiled(EVERYTHING, operator=operator))).body
    modules = _modules(body) - {"__future__"}
    theirs = {name for name in modules if name is not None and name.split(".")[0] == "airflow"}
    pods = operator.startswith("kubernetes")
    provider = "cncf.kubernetes.operators.pod" if pods else "standard.operators.python"
    assert theirs == {"airflow.sdk", f"airflow.providers.{provider}"}
    # What the SDK of Airflow 3.1 does not have yet is looked for where that has it.
    (choice,) = (node for node in body if isinstance(node, ast.Try))
    assert _modules(choice.body) == {"airflow.sdk", "airflow.sdk.exceptions"}
    assert _modules(choice.handlers[0].body) == {"airflow.exceptions", "airflow.timetables.trigger"}
    assert modules - theirs <= {
        "collections.abc", "contextlib", "datetime", "json", "logging", "os", "pathlib", "subprocess", "tempfile",
        "typing",
    }  # fmt: skip


def _modules(body: list[ast.stmt]) -> set[str | None]:
    found = {node.module for node in body if isinstance(node, ast.ImportFrom)}
    return found | {alias.name for node in body if isinstance(node, ast.Import) for alias in node.names}


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_no_task_can_take_a_name_of_the_file(operator: str) -> None:
    body = ast.parse(dag(compiled(EVERYTHING, operator=operator))).body
    own = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    own |= {node.targets[0].id for node in body if isinstance(node, ast.Assign)}
    imports = [*body, *(node for one in body if isinstance(one, ast.Try) for node in one.body)]
    own |= {alias.name for node in imports if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}
    assert {"task", "trials", "DAG", "PLAN"} < own
    assert own - {"annotations"} <= VARIABLES


def test_tables_of_every_name_become_tasks(tmp_path: Path) -> None:
    names = ["ds", "params", "task", "run", "DAG", "class_", "trials", "ti", "ünï"]
    sources = "\n".join(f'source {name} = csv("{name}.csv") {{ id: int key }}' for name in names)
    program = written(tmp_path, f"pipeline names {{}}\n{sources}\ncheck ds {{ expect id > 0 }}\n")
    text = dag(compiled(program))
    assert complaints(text, tmp_path) == ""
    for line in (
        'with TaskGroup("ds_source"):',
        'params_source = task("params_source", "source:params")',
        'task_source = task("task_source", "source:task")',
        'run_task = task("run", "source:run")',
        'DAG_task = task("DAG", "source:DAG")',
        'trials_task = task("trials", "source:trials")',
        'ünï = task("ünï", "source:ünï")',
    ):
        assert line in text


def test_names_that_would_be_the_same_stay_apart(tmp_path: Path) -> None:
    program = written(
        tmp_path,
        "pipeline p {}\n"
        + "".join(f'source {name} = csv("x.csv") {{ id: int key }}\n' for name in ("ds", "ds_source", "ds_source_2")),
    )
    ids = re.findall(r'task\("(\w+)"', dag(compiled(program)))
    assert len(ids) == len(set(ids)) == 3


def test_texts_of_a_program_are_data_and_never_code(tmp_path: Path) -> None:
    evil = '\\"\\"\\"\\nimport os\\nos.abort()\\n\\" + {{ 7 }} \\\\'
    text = dag(
        compiled(
            written(
                tmp_path,
                f'## """ + 1/0 + """ \\\npipeline p {{ description: "{evil}"; owner: "{evil}"; tags: "{evil}" }}\n'
                f'## \' + {{}} "\nparam word: string = "{evil}"\nsource t = csv("x.csv") {{ id: int key }}\n',
            )
        )
    )
    assert complaints(text, tmp_path) == ""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    [made] = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "DAG"]
    given = {keyword.arg: keyword.value for keyword in made.keywords}
    assert ast.literal_eval(given["description"]) == '"""\nimport os\nos.abort()\n" + {{ 7 }} \\'
