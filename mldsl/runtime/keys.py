"""A step's key: the hash of everything that its outputs depend on, kept in parts so that a change can be named.

Nothing here touches data or imports a data library: `mldsl plan` stands on it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mldsl.plan.canonical import plain
from mldsl.plan.expressions import Call, ParamRef, to_json
from mldsl.plan.fingerprint import digest
from mldsl.plan.inlining import can_compute
from mldsl.plan.nodes import (
    CheckBody,
    DeployBody,
    EvaluateBody,
    ModelBody,
    MonitorBody,
    Plan,
    PythonArgument,
    PythonForm,
    SourceBody,
    SqlForm,
    Step,
    TransformBody,
)
from mldsl.plan.walk import descendants, python_files
from mldsl.records import record
from mldsl.runtime.engine.engine import DEFAULT
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.python_code import code_prints
from mldsl.runtime.seeds import derive_seed
from mldsl.runtime.sources.prints import Prints, data_prints
from mldsl.runtime.store import Record, Store
from mldsl.runtime.versions import library_version

# Raised when the runtime's own meaning changes: results of earlier versions are then made anew.
RUNTIME_VERSION = 1

# The libraries whose version may change what a step of that kind gives.
_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "source": ("polars",),
    "split": ("polars",),
    "model": ("scikit-learn", "numpy", "scipy", "polars"),
    "evaluate": ("scikit-learn", "numpy", "scipy", "polars"),
}
# Of steps whose tables the pipeline's engine computes.
_ENGINES: Mapping[str, tuple[str, ...]] = {"polars": ("polars",), "duckdb": ("duckdb",)}
_SEEDED = ("model", "evaluate")


@record
class KeyParts:
    """What a key is made of. `body` has a hash for each field of the step's body, `inputs` and `files` digests.

    `params` are the values of the parameters used; `volatile` says that equal keys do not mean equal results: the data
    may have changed unseen, or it is the step's effect that counts.
    """

    step: str
    fingerprint: str
    body: dict[str, str]
    inputs: dict[str, str]
    params: dict[str, Any]
    files: dict[str, str]
    code: dict[str, str]
    versions: dict[str, str]
    seed: int | None = None
    rows: int | None = None
    volatile: bool = False

    __slots__ = ("_key",)

    @property
    def plain(self) -> dict[str, Any]:
        """As plain JSON, for the record."""
        return {name: getattr(self, name) for name in self.__match_args__}

    @property
    def key(self) -> str:
        """64 hexadecimal digits."""
        found: str | None = getattr(self, "_key", None)
        if found is None:
            parts = {name: part for name, part in self.plain.items() if name != "body"}
            found = digest({**parts, "runtime": RUNTIME_VERSION})
            object.__setattr__(self, "_key", found)
        return found


@dataclass(slots=True)
class Keys:
    """The keys of one plan's steps under one set of parameters, worked out once each.

    `known` are records of steps that this run has carried out already, by step id: they count before what the store
    has under a step's key. Without them (a worker with a process a step) inputs are looked up by their keys. `written`
    are the ids of steps whose tables are wanted although the plan has them inlined. `code` is the folder that the
    user's Python files lie in, where that is not `folder`.
    """

    plan: Plan
    store: Store
    folder: Path
    params: Mapping[str, object]
    rows: int | None = None
    known: Mapping[str, Record] = field(default_factory=dict)
    written: Collection[str] = ()
    code: Path | None = None
    _parts: dict[str, KeyParts] = field(default_factory=dict)

    def parts(self, step: Step) -> KeyParts:
        """What the step's key is made of. Raises StepFailed where an input is not there or a file cannot be read."""
        if step.id not in self._parts:
            inputs = {name: self._input(step, name) for name in step.inputs}
            self._parts[step.id] = step_parts(
                self.plan,
                step,
                inputs,
                store=self.store,
                folder=self.folder,
                params=self.params,
                rows=self.rows,
                code=self.code,
            )
        return self._parts[step.id]

    def record(self, step: Step) -> Record | None:
        """The record of the step as it would run now; None when it has to run. Raises as `parts` does."""
        return self.known.get(step.id) or self._sufficient(step, self.store.record(self.key(step)))

    def use(self, step: Step) -> Record | None:
        """The record in the store, as `record`; from now on this run needs it."""
        return self._sufficient(step, self.store.use(self.key(step)))

    def _sufficient(self, step: Step, found: Record | None) -> Record | None:
        """None for a record that was made when the table was not written, by this program or an earlier form of it."""
        return found if found is None or found.outputs or self.inlines(step) else None

    def key(self, step: Step) -> str:
        """The step's key. Raises as `parts` does."""
        known = self.known.get(step.id)
        return self.parts(step).key if known is None else known.key

    def inlines(self, step: Step) -> bool:
        """Whether the step is done without a table of its own."""
        return step.inlined and step.id not in self.written

    def _input(self, step: Step, name: str) -> str:
        """What says which content an input has: its digest, or the key of a step that the reader could compute."""
        source = step.inputs[name]
        upstream = self.plan.step(source.step)
        record = self.record(upstream)
        if record is not None and can_compute(step, upstream):
            return record.key
        if record is None or source.output not in record.outputs:
            raise StepFailed(f"`{step.name}` needs `{name}`, and `{source.step}` has not run", f"run `{source.step}`")
        return record.outputs[source.output].digest


def step_parts(
    plan: Plan,
    step: Step,
    inputs: Mapping[str, str],
    *,
    store: Store,
    folder: Path,
    params: Mapping[str, object],
    rows: int | None = None,
    code: Path | None = None,
) -> KeyParts:
    """What the key of `step` is made of, with the digests of its inputs; its Python files are in `code` or `folder`.

    Raises StepFailed where a data or Python file cannot be read.
    """
    body = plain(step.body)
    assert isinstance(body, dict)
    data = data_prints(step.body, step.name, store, folder) if isinstance(step.body, SourceBody) else Prints({})
    return KeyParts(
        step=step.id,
        fingerprint=digest(body),
        body={name: digest(value) for name, value in body.items()},
        inputs=dict(sorted(inputs.items())),
        params={name: to_json(params.get(name)) for name in used_params(step)},
        files=dict(data.files),
        code=code_prints(python_files(step), code or folder, store),
        versions={name: version for name in libraries(step, plan) if (version := library_version(name))},
        seed=derive_seed(plan.settings.seed, step.id) if step.kind in _SEEDED or python_files(step) else None,
        rows=rows if isinstance(step.body, SourceBody) else None,
        volatile=data.volatile or isinstance(step.body, DeployBody | MonitorBody),
    )


def step_key(
    plan: Plan,
    step: Step,
    inputs: Mapping[str, str],
    *,
    store: Store,
    folder: Path,
    params: Mapping[str, object],
    rows: int | None = None,
) -> str:
    """The key alone; see `step_parts`."""
    return step_parts(plan, step, inputs, store=store, folder=folder, params=params, rows=rows).key


def used_params(step: Step) -> list[str]:
    """The parameters that the step's outputs depend on, sorted: those it names, and `run_time` under `fresh`."""
    names = set(step.params)
    for node in descendants(step.body):
        match node:
            case ParamRef(name=name) | PythonArgument(kind="param", value=str(name)):
                names.add(name)
            case Call(function="fresh"):
                names.add("run_time")
    return sorted(names)


def libraries(step: Step, plan: Plan) -> list[str]:
    """The libraries whose versions are part of the step's key, so far as they are installed."""
    found = list(_LIBRARIES.get(step.kind, ()))
    match step.body:
        case TransformBody(action=SqlForm()):
            found += ["duckdb", "polars"]
        case TransformBody(action=PythonForm()):
            found += ["pandas", "polars"]
        case TransformBody() | CheckBody():
            found += _ENGINES.get(plan.settings.engine, _ENGINES[DEFAULT])
        case SourceBody(connector="sklearn"):
            found.append("scikit-learn")
        case ModelBody(algorithms=algorithms, tune=tune):
            factories = " ".join(str(item.factory) for item in algorithms)
            found += [name for name in ("xgboost", "lightgbm") if name in factories]
            found += ["optuna"] if tune else []
        case EvaluateBody(reports=[_, *_]):
            found.append("matplotlib")
    return found
