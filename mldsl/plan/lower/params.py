"""Which values of the run a step uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mldsl.plan.expressions import Call, ParamRef
from mldsl.plan.nodes import Body, DeployBody, PythonArgument
from mldsl.plan.walk import descendants

RUN_VALUES = ("run_date", "run_time")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def used_params(body: Body, declared: Iterable[str]) -> tuple[str, ...]:
    """The parameters that the body refers to, in declaration order, `run_date` and `run_time` last."""
    used = set(_names(body))
    return tuple(name for name in dict.fromkeys([*declared, *RUN_VALUES]) if name in used)


def _names(body: Body) -> Iterator[str]:
    for node in descendants(body):
        match node:
            case ParamRef(name=name):
                yield name
            case Call(function="fresh"):
                yield "run_time"
            case PythonArgument(kind="param", value=str(name)):
                yield name
    if isinstance(body, DeployBody):
        for value in body.write_arguments.values():
            if isinstance(value, str):
                yield from _PLACEHOLDER.findall(value)
