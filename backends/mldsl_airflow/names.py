"""How things of a program are called in Airflow: names that it takes, that mean nothing else to it."""

from __future__ import annotations

import builtins
import keyword
import re

from mldsl.backend.names import shortened

# What Airflow's context holds: `airflow.sdk.definitions.context.KNOWN_CONTEXT_KEYS` of Airflow 3.3, and of 3.1 what
# 3.3 has no longer. A task of such a name would read as something else in templates and in a function's arguments.
_CONTEXT_KEYS = """
asset_state_store conn dag dag_run data_interval_end data_interval_start ds ds_nodash exception expanded_ti_count
inlet_events inlets logical_date macros map_index_template outlet_events outlets params partition_date partition_key
prev_data_interval_end_success prev_data_interval_start_success prev_end_date_success prev_start_date_success reason
run_id start_date task task_instance task_instance_key_str task_reschedule_count task_state_store templates_dict
test_mode ti triggering_asset_events try_number ts ts_nodash ts_nodash_with_tz var
"""
CONTEXT_KEYS = frozenset(_CONTEXT_KEYS.split())

# Characters of an id with its groups' ids before it (`airflow.sdk.definitions._internal.node.validate_key`).
LONGEST = 250
# So that a group's id and a task's id, with the dot between, are never longer than that.
_LONGEST_PART = 120
_UNFIT = re.compile(r"[^\w-]")


def part(name: str) -> str:
    """A name as the id of a task or a group: of letters, digits, `_` and `-`, and not too long."""
    return shortened(_UNFIT.sub("_", name), name, _LONGEST_PART)


# What the generated file itself calls by a name.
_OF_THE_FILE = """
AirflowException AirflowFailException Any ApprovalOperator Asset AssetAny CronTriggerTimetable DAG
DeltaTriggerTimetable Generator HERE
FOLDER IMAGE KubernetesPodOperator NAMESPACE PARAMS PLACED PLACES PLAN PYTHON Param Path PythonOperator SECRET Sequence
ShortCircuitOperator TOLD TaskGroup TriggerDagRunOperator approval breach call_worker contextmanager fail_for_breach
final_failures from_secret given is_retraining_wanted json logging look monitor notify os pod retrain
retraining_wanted run run_share secret shared subprocess task tempfile timedelta timezone trials
"""
VARIABLES = frozenset({*keyword.kwlist, *dir(builtins), *CONTEXT_KEYS, *_OF_THE_FILE.split()})
"""The names that a variable of the generated file must not have."""


def variable(task_id: str) -> str:
    """A Python name for a task."""
    name = re.sub(r"\W", "_", task_id)
    return f"_{name}" if name[:1].isdigit() else name
