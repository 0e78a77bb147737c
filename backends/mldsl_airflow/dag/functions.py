"""What the tasks of a DAG file call, and the constants that they go by. The texts hold nothing of the program."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.plan.nodes import Secret
from mldsl_airflow.facts import Facts
from mldsl_airflow.python import Expression, Mapped, Name, call, listed, statement

_RUN = '''\
def run(steps: list[str], secrets: list[str], **context: Any) -> dict[str, Any]:
    """Carry out steps of the plan; what they give goes to the artifact store."""
    from mldsl.runtime.worker import run_steps

    with final_failures():
        return run_steps(PLAN, steps, **given(secrets, context))
'''
_SHARE = '''\
def run_share(
    step: str,
    share: int,
    shares: int,
    secrets: list[str],
    **context: Any,
) -> dict[str, Any]:
    """Try a share of the settings of a model; its own step finds there what came of it."""
    from mldsl.runtime.worker import run_trials

    told = given(secrets, context)
    with final_failures():
        return run_trials(PLAN, step, share=share, shares=shares, **told)
'''
_FINAL = '''\
@contextmanager
def final_failures() -> Generator[None, None, None]:
    """What would fail again, such as an expectation that is not met, is not retried."""
    from mldsl.errors import PlanError, UsageError
    from mldsl.runtime.worker import TaskFailed

    try:
        yield
    except (PlanError, UsageError, TaskFailed) as failed:
        if getattr(failed, "may_pass_later", False):
            raise
        raise AirflowFailException(str(failed)) from None
'''
_GIVEN = '''\
def given(secrets: list[str], context: dict[str, Any]) -> dict[str, Any]:
    """What a task is told. Its time is the run's logical date, or when it may begin."""
    dag_run = context["dag_run"]
    moment = (dag_run.logical_date or dag_run.run_after).astimezone(timezone.utc)
    return {
        **PLACES,
        "params": {name: context["params"][name] for name in PARAMS},
        "run_date": moment.strftime("%Y-%m-%d"),
        "run_time": moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "run": f"{dag_run.dag_id}/{dag_run.run_id}",
        "secrets": {name: secret(name) for name in secrets},
        "log": logging.getLogger("airflow.task").info,
    }
'''
_LOOK_UP = '''\
def secret(name: str) -> str:
    """The variable of that name, else the connection's URI; an error if there is neither."""
    from airflow.sdk import Connection, Variable
    from airflow.sdk.exceptions import AirflowNotFoundException

    value = Variable.get(name, default=None)  # noqa: AIR003 - only tasks call this
    if value is not None:
        return value
    try:
        return Connection.get(name).get_uri()
    except AirflowNotFoundException:
        missing = f"Airflow has no variable and no connection called `{name}`"
        raise AirflowFailException(missing) from None
'''
_TASK = '''\
def task(
    task_id: str,
    *steps: str,
    secrets: Sequence[str] = (),
    **more: Any,
) -> PythonOperator:
    """A task that carries out steps of the plan, in this order."""
    return PythonOperator(
        task_id=task_id,
        python_callable=run,
        op_kwargs={"steps": list(steps), "secrets": list(secrets)},
        **more,
    )
'''
_TRIALS = '''\
def trials(
    task_id: str,
    step: str,
    *,
    shares: int,
    secrets: Sequence[str] = (),
    **more: Any,
) -> Any:
    """A task for each share of the settings that a model tries."""
    told = {"step": step, "shares": shares, "secrets": list(secrets)}
    mapped = PythonOperator.partial(task_id=task_id, python_callable=run_share, **more)
    return mapped.expand(op_kwargs=[{**told, "share": i} for i in range(shares)])
'''


def constants(facts: Facts) -> str:
    """Where everything is, and which parameters there are."""
    here = "Path(__file__).parent / "
    return "".join(
        [
            statement(facts.name, before=f"HERE = {here}"),
            'PLAN = HERE / "plan.json"\n',
            statement(Mapped(tuple(_places(facts))), before="PLACES = "),
            statement(listed([param.name for param in facts.plan.params]), before="PARAMS = "),
        ]
    )


def functions(facts: Facts) -> Iterator[str]:
    """The functions that the file has, each as a text."""
    yield _RUN
    if facts.has_trials:
        yield _SHARE
    yield _FINAL
    yield _GIVEN
    yield _LOOK_UP
    yield _TASK
    if facts.has_trials:
        yield _TRIALS


def _places(facts: Facts) -> Iterator[tuple[str, Expression]]:
    """Where the store is, where relative paths start, where the program's own Python is."""
    store = facts.plan.settings.artifacts
    yield "store", "" if isinstance(store, Secret) else store  # a secret is found by its name, like all others
    folder = facts.folder
    yield "folder", Name("HERE") if folder is None else call("Path", folder)
    yield "code", Name('HERE / "code"')
