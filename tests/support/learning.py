"""Steps of models and evaluations on small tables, carried out on a store in a temporary folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.catalog.prepare import default_steps
from mldsl.catalog.types import Type
from mldsl.plan.nodes import (
    Algorithm,
    ColumnSpec,
    EvaluateBody,
    FixedValue,
    Input,
    ModelBody,
    Plan,
    PrepareRule,
    PrepareStep,
    PythonCode,
    Range,
    Step,
)
from mldsl.runtime.evaluation.evaluate import run as run_evaluation
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.fit import run as run_model
from mldsl.runtime.store import Record, Stored, open_store
from mldsl.runtime.work import StepResult, Work

KINDS: Mapping[type, str] = {bool: "bool", int: "int", float: "float", str: "string"}


def columns(**types: str | Type) -> tuple[ColumnSpec, ...]:
    """Columns by name; a type as a word (`float?` may be null)."""
    return tuple(
        ColumnSpec(name=name, type=given if isinstance(given, Type) else Type(given.rstrip("?"), given.endswith("?")))
        for name, given in types.items()
    )


def rule(names: str, *steps: tuple[str, dict[str, Any]] | str, algorithms: tuple[int, ...] = ()) -> PrepareRule:
    """A prepare rule for columns named with blanks between them."""
    made = [(step, {}) if isinstance(step, str) else step for step in steps]
    return PrepareRule(
        columns=tuple(names.split()),
        steps=tuple(PrepareStep(name=name, arguments=arguments) for name, arguments in made),
        algorithms=algorithms,
    )


def algorithm(name: str, task: str, **parameters: Any) -> Algorithm:
    """An algorithm of the catalog, as the compiler lowers it; ranges are pairs (with "log" for a log range)."""
    entry = ALGORITHMS[name]
    values: dict[str, Any] = {**entry.defaults, **parameters, **entry.sets}
    return Algorithm(name=name, factory=entry.classes[task], parameters={k: _parameter(v) for k, v in values.items()})


def by_path(factory: str | PythonCode, **parameters: Any) -> Algorithm:
    """An algorithm by its class."""
    name = factory if isinstance(factory, str) else factory.name
    return Algorithm(name=name, factory=factory, parameters={k: _parameter(v) for k, v in parameters.items()})


def _parameter(value: Any) -> Any:
    match value:
        case (float() | int() as low, float() | int() as high):
            return Range(range=(low, high), integer=isinstance(low, int))
        case (low, high, "log"):
            return Range(range=(low, high), log=True, integer=isinstance(low, int))
        case int() | float() | str() | bool() | None | list():
            return FixedValue(value=value)
        case _:
            return value


def default_rules(
    features: Sequence[ColumnSpec], algorithms: Sequence[Algorithm], task: str
) -> tuple[PrepareRule, ...]:
    """What the compiler gives columns that have no line of their own."""
    found = []
    for index, item in enumerate(algorithms):
        entry = ALGORITHMS.get(item.name)
        missing = entry is not None and task in entry.takes_missing
        for feature in features:
            steps = default_steps(feature.type, missing, "standard" if entry is None else entry.scaling)
            found.append(
                PrepareRule(
                    columns=(feature.name,),
                    steps=tuple(PrepareStep(name=step.name, arguments=dict(step.arguments)) for step in steps),
                    algorithms=(index,) if len(algorithms) > 1 else (),
                )
            )
    return tuple(found)


def model_body(
    task: str, features: Sequence[ColumnSpec], algorithms: Sequence[Algorithm], *, target: Any = None, **more: Any
) -> ModelBody:
    """The body of a model on the table `data`; `target` is a pair of name and type."""
    spec = None
    if target is not None:
        name, kind = target
        spec = ColumnSpec(name=name, type=kind if isinstance(kind, Type) else Type(kind))
        if spec.type.kind == "bool":
            more = {"classes": (False, True), "positive": True, **more}
        if spec.type.kind == "enum":
            more = {"classes": spec.type.values, **more}
            if len(spec.type.values) == 2:
                more = {"positive": spec.type.values[1], **more}
    more.setdefault("prepare", default_rules(features, algorithms, task))
    goal = {"cluster": "cluster", "anomaly": "anomalies"}.get(task, "predict")
    more.setdefault("outputs", _outputs(task, spec, more.get("classes", ()), algorithms))
    return ModelBody(
        goal=goal, task=task, target=spec, table="data", features=tuple(features), algorithms=tuple(algorithms), **more
    )  # fmt: skip


def _outputs(task: str, target: ColumnSpec | None, classes: Sequence[Any], algorithms: Sequence[Algorithm]) -> Any:
    if task == "cluster":
        return columns(cluster="int")
    if task == "anomaly":
        return columns(anomaly="bool", anomaly_score="float")
    assert target is not None
    if task == "regression":
        return columns(**{f"{target.name}_predicted": "float"})
    found = columns(**{f"{target.name}_predicted": target.type})
    entries = [ALGORITHMS.get(item.name) for item in algorithms]
    if all(entry is not None and task in entry.probabilities for entry in entries):
        if task == "binary":
            found += columns(**{f"{target.name}_probability": "float"})
        else:
            found += columns(**{f"{target.name}_probability_{value}": "float" for value in classes})
    return found


class Bench:
    """A store, a program's folder, and what steps gave."""

    def __init__(self, folder: Path, seed: int = 7) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.seed = seed
        self.store = open_store("store", folder)
        self.logged: list[str] = []

    def table(self, frame: pl.DataFrame) -> Stored:
        path = self.folder / "table.parquet"
        frame.write_parquet(path)
        return self.store.adopt(path, ".parquet", "table", frame.height)

    def work(self, step: Step, inputs: Mapping[str, Stored], steps: Sequence[Step] = (), **more: Any) -> Work:
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        given = {"jobs": 1, "rows": None, "params": {}, **more}
        return Work(
            plan=Plan(name="test", steps=(*steps, step)),
            step=step,
            store=self.store,
            inputs=inputs,
            records=lambda id_: Record(id_, id_, "source", dict(inputs)),
            inlined=False,
            folder=self.folder,
            code=self.folder,
            seed=self.seed,
            room=lambda: scratch,
            log=self.logged.append,
            progress=lambda done, total, what: None,
            **given,
        )

    def fit(self, body: ModelBody, frame: pl.DataFrame, validation: pl.DataFrame | None = None, **more: Any) -> Fit:
        inputs = {body.table: self.table(frame)}
        if validation is not None:
            inputs["validation"] = self.table(validation)
            body = replace(body, validation="validation")
        step = Step(id="model:m", kind="model", name="m", location="test.ml:1:1", body=body)
        work = self.work(step, inputs, **more)
        result = run_model(work)
        return Fit(self, step, work, result)


class Fit:
    """A model that was fitted: the model as loaded from the store, its summary, its bytes."""

    def __init__(self, bench: Bench, step: Step, work: Work, result: StepResult) -> None:
        self.bench = bench
        self.step = step
        self.result = result
        self.stored = work.outputs["model"]
        self.data = bench.store.local(self.stored).read_bytes()
        self.summary = json.loads(bench.store.local(work.outputs["summary"]).read_bytes())

    @property
    def model(self) -> FittedModel:
        inputs = {"m": Input(step="model:m", output="model")}
        step = Step(id="evaluate:e", kind="evaluate", name="e", location="t:1:1", inputs=inputs, body=self._judging())
        return self.bench.work(step, {"m": self.stored}, (self.step,)).model("m")

    def evaluate(self, frame: pl.DataFrame, **more: Any) -> tuple[StepResult, dict[str, Any]]:
        settings = {name: more.pop(name) for name in ("jobs", "params") if name in more}
        inputs = {"m": Input(step="model:m", output="model")}
        body = self._judging(**more)
        step = Step(id="evaluate:e", kind="evaluate", name="e", location="t:1:1", inputs=inputs, body=body)
        work = self.bench.work(step, {"m": self.stored, "test": self.bench.table(frame)}, (self.step,), **settings)
        result = run_evaluation(work)
        return result, json.loads(self.bench.store.local(work.outputs["metrics"]).read_bytes())

    def _judging(self, **more: Any) -> EvaluateBody:
        body = self.step.body
        assert isinstance(body, ModelBody)
        return EvaluateBody(model="m", table="test", task=body.task, target=body.target, **more)
