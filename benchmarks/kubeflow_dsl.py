"""The pipeline of `compile.py`, written with Kubeflow's SDK: `python kubeflow_dsl.py STEPS FILE COMMAND`.

The same tasks in the same order, with the same types, artifacts and commands: sources with a check and a transform of
both. A check that finds something unmet has a task that fails, behind a condition. What cannot be said in the SDK is
left out: that a task is skipped where a check that is not its own has failed. COMMAND is that of all tasks, as JSON.
"""

import json
import sys

from kfp import compiler, dsl

STEPS, FILE, COMMAND = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
IMAGE = "long:0123456789ab"
FAIL = "printf 'error: %s\\n' \"$1\" >&2\nexit 3"
WORDS = ["--pipeline=long", f"--digest={'0' * 64}", "--executor-input={{$}}", "--steps"]


@dsl.container_component
def source(table: dsl.Output[dsl.Dataset], step: str):
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=[*WORDS, step])


@dsl.container_component
def check(
    rows: dsl.Input[dsl.Dataset],
    report: dsl.Output[dsl.HTML],
    passed: dsl.OutputPath(bool),
    message: dsl.OutputPath(str),
    step: str,
):
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=[*WORDS, step])


@dsl.container_component
def unmet(message: str):
    return dsl.ContainerSpec(
        image=IMAGE, command=["sh", "-c", "printf 'error: %s\\n' \"$1\" >&2\nexit 3"], args=[message]
    )


@dsl.container_component
def derived(rows: dsl.Input[dsl.Dataset], table: dsl.Output[dsl.Dataset], step: str):
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=[*WORDS, step])


@dsl.container_component
def joined(rows: dsl.Input[dsl.Dataset], other: dsl.Input[dsl.Dataset], table: dsl.Output[dsl.Dataset], step: str):
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=[*WORDS, step])


def _checked(rows, step):
    found = check(rows=rows, step=step)
    with dsl.If(found.outputs["passed"] == False):  # noqa: E712 - what the SDK makes a condition of
        unmet(message=found.outputs["message"])
    return found


@dsl.pipeline(name="long")
def long():
    before = None
    for number in range(STEPS // 4):
        rows = source(step=f"source:s{number}").outputs["table"]
        found = _checked(rows, f"check:s{number}")
        step = f"transform:t{number}"
        if before is None:
            table = derived(rows=rows, step=step).after(found)
        else:
            table = joined(rows=rows, other=before[0], step=step).after(found, before[1])
        before = table.outputs["table"], _checked(table.outputs["table"], f"check:t{number}")


compiler.Compiler().compile(long, FILE)
