"""The syntax tree: what a `.ml` file says, with spans, before any name is looked up.

Every node starts with its span, which does not count when trees are compared: `parse(fmt(x)) == parse(x)`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as Choice

from mldsl.source import SourceFile, Span


@dataclass(frozen=True, slots=True)
class Node:
    """Anything in the tree."""

    span: Span = field(compare=False, repr=False)


# --- expressions and values ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name(Node):
    """An identifier or a backticked name; `text` is without backticks."""

    text: str


LiteralKind = Choice["int", "float", "percent", "bool", "null", "string", "date", "datetime", "duration", "size"]


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A literal value.

    `value` by kind: int; float; percent -> float (5% is 0.05); bool; null -> None; string -> str (escapes done, raw
    blocks too); date -> datetime.date; datetime -> datetime.datetime (naive, meaning UTC); duration ->
    datetime.timedelta; size -> int (bytes).
    """

    kind: LiteralKind
    value: object


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """A bare name or a dotted path: `tenure`, `spend.customer_id`, `data.test`, `champion.roc_auc`."""

    parts: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`not x` or `-x`."""

    op: Choice["not", "-"]
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`left op right`; op is one of `or and == != < <= > >= ?? + - * / // % **`. `op_span` is the sign's own place."""

    op: str
    left: Expr
    right: Expr
    op_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`operand between low and high`."""

    operand: Expr
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True)
class InList(Node):
    """`operand in (a, b)` or `operand not in (a, b)`."""

    operand: Expr
    items: tuple[Expr, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class IsNull(Node):
    """`operand is null` or `operand is not null`."""

    operand: Expr
    negated: bool


@dataclass(frozen=True, slots=True)
class References(Node):
    """`column references table.column` (in a check)."""

    operand: Expr
    target: Ref


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """`if condition then then else otherwise`."""

    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """One argument of a call; `name` for `name: value`."""

    name: Name | None
    value: Value


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(a, name: b)`: functions, metrics, connectors, steps, `secret("…")`, `python("…")`, `cron("…")`."""

    function: Name
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class SortKey(Node):
    """`column` or `column desc`."""

    column: Ref
    descending: bool


@dataclass(frozen=True, slots=True)
class Over(Node):
    """`call over (partition by a, b order by t rows n)`; each part may be empty or None."""

    call: Call
    partition: tuple[Ref, ...]
    order: tuple[SortKey, ...]
    rows: Expr | None


@dataclass(frozen=True, slots=True)
class OverPeriod(Node):
    """`METRIC over DURATION`, in a monitor: `roc_auc over 30d`."""

    operand: Expr
    period: Literal


@dataclass(frozen=True, slots=True)
class Range(Node):
    """`low..high` with an optional `log`."""

    low: Expr
    high: Expr
    log: bool


SelectorGroup = Choice["all", "numeric", "categorical", "text", "temporal"]


@dataclass(frozen=True, slots=True)
class Selector(Node):
    """Columns: `all`, `all except (a, b)`, `numeric`, `categorical`, `text`, `temporal` (a plain name is a Ref).

    `excluded` is also allowed on the groups: `numeric except (id)`.
    """

    group: SelectorGroup
    excluded: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Pipe(Node):
    """`step | step | step`, in `prepare`; each is a Ref (`pass`) or a Call (`impute(median)`)."""

    steps: tuple[Ref | Call, ...]


Expr = Literal | Ref | Unary | Binary | Between | InList | IsNull | References | Conditional | Call | Over | OverPeriod
Value = Expr | Range | Selector | Pipe


# --- statements ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option(Node):
    """`name: value, value`; in `prepare`, `targets` may hold more columns than the one name: see PrepareEntry."""

    name: Name
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Block(Node):
    """A named group of options: `tune { … }`, `resources { … }`; `subject` for a profile's `resources NAME { … }`."""

    name: Name
    subject: Name | None
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """A written type: `int`, `float?`, `enum("a", "b")`, `vector(8)`."""

    name: Name
    arguments: tuple[Literal, ...]
    nullable: bool


@dataclass(frozen=True, slots=True)
class Field(Node):
    """One line of a schema: `name: type role* (from "raw")?`."""

    name: Name
    type: TypeName
    roles: tuple[Name, ...]
    raw: Literal | None


@dataclass(frozen=True, slots=True)
class SchemaBlock(Node):
    """`{ field … }` behind a source, a `sql` or a `python` transform."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Expectation(Node):
    """`expect CONDITION …` in a check, an evaluation or a monitor.

    `at_least` (`for at least P%`) and `otherwise` (`else fail|warn|quarantine`) belong to checks; `confidence`
    (`with confidence P%`) and `each` (`for each COLUMN`) to evaluations. Which may stand where is the checker's to say.
    """

    condition: Expr
    at_least: Literal | None
    otherwise: Name | None
    confidence: Literal | None
    each: Ref | None


# --- verbs of a transform --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Binding(Node):
    """`name = EXPR`, in `derive` and `group by`."""

    name: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`filter CONDITION`."""

    condition: Expr


@dataclass(frozen=True, slots=True)
class Derive(Node):
    """`derive name = EXPR` or `derive { … }`."""

    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class Select(Node):
    """`select COLUMNS`: names (Ref) and selectors."""

    columns: tuple[Ref | Selector, ...]


@dataclass(frozen=True, slots=True)
class Drop(Node):
    """`drop COLUMNS`."""

    columns: tuple[Ref | Selector, ...]


@dataclass(frozen=True, slots=True)
class Rename(Node):
    """`rename old to new`; several may be separated by commas."""

    pairs: tuple[tuple[Name, Name], ...]


JoinKind = Choice["inner", "left", "full", "semi", "anti", "asof"]


@dataclass(frozen=True, slots=True)
class Join(Node):
    """`left join T on CONDITION`; `on a` (a Ref) when both sides have the column."""

    kind: JoinKind
    table: Ref
    condition: Expr


@dataclass(frozen=True, slots=True)
class GroupBy(Node):
    """`group by a, b { name = AGGREGATE … }`."""

    keys: tuple[Ref, ...]
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class SortBy(Node):
    """`sort by a, b desc`."""

    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Take(Node):
    """`take 100`."""

    count: Expr


@dataclass(frozen=True, slots=True)
class Distinct(Node):
    """`distinct` (no columns) or `distinct on a, b`."""

    columns: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Union(Node):
    """`union T`."""

    table: Ref


@dataclass(frozen=True, slots=True)
class Sample(Node):
    """`sample 10%`."""

    share: Expr


@dataclass(frozen=True, slots=True)
class PredictWith(Node):
    """`predict with MODEL`."""

    model: Ref


Verb = (
    Filter | Derive | Select | Drop | Rename | Join | GroupBy | SortBy | Take | Distinct | Union | Sample | PredictWith
)


# --- parts of a model, a deployment and a monitor --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrepareEntry(Node):
    """`COLUMNS: step | step`."""

    columns: tuple[Ref | Selector, ...]
    steps: Pipe


@dataclass(frozen=True, slots=True)
class Prepare(Node):
    """`prepare { … }`."""

    entries: tuple[PrepareEntry, ...]


@dataclass(frozen=True, slots=True)
class Algorithm(Node):
    """`algorithm NAME { parameter: value }`; `target` is a Ref, a dotted path (string) or `python("file.py:Class")`."""

    target: Ref | Literal | Call
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Require(Node):
    """`require evaluation`, `require CONDITION`, `require approval("team")`."""

    condition: Expr
    confidence: Literal | None


@dataclass(frozen=True, slots=True)
class RolloutStage(Node):
    """`10% for 1h`; the last one may have no duration."""

    share: Literal
    duration: Literal | None


@dataclass(frozen=True, slots=True)
class Rollout(Node):
    """`rollout { stage; stage }`."""

    stages: tuple[RolloutStage, ...]


@dataclass(frozen=True, slots=True)
class RollbackWhen(Node):
    """`rollback when CONDITION`."""

    condition: Expr


@dataclass(frozen=True, slots=True)
class OnBreach(Node):
    """`on breach { retrain; notify(secret("X")) }`."""

    actions: tuple[Ref | Call, ...]


# --- declarations ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pipeline(Node):
    """`pipeline NAME { options }`."""

    name: Name
    body: tuple[Option | Block, ...]
    doc: str | None


@dataclass(frozen=True, slots=True)
class Import(Node):
    """`import "file.ml"`."""

    path: Literal


@dataclass(frozen=True, slots=True)
class Param(Node):
    """`param name: type = default`."""

    name: Name
    type: TypeName
    default: Expr | None
    doc: str | None


@dataclass(frozen=True, slots=True)
class Source(Node):
    """`source NAME = CONNECTOR(…) { schema }`; options may follow in the call as named arguments."""

    name: Name
    connector: Call
    schema: SchemaBlock | None
    doc: str | None


@dataclass(frozen=True, slots=True)
class Check(Node):
    """`check TABLE { expect … }`."""

    table: Ref
    expectations: tuple[Expectation, ...]
    doc: str | None


@dataclass(frozen=True, slots=True)
class Transform(Node):
    """`transform NAME = TABLE { verbs }`: `origin` is a Ref then; for `sql(…)` and `python(…)` it is a Call."""

    name: Name
    origin: Ref | Call
    verbs: tuple[Verb, ...]
    schema: SchemaBlock | None
    doc: str | None


@dataclass(frozen=True, slots=True)
class Split(Node):
    """`split NAME = TABLE { options }`; the shares are options called `train`, `validation`, `test`."""

    name: Name
    table: Ref
    options: tuple[Option, ...]
    doc: str | None


@dataclass(frozen=True, slots=True)
class Model(Node):
    """`model NAME = predict TARGET from SPLIT`, `= cluster TABLE`, `= detect anomalies in TABLE`."""

    name: Name
    goal: Choice["predict", "cluster", "anomalies"]
    target: Name | None
    data: Ref
    body: tuple[Option | Block | Prepare | Algorithm, ...]
    doc: str | None


@dataclass(frozen=True, slots=True)
class Evaluate(Node):
    """`evaluate MODEL on TABLE { … }`."""

    model: Ref
    table: Ref
    body: tuple[Expectation | Option, ...]
    doc: str | None


@dataclass(frozen=True, slots=True)
class Deploy(Node):
    """`deploy NAME = MODEL to endpoint("x")|batch(T)|registry("x") { … }`."""

    name: Name
    model: Ref
    target: Call
    body: tuple[Option | Block | Require | Rollout | RollbackWhen, ...]
    doc: str | None


@dataclass(frozen=True, slots=True)
class Monitor(Node):
    """`monitor NAME = DEPLOYMENT { … }`."""

    name: Name
    deployment: Ref
    body: tuple[Option | Expectation | OnBreach, ...]
    doc: str | None


@dataclass(frozen=True, slots=True)
class ParamOverride(Node):
    """`param cutoff = VALUE` in a profile."""

    name: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class Profile(Node):
    """`profile NAME { … }`."""

    name: Name
    body: tuple[Option | Source | ParamOverride | Block, ...]
    doc: str | None


Declaration = (
    Pipeline | Import | Param | Source | Check | Transform | Split | Model | Evaluate | Deploy | Monitor | Profile
)


@dataclass(frozen=True, slots=True)
class Comment(Node):
    """A comment's text with its `#`s; `own_line` when nothing else stands on its line."""

    text: str
    own_line: bool


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file.

    Declarations and statements that could not be read are left out; their diagnostics say so. `unread` holds every word
    of what was left out: a name that is unknown elsewhere and stands in `unread` may have been declared there, so that
    nothing should be said about it.
    """

    file: SourceFile = field(compare=False, repr=False)
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = field(compare=False, repr=False)
    unread: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
