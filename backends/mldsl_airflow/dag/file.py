"""The whole DAG file: its head, what it imports, its constants, its functions, its tasks."""

from __future__ import annotations

from mldsl import __version__
from mldsl_airflow.dag.constants import constants
from mldsl_airflow.dag.functions import functions
from mldsl_airflow.dag.imports import imports
from mldsl_airflow.dag.pipeline import opening
from mldsl_airflow.dag.pods import pod_functions
from mldsl_airflow.dag.steps import edges, steps
from mldsl_airflow.facts import Facts
from mldsl_airflow.python import docstring


def dag_file(facts: Facts) -> str:
    """The text of the DAG file."""
    parts = [_head(facts), imports(facts), constants(facts)]
    body = opening(facts) + steps(facts)
    found = edges(facts)
    own = pod_functions(facts) if facts.options.elsewhere else functions(facts)
    whole = ["\n".join(parts), *own, body + (f"\n{found}" if found else "")]
    return "\n\n".join(whole)


def _head(facts: Facts) -> str:
    plan = facts.plan
    what = plan.doc or plan.settings.description or f"The pipeline `{plan.name}`."
    under = f", under the profile `{plan.profile}`" if plan.profile else ""
    made = f"Compiled by mldsl {__version__} from {facts.program}{under}. Change that and compile it again:"
    return docstring(f"{what}\n\n{made}\nthis file is written anew then, unless somebody has edited it.")
