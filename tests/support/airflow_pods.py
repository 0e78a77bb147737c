"""The pods that a DAG file asks for, without Airflow: its operator is played by one that keeps what it is told.

The operator's provider and Kubeflow's SDK exclude each other, so the tests cannot have both. What the provider (10.25)
makes of a template and its own arguments is what `Pod.built` does: it was compared once, by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any
from unittest import mock

from jinja2.sandbox import SandboxedEnvironment

# What is done in Airflow's own Python, by module.
_STANDARD = {
    "hitl": ["ApprovalOperator"],
    "python": ["PythonOperator", "ShortCircuitOperator"],
    "trigger_dagrun": ["TriggerDagRunOperator"],
}
RUN_AFTER = datetime(2026, 3, 1, 4, 5, 6)


class Anything:
    """A DAG, a group, an asset: takes whatever it is given, and is entered and left."""

    def __init__(self, *args: object, **named: object) -> None:
        self.named = named

    def __enter__(self) -> Anything:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def __rshift__(self, other: Any) -> Any:
        return other

    def __rrshift__(self, other: object) -> Anything:
        return self


@dataclass
class Pod:
    """A task of the DAG. Only what the provider's operator takes is taken."""

    task_id: str
    image: str
    namespace: str
    cmds: Sequence[str]
    pod_template_dict: Mapping[str, Any]
    arguments: Sequence[str] = ()
    doc_md: str | None = None
    execution_timeout: object = None
    do_xcom_push: bool = False
    inlets: Sequence[object] = ()
    outlets: Sequence[object] = ()
    copies: list[Sequence[str]] = field(default_factory=list)
    made: list[Pod] = field(default_factory=list, repr=False)

    @classmethod
    def partial(cls, **named: Any) -> Pod:
        """A task that is to be mapped over."""
        return cls(**named)

    def expand(self, *, arguments: list[Sequence[str]]) -> Pod:
        """Its copies."""
        self.copies = arguments
        return self

    def __rshift__(self, other: Any) -> Any:
        return other

    def __rrshift__(self, other: Sequence[Pod]) -> Pod:
        return self

    def built(self, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """Its pods as Kubernetes gets them, everything filled in that Airflow fills in."""
        return [self._built(arguments, params or {}) for arguments in self.copies or [self.arguments]]

    def _built(self, arguments: Sequence[str], params: Mapping[str, object]) -> dict[str, Any]:
        context = {
            "params": params,
            "dag_run": {"logical_date": None, "run_after": RUN_AFTER, "dag_id": "d", "run_id": "r"},
        }
        template = _filled(self.pod_template_dict, context)
        spec = template["spec"]
        [base] = spec["containers"]
        base |= {"image": self.image, "command": list(self.cmds), "args": _filled(list(arguments), context)}
        metadata = template["metadata"] | {"name": "pod", "namespace": self.namespace}
        return {**template, "metadata": metadata, "spec": {"restartPolicy": "Never", **spec}}


def pods(text: str) -> dict[str, Pod]:
    """The pods of a DAG file by the Python names of their tasks."""
    with _airflow():
        names: dict[str, Any] = {"__name__": "dag"}
        exec(compile(text, "dag.py", "exec", dont_inherit=True), names)
    return {name: item for name, item in names.items() if isinstance(item, Pod)}


def _filled(value: Any, context: Mapping[str, object]) -> Any:
    """As Airflow renders templates: the strings in lists and dicts."""
    match value:
        case str():
            return SandboxedEnvironment().from_string(value).render(context)
        case list():
            return [_filled(item, context) for item in value]
        case dict():
            return {key: _filled(item, context) for key, item in value.items()}
        case _:
            return value


@contextmanager
def _airflow() -> Iterator[None]:
    provider = "airflow.providers.cncf.kubernetes.operators.pod"
    parts = {"airflow", "airflow.sdk", "airflow.sdk.exceptions"}
    parts |= {"airflow.providers.standard", "airflow.providers.standard.operators"}
    parts |= {provider.rsplit(".", count)[0] for count in range(5)}
    modules = {name: ModuleType(name) for name in parts}
    modules[provider].KubernetesPodOperator = Pod  # type: ignore[attr-defined]
    for module, names in _STANDARD.items():
        full = f"airflow.providers.standard.operators.{module}"
        modules[full] = ModuleType(full)
        for name in names:
            setattr(modules[full], name, type(name, (Anything,), {}))
    for name in ("DAG", "Asset", "AssetAny", "CronTriggerTimetable", "DeltaTriggerTimetable", "Param", "TaskGroup"):
        setattr(modules["airflow.sdk"], name, type(name, (Anything,), {}))
    modules["airflow.sdk.exceptions"].AirflowFailException = Exception  # type: ignore[attr-defined]
    with mock.patch.dict(sys.modules, modules):
        yield
