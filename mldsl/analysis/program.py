"""The typed program: every declaration resolved, under one profile. What the plan is lowered from."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import Literal as Choice

from mldsl.analysis.typed import AnyVerb, Column, Schema, TypedExpr
from mldsl.catalog.kubernetes import NodeLabel, Toleration, Volume
from mldsl.catalog.types import Type
from mldsl.records import record
from mldsl.source import Span

Task = Choice["binary", "multiclass", "regression", "cluster", "anomaly"]


@record
class Secret:
    """`secret("NAME")`: a name only; the value is read when it is used."""

    name: str


@record
class PythonFunction:
    """`python("file.py:function")`; `path` is as found from the declaring file, joined to that file's folder."""

    path: str
    name: str


@record
class Schedule:
    """A cron expression with a time zone (an IANA name), or an interval."""

    cron: str | None = None
    timezone: str = "UTC"
    every: timedelta | None = None


@record
class Resources:
    """`cpu` in cores, `memory` in bytes, `gpu` in devices of the kind `accelerator`; None is the target's default."""

    cpu: float | None = None
    memory: int | None = None
    gpu: int | None = None
    accelerator: str | None = None
    node_selector: tuple[NodeLabel, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    volumes: tuple[Volume, ...] = ()


@record
class Engine:
    """`polars`, `duckdb`, or `spark` with its master URL."""

    name: str = "polars"
    url: str | None = None


@record
class Settings:
    """The pipeline declaration's options; `resources` are for every step that asks for nothing else."""

    owner: str | None = None
    description: str | None = None
    schedule: Schedule | None = None
    seed: int = 0
    retries: int = 0
    retry_delay: timedelta | None = None
    timeout: timedelta | None = None
    tags: tuple[str, ...] = ()
    artifacts: str | Secret = ".mldsl"
    engine: Engine = Engine()
    tracking: str | Secret | None = None
    notify: str | Secret | None = None
    resources: Resources = Resources()


@record
class Declared:
    """What every declaration has: its name, its documentation and its place (the name's span)."""

    name: str
    doc: str | None
    span: Span = field(compare=False, repr=False)


@record
class ParamDecl(Declared):
    """A value of the run. `default` None means that the run must set it, unless the type is nullable."""

    type: Type
    default: object | None


ArgumentValue = str | int | float | bool | None | Secret | PythonFunction | tuple[str, ...]


@record
class SourceDecl(Declared):
    """Arguments by the catalog's names; paths are already joined to the declaring file's folder (URIs untouched).

    `declared` is False when the schema was inferred from the data; `rows` is how many there were then.
    """

    connector: str
    arguments: dict[str, ArgumentValue]
    schema: Schema
    declared: bool
    rows: int | None = field(default=None, compare=False)

    @property
    def data(self) -> str:
        """What tells the data that it reads from that of other sources."""
        return repr((self.connector, sorted(self.arguments.items())))


@record
class ExpectationDecl:
    """One `expect`. `text` is its condition as written (canonical spacing); `level` says what is judged."""

    text: str
    condition: TypedExpr
    span: Span = field(compare=False, repr=False)
    level: Choice["row", "table"] = "row"
    at_least: float | None = None
    otherwise: Choice["fail", "warn", "quarantine"] = "fail"
    confidence: float | None = None
    each: str | None = None


@record
class CheckDecl:
    """The expectations of one `check` block."""

    table: str
    expectations: tuple[ExpectationDecl, ...]
    doc: str | None
    span: Span = field(compare=False, repr=False)


@record
class VerbsBody:
    """A table and the verbs applied to it."""

    table: str
    verbs: tuple[AnyVerb, ...]


@record
class SqlBody:
    """DuckDB SQL with `{table}` placeholders as written, and the tables it reads."""

    text: str
    tables: tuple[str, ...]


@record
class PythonBody:
    """A function called with tables (pandas frames) and parameters, in order.

    An argument is `("table", name)`, `("param", name)` or `("value", constant)`.
    """

    function: PythonFunction
    arguments: tuple[tuple[Choice["table", "param", "value"], object], ...]
    rowwise: bool = False


@record
class TransformDecl(Declared):
    """`schema` is the result's."""

    body: VerbsBody | SqlBody | PythonBody
    schema: Schema


@record
class SplitDecl(Declared):
    """Shares by part in the order train, validation, test; `key` are the table's key columns (empty: all values)."""

    table: str
    schema: Schema
    shares: dict[str, float]
    key: tuple[str, ...]
    seed: int
    stratify: str | None = None
    time: str | None = None
    group: str | None = None
    random: bool = False
    budget: int = 1


@record
class StepUse:
    """One prepare step with its arguments by the catalog's names."""

    name: str
    arguments: dict[str, object]


@record
class PrepareRule:
    """Columns that are prepared alike, and how. Steps run from left to right; the rules cover every feature.

    `default` says that nobody wrote it. `algorithms` are the indices, in the model's list, of those that it is for;
    empty: all of them.
    """

    columns: tuple[str, ...]
    steps: tuple[StepUse, ...]
    default: bool = False
    algorithms: tuple[int, ...] = ()


@record
class RangeValue:
    """A range to tune over, both ends included; `integer` when both ends are ints."""

    low: float
    high: float
    log: bool = False
    integer: bool = False


@record
class ChoiceValue:
    """Values to choose from when tuning."""

    values: tuple[object, ...]


@record
class AlgorithmUse:
    """`name` as written (catalog name, dotted path, or function); `factory` a dotted class path or a file's class."""

    name: str
    factory: str | PythonFunction
    parameters: dict[str, object]
    span: Span = field(compare=False, repr=False)


@record
class Tune:
    """`metric` and its direction; `timeout` for the whole search."""

    metric: str
    maximize: bool
    trials: int = 40
    cv: int = 5
    timeout: timedelta | None = None
    sampler: Choice["tpe", "random", "grid"] = "tpe"
    parallel: int | None = None


@record
class Threshold:
    """The decision threshold of a binary model: fixed, the best for a metric, or the cheapest for given costs."""

    value: float | None = None
    metric: str | None = None
    false_positive: float | None = None
    false_negative: float | None = None


@record
class ModelDecl(Declared):
    """`table` is what it is fitted on (`data.train` for a split); `split` names the split, None for a plain table.

    `classes` are an enum's or bool's in declared order, empty when they come from the data (`string`). `positive` is
    the positive class of a binary task. `outputs` are the columns that `predict with` adds.
    """

    goal: Choice["predict", "cluster", "anomalies"]
    task: Task
    target: Column | None
    table: str
    split: str | None
    features: tuple[Column, ...]
    prepare: tuple[PrepareRule, ...]
    algorithms: tuple[AlgorithmUse, ...]
    tune: Tune | None = None
    cv: int = 5
    classes: tuple[object, ...] = ()
    positive: object | None = None
    class_weight: Choice["balanced"] | None = None
    weight: str | None = None
    calibrate: Choice["isotonic", "sigmoid"] | None = None
    threshold: Threshold | None = None
    resources: Resources = Resources()
    outputs: tuple[Column, ...] = ()


@record
class EvaluateDecl:
    """A model judged on a table; `name` is `MODEL on TABLE`.

    `unit` is the split's group column, what a bootstrap resamples.
    """

    name: str
    model: str
    table: str
    expectations: tuple[ExpectationDecl, ...]
    reports: tuple[str, ...]
    against: str | None
    unit: str | None
    doc: str | None
    span: Span = field(compare=False, repr=False)


@record
class RequireDecl:
    """`require evaluation` and `require approval` are Named conditions."""

    text: str
    condition: TypedExpr
    span: Span = field(compare=False, repr=False)
    confidence: float | None = None


@record
class DeployDecl(Declared):
    """`target` says where; `subject` is the endpoint's or registry's name, or the batch table."""

    model: str
    target: Choice["endpoint", "batch", "registry"]
    subject: str
    requires: tuple[RequireDecl, ...]
    rollout: tuple[tuple[float, timedelta | None], ...] = ()
    rollback: TypedExpr | None = None
    replicas: tuple[int, int] | None = None
    schedule: Schedule | None = None
    write_connector: str | None = None
    write_arguments: dict[str, ArgumentValue] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    resources: Resources = Resources()


@record
class ActionDecl:
    """`retrain`, `rollback`, or `notify` with its target."""

    name: Choice["retrain", "rollback", "notify"]
    target: str | Secret | None = None


@record
class MonitorDecl(Declared):
    """What is watched, how often, and what happens."""

    deployment: str
    every: timedelta
    labels: str | None
    expectations: tuple[ExpectationDecl, ...]
    actions: tuple[ActionDecl, ...]


@record
class Program:
    """The whole program under one profile (None: as it stands). Dicts keep the order of declaration, imports first.

    `tables` has the schema of every name that may stand where a table is wanted, parts of splits included.
    """

    path: str
    name: str
    doc: str | None
    profile: str | None
    settings: Settings
    params: dict[str, ParamDecl]
    sources: dict[str, SourceDecl]
    checks: tuple[CheckDecl, ...]
    transforms: dict[str, TransformDecl]
    splits: dict[str, SplitDecl]
    models: dict[str, ModelDecl]
    evaluations: tuple[EvaluateDecl, ...]
    deployments: dict[str, DeployDecl]
    monitors: dict[str, MonitorDecl]
    tables: dict[str, Schema]
    profiles: tuple[str, ...] = ()
