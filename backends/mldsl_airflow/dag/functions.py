"""What the tasks of a DAG file call. The texts hold nothing of the program; what they go by stands in constants."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.plan.nodes import Secret
from mldsl_airflow.dag.monitors import acting, answered
from mldsl_airflow.facts import Facts
from mldsl_airflow.python import call, show

_RUN = '''\
def run(steps: list[str], secrets: list[str], **context: Any) -> dict[str, Any]:
    """Carry out steps of the plan; what they give goes to the artifact store."""
    from mldsl.runtime.worker import run_steps

    with final_failures():
        return run_steps(PLAN, steps, **PLACES, **given(secrets, context))
'''
_LOOK = '''\
def look(steps: list[str], secrets: list[str], **context: Any) -> dict[str, Any]:
    """Carry out steps up to a monitor's; what it finds is an answer, and no failure."""
    from mldsl.runtime.worker import run_steps

    told = {**PLACES, **given(secrets, context)}
    with final_failures():
        return run_steps(PLAN, steps, verdicts=True, **told)
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

    told = {**PLACES, **given(secrets, context)}
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
        "params": {name: context["params"][name] for name in PARAMS},
        "run_date": moment.strftime("%Y-%m-%d"),
        "run_time": moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "run": f"{dag_run.dag_id}/{dag_run.run_id}",
        "secrets": {name: secret(name) for name in secrets},
        "log": logging.getLogger("airflow.task").info,
    }
'''
_RUN_ELSEWHERE = '''\
def run(steps: list[str], secrets: list[str], **context: Any) -> dict[str, Any]:
    """Carry out steps of the plan; what they give goes to the artifact store."""
    return call_worker(["--steps", *steps], given(secrets, context))
'''
_LOOK_ELSEWHERE = '''\
def look(steps: list[str], secrets: list[str], **context: Any) -> dict[str, Any]:
    """Carry out steps up to a monitor's; what it finds is an answer, and no failure."""
    return call_worker(["--verdicts", "--steps", *steps], given(secrets, context))
'''
_SHARE_ELSEWHERE = '''\
def run_share(
    step: str,
    share: int,
    shares: int,
    secrets: list[str],
    **context: Any,
) -> dict[str, Any]:
    """Try a share of the settings of a model; its own step finds there what came of it."""
    words = ["--steps", step, "--share", str(share), "--shares", str(shares)]
    return call_worker(words, given(secrets, context))
'''
_CALL_WORKER = '''\
def call_worker(words: list[str], told: dict[str, Any]) -> dict[str, Any]:
    """Have the other Python do it; its secrets are in its environment, its log is ours."""
    command = [PYTHON, "-m", "mldsl.runtime.worker", "--plan", str(PLAN), *words]
    for name, value in PLACES.items():
        command.append(f"--{name}={value}")
    for name in ("run_date", "run_time", "run"):
        command.append(f"--{name.replace('_', '-')}={told[name]}")
    command.append(f"--params={json.dumps(told['params'])}")
    last = ""
    with tempfile.TemporaryFile("w+") as answer:
        worker = subprocess.Popen(
            command,
            env={**os.environ, **told["secrets"]},
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            for line in worker.stderr:
                told["log"](line.rstrip())
                last = line if line.startswith("error: ") else last
            status = worker.wait()
        except BaseException:
            worker.terminate()  # whoever stops the task stops it, too
            raise
        if status == 0:
            answer.seek(0)
            return json.load(answer)
    message = last.removeprefix("error: ").strip() or f"{PYTHON} ended with {status}"
    # A plan that cannot be read, wrong usage, an expectation that is not met: no retries.
    raise (AirflowFailException if status in (1, 2, 3) else AirflowException)(message)
'''
_LOOK_UP = '''\
def secret(name: str) -> str:
    """The variable of that name, else the connection's URI; an error if there is neither."""
    from airflow.sdk import Connection, Variable

    try:
        from airflow.sdk.exceptions import AirflowNotFoundException
    except ImportError:  # Airflow 3.1
        from airflow.exceptions import AirflowNotFoundException

    value = Variable.get(name, default=None)  # noqa: AIR003 - called when a task runs
    if value is not None:
        return value
    try:
        return Connection.get(name).get_uri()
    except AirflowNotFoundException:
        missing = f"Airflow has no variable and no connection called `{name}`"
        raise AirflowFailException(missing) from None
'''
_NOTIFY = '''\
def notify(context: dict[str, Any]) -> None:
    """Tell the webhook that a run failed."""
    from urllib.request import Request, urlopen

    reason = context.get("reason") or "a task failed"
    text = f"{context['dag'].dag_id}: the run {context['run_id']} failed ({reason})"
    webhook = @WEBHOOK@
    body = json.dumps({"text": text}).encode()
    request = Request(webhook, body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=30):
        pass
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
_MONITOR = '''\
def monitor(
    task_id: str,
    *steps: str,
    secrets: Sequence[str] = (),
    **more: Any,
) -> PythonOperator:
    """A task that looks at what is in production; those behind it act on its answer."""
    return PythonOperator(
        task_id=task_id,
        python_callable=look,
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
_APPROVAL = '''\
def approval(task_id: str, subject: str) -> ApprovalOperator:
    """Somebody has to say yes before what is behind it goes live; a no fails it."""
    return ApprovalOperator(
        task_id=task_id,
        subject=subject,
        body="Its other requirements are judged when that is given.",
        fail_on_reject=True,
        retries=0,
        execution_timeout=None,
    )
'''


def functions(facts: Facts) -> Iterator[str]:
    """The functions of a DAG whose tasks run in a Python of the workers', each as a text."""
    another = facts.options.operator == "external-python"
    if facts.has_plain_tasks:
        yield _RUN_ELSEWHERE if another else _RUN
    if facts.has_answers:
        yield _LOOK_ELSEWHERE if another else _LOOK
    if facts.has("trials"):
        yield _SHARE_ELSEWHERE if another else _SHARE
    yield _CALL_WORKER if another else _FINAL
    yield _GIVEN
    yield _LOOK_UP
    yield from answered(facts)
    yield from notifying(facts)
    if facts.has_plain_tasks:
        yield _TASK
    if facts.has_answers:
        yield _MONITOR
    if facts.has("trials"):
        yield _TRIALS
    yield from approving(facts)
    yield from acting(facts)


def approving(facts: Facts) -> Iterator[str]:
    """What waits for somebody, if a deployment requires that."""
    if facts.has("approval"):
        yield _APPROVAL


def notifying(facts: Facts) -> Iterator[str]:
    """What tells a webhook of runs that failed, if that is asked for."""
    notify = facts.plan.settings.notify
    if notify is not None:
        webhook = call("secret", notify.secret) if isinstance(notify, Secret) else notify
        yield _NOTIFY.replace("@WEBHOOK@", show(webhook, 4, len("webhook = ")))


def looking_up() -> str:
    """What finds the value of a secret."""
    return _LOOK_UP
