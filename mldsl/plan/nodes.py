"""The plan's steps. One step a declaration; a step's `body` says what is done, its inputs say on what.

Nothing in a body depends on where the program stands in its file, so that comments and layout do not change a key.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mldsl.catalog.types import Type
from mldsl.plan.expressions import Expression, Node, Order

PLAN_VERSION = 1

Kind = Literal["source", "check", "transform", "split", "model", "evaluate", "deploy", "monitor"]
Task = Literal["binary", "multiclass", "regression", "cluster", "anomaly"]


class Secret(Node):
    """The name of a secret; its value is read where it is used and is kept nowhere."""

    secret: str


class PythonCode(Node):
    """A function or class in a user's file; `path` is relative to the program's folder, with `/`."""

    path: str
    name: str


class ColumnSpec(Node):
    """A column with its type and roles; `raw` is its name in the source's data where that differs."""

    name: str
    type: Type
    roles: tuple[str, ...] = ()
    raw: str | None = None


Columns = tuple[ColumnSpec, ...]
Argument = Secret | PythonCode | bool | int | float | str | tuple[str, ...] | None


class SourceBody(Node):
    """Reads a table and holds it against its schema. Relative paths are relative to the program's folder."""

    kind: Literal["source"] = "source"
    connector: str
    arguments: dict[str, Argument] = Field(default_factory=dict)
    columns: Columns
    declared: bool = True


class Expectation(Node):
    """One condition; `text` as the user wrote it."""

    text: str
    condition: Expression
    level: Literal["row", "table"] = "row"
    at_least: float | None = None
    otherwise: Literal["fail", "warn", "quarantine"] = "fail"
    confidence: float | None = None
    each: str | None = None


class CheckBody(Node):
    """`table` is the input's name. With a quarantine the step gives the table without the rows set aside."""

    kind: Literal["check"] = "check"
    table: str
    expectations: tuple[Expectation, ...]

    @property
    def quarantines(self) -> bool:
        """Whether rows may be set aside."""
        return any(expectation.otherwise == "quarantine" for expectation in self.expectations)


class Filter(Node):
    """Keeps the rows whose condition is true."""

    verb: Literal["filter"] = "filter"
    condition: Expression


class Bound(Node):
    """A name and what it is bound to."""

    name: str
    value: Expression


class Derive(Node):
    """Adds or replaces columns; every binding sees the row as it was before."""

    verb: Literal["derive"] = "derive"
    bindings: tuple[Bound, ...]


class Select(Node):
    """Keeps these columns in this order."""

    verb: Literal["select"] = "select"
    columns: tuple[str, ...]


class Rename(Node):
    """Pairs of old and new name."""

    verb: Literal["rename"] = "rename"
    pairs: tuple[tuple[str, str], ...]


class Join(Node):
    """`on` pairs left and right columns; `asof` is the pair of the time condition (left at or after right).

    The right key columns are dropped (`full` fills the left ones from them), and so is the right time column of `asof`.
    """

    verb: Literal["join"] = "join"
    how: Literal["inner", "left", "full", "semi", "anti", "asof"]
    table: str
    on: tuple[tuple[str, str], ...] = ()
    asof: tuple[str, str] | None = None


class Group(Node):
    """One row a combination of keys, one in all without keys."""

    verb: Literal["group"] = "group"
    keys: tuple[str, ...] = ()
    bindings: tuple[Bound, ...] = ()


class Sort(Node):
    """Orders the rows, stably, nulls last."""

    verb: Literal["sort"] = "sort"
    keys: tuple[Order, ...]


class Take(Node):
    """The first `count` rows."""

    verb: Literal["take"] = "take"
    count: int


class Distinct(Node):
    """Whole rows once, or the first row of each combination of `columns` by `order`."""

    verb: Literal["distinct"] = "distinct"
    columns: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()


class Union(Node):
    """The rows of both tables; columns by name."""

    verb: Literal["union"] = "union"
    table: str


class Sample(Node):
    """About this share of the rows, decided by `key` (all columns when empty) and `seed`.

    `cuts` is how many splits and samples the rows have gone through before: each hashes anew.
    """

    verb: Literal["sample"] = "sample"
    share: float
    key: tuple[str, ...] = ()
    seed: int = 0
    cuts: int = 0


class Predict(Node):
    """Adds the columns `outputs` by the input model `model`."""

    verb: Literal["predict"] = "predict"
    model: str
    outputs: Columns


Verb = Annotated[
    Filter | Derive | Select | Rename | Join | Group | Sort | Take | Distinct | Union | Sample | Predict,
    Field(discriminator="verb"),
]


class VerbsForm(Node):
    """Verbs applied to the input table `table`."""

    form: Literal["verbs"] = "verbs"
    table: str
    verbs: tuple[Verb, ...] = ()


class SqlForm(Node):
    """DuckDB SQL; `{name}` stands for an input table."""

    form: Literal["sql"] = "sql"
    text: str


class PythonArgument(Node):
    """An argument of a user's function: an input table, a parameter, or a constant (as in `Constant`, of `type`)."""

    kind: Literal["table", "param", "value"]
    value: Any = None
    type: Type | None = None


class PythonForm(Node):
    """A user's function: pandas frames in, a pandas frame out."""

    form: Literal["python"] = "python"
    function: PythonCode
    arguments: tuple[PythonArgument, ...] = ()
    rowwise: bool = False


class TransformBody(Node):
    """`columns` is the result's schema; the runtime gives exactly these, in this order."""

    kind: Literal["transform"] = "transform"
    action: Annotated[VerbsForm | SqlForm | PythonForm, Field(discriminator="form")]
    columns: Columns


class SplitBody(Node):
    """`shares` pairs of part and share, in the order train, validation, test; `cuts` as in `Sample`.

    `entity` are the columns whose values each stand for one entity, which is never to be in two parts.
    """

    kind: Literal["split"] = "split"
    table: str
    shares: tuple[tuple[str, float], ...]
    key: tuple[str, ...] = ()
    seed: int = 0
    cuts: int = 0
    stratify: str | None = None
    time: str | None = None
    group: str | None = None
    entity: tuple[str, ...] = ()


class PrepareStep(Node):
    """One prepare step of the catalog with its arguments by name."""

    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class PrepareRule(Node):
    """Columns prepared alike, for the algorithms of these indices in the model's list (empty: for all of them)."""

    columns: tuple[str, ...]
    steps: tuple[PrepareStep, ...]
    algorithms: tuple[int, ...] = ()


class Range(Node):
    """To tune over, both ends included."""

    range: tuple[float, float]
    log: bool = False
    integer: bool = False


class Choice(Node):
    """To tune over."""

    choice: tuple[Any, ...]


class FixedValue(Node):
    """A parameter's plain value."""

    value: Any = None


class Algorithm(Node):
    """`name` as written; `factory` is a dotted class path or a user's class."""

    name: str
    factory: str | PythonCode
    parameters: dict[str, Range | Choice | FixedValue] = Field(default_factory=dict)


class Tune(Node):
    """Search over all algorithms and ranges; `timeout` in seconds."""

    metric: str
    maximize: bool
    trials: int = 40
    cv: int = 5
    timeout: float | None = None
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    parallel: int | None = None


class Threshold(Node):
    """Fixed, best for a metric, or cheapest for given costs."""

    value: float | None = None
    metric: str | None = None
    false_positive: float | None = None
    false_negative: float | None = None


class Folds(Node):
    """How inner splits are made: as the outer split is. At most one of the three columns is set."""

    stratify: str | None = None
    time: str | None = None
    group: str | None = None


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


class EvaluateBody(Node):
    """`unit` is the column whose values a bootstrap resamples; None resamples rows."""

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


class Requirement(Node):
    """A gate of a deployment."""

    text: str
    condition: Expression
    confidence: float | None = None


class ScheduleSpec(Node):
    """Cron with an IANA time zone, or an interval in seconds."""

    cron: str | None = None
    timezone: str = "UTC"
    every: float | None = None


class Resources(Node):
    """Cores, bytes, devices."""

    cpu: float | None = None
    memory: int | None = None
    gpu: int | None = None


class DeployBody(Node):
    """`rollout` pairs of share and seconds; `table` is the batch table's input name."""

    kind: Literal["deploy"] = "deploy"
    model: str
    target: Literal["endpoint", "batch", "registry"]
    subject: str
    requires: tuple[Requirement, ...] = ()
    rollout: tuple[tuple[float, float | None], ...] = ()
    rollback: Expression | None = None
    replicas: tuple[int, int] | None = None
    schedule: ScheduleSpec | None = None
    write_connector: str | None = None
    write_arguments: dict[str, Argument] = Field(default_factory=dict)
    columns: tuple[str, ...] = ()


class Action(Node):
    """What a breach causes."""

    name: Literal["retrain", "rollback", "notify"]
    target: str | Secret | None = None


class MonitorBody(Node):
    """`every` in seconds."""

    kind: Literal["monitor"] = "monitor"
    deployment: str
    every: float
    labels: str | None = None
    expectations: tuple[Expectation, ...] = ()
    actions: tuple[Action, ...] = ()


Body = Annotated[
    SourceBody | CheckBody | TransformBody | SplitBody | ModelBody | EvaluateBody | DeployBody | MonitorBody,
    Field(discriminator="kind"),
]


class Input(Node):
    """Where an input comes from: an output of another step."""

    step: str
    output: str


class Step(Node):
    """One unit of work.

    `id` is unique (`transform:features`); `inputs` maps the names used in the body (`customers`, `data.train`,
    `churn_model`) to outputs of earlier steps; `after` are steps that must have succeeded without giving data (checks);
    `location` is `file:line:column` of the declaration. Outputs by kind: source `table`; check `report` and, with a
    quarantine, `table` and `quarantined`; transform `table`; split one table a part; model `model` and `summary`;
    evaluate `metrics`; deploy and monitor `report` (and a batch `table`).
    """

    id: str
    kind: Kind
    name: str
    doc: str | None = None
    location: str
    inputs: dict[str, Input] = Field(default_factory=dict)
    after: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    resources: Resources = Resources()
    body: Body


class PlanParam(Node):
    """A parameter of the run; `default` as in `Constant.value`; `required` when it has none."""

    name: str
    type: Type
    default: Any = None
    required: bool = False
    doc: str | None = None


class PlanSettings(Node):
    """The pipeline's options; durations in seconds."""

    owner: str | None = None
    description: str | None = None
    schedule: ScheduleSpec | None = None
    seed: int = 0
    retries: int = 0
    retry_delay: float | None = None
    timeout: float | None = None
    tags: tuple[str, ...] = ()
    artifacts: str | Secret = ".mldsl"
    engine: str = "polars"
    engine_url: str | None = None
    tracking: str | Secret | None = None
    notify: str | Secret | None = None


class Plan(Node):
    """The contract between the compiler and everything that runs. Steps stand in an order in which they can run.

    Relative paths in it are relative to the program's folder, which whoever runs the plan gives.
    """

    version: int = PLAN_VERSION
    name: str
    doc: str | None = None
    profile: str | None = None
    settings: PlanSettings = PlanSettings()
    params: tuple[PlanParam, ...] = ()
    steps: tuple[Step, ...]

    def step(self, id_: str) -> Step:
        """The step of that id; KeyError if there is none."""
        for step in self.steps:
            if step.id == id_:
                return step
        raise KeyError(id_)
