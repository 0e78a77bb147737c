"""The bodies of steps that fit or judge models."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

from mldsl.plan.node import Node
from mldsl.plan.nodes.values import Columns, ColumnSpec, Expectation, PythonCode, Task
from mldsl.records import named_record


@named_record
class PrepareStep(Node):
    """One prepare step of the catalog with its arguments by name."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@named_record
class PrepareRule(Node):
    """Columns prepared alike, for the algorithms of these indices in the model's list (empty: for all of them)."""

    columns: tuple[str, ...]
    steps: tuple[PrepareStep, ...]
    algorithms: tuple[int, ...] = ()


@named_record
class Range(Node):
    """To tune over, both ends included."""

    range: tuple[float, float]
    log: bool = False
    integer: bool = False


@named_record
class Choice(Node):
    """To tune over."""

    choice: tuple[Any, ...]


@named_record
class FixedValue(Node):
    """A parameter's plain value."""

    value: Any = None


@named_record
class Algorithm(Node):
    """`name` as written; `factory` is a dotted class path or a user's class."""

    name: str
    factory: str | PythonCode
    parameters: dict[str, Range | Choice | FixedValue] = field(default_factory=dict)


@named_record
class Tune(Node):
    """Search over all algorithms and ranges; `timeout` in seconds."""

    metric: str
    maximize: bool
    trials: int = 40
    cv: int = 5
    timeout: float | None = None
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    parallel: int | None = None


@named_record
class Threshold(Node):
    """Fixed, best for a metric, or cheapest for given costs."""

    value: float | None = None
    metric: str | None = None
    false_positive: float | None = None
    false_negative: float | None = None


@named_record
class Folds(Node):
    """How inner splits are made: as the outer split is. `reach` as in `SplitBody`.

    `lost` are columns (`SPLIT.COLUMN`) that it goes by and that the rows have no longer.
    """

    stratify: str | None = None
    time: str | None = None
    group: str | None = None
    reach: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@named_record
class ModelBody(Node):
    """`table` is the input to fit on; `validation` the input of the split's validation part, if it has one.

    `classes` empty for a classifier means: from the data, sorted.
    """

    kind: Literal["model"] = "model"
    goal: Literal["predict", "cluster", "anomalies"]
    task: Task
    target: ColumnSpec | None = None
    table: str
    validation: str | None = None
    features: Columns
    prepare: tuple[PrepareRule, ...] = ()
    algorithms: tuple[Algorithm, ...]
    tune: Tune | None = None
    cv: int = 5
    folds: Folds = Folds()
    classes: tuple[Any, ...] = ()
    positive: Any = None
    class_weight: Literal["balanced"] | None = None
    weight: str | None = None
    calibrate: Literal["isotonic", "sigmoid"] | None = None
    threshold: Threshold | None = None
    seed: int = 0
    outputs: Columns = ()


@named_record
class EvaluateBody(Node):
    """`unit` is the column whose values a bootstrap resamples; None resamples rows.

    `budget` is how many models the table may judge, where it is, or is made of, the test part of a split.
    """

    kind: Literal["evaluate"] = "evaluate"
    model: str
    table: str
    task: Task
    target: ColumnSpec | None = None
    expectations: tuple[Expectation, ...] = ()
    reports: tuple[str, ...] = ()
    against: str | None = None
    unit: str | None = None
    seed: int = 0
    budget: int | None = None
