"""The syntax tree: what a `.ml` file says, with spans, before any name is looked up.

Every node starts with its span, which does not count when trees are compared: `parse(fmt(x)) == parse(x)`.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal as Choice

from mldsl.records import record
from mldsl.source import SourceFile, Span


@record
class Node:
    """Anything in the tree."""

    span: Span = field(compare=False, repr=False)


# --- expressions and values ------------------------------------------------------------------------------------------


@record
class Name(Node):
    """An identifier or a backticked name; `text` is without backticks."""

    text: str


LiteralKind = Choice["int", "float", "percent", "bool", "null", "string", "date", "datetime", "duration", "size"]


@record
class Literal(Node):
    """A literal value.

    `value` by kind: int; float; percent -> float (5% is 0.05); bool; null -> None; string -> str (escapes done, raw
    blocks too); date -> datetime.date; datetime -> datetime.datetime (naive, meaning UTC); duration ->
    datetime.timedelta; size -> int (bytes).
    """

    kind: LiteralKind
    value: object


@record
class Ref(Node):
    """A bare name or a dotted path: `tenure`, `spend.customer_id`, `data.test`, `champion.roc_auc`."""

    parts: tuple[Name, ...]


@record
class Unary(Node):
    """`not x` or `-x`."""

    op: Choice["not", "-"]
    operand: Expr


@record
class Binary(Node):
    """`left op right`; op is one of `or and == != < <= > >= ?? + - * / // % **`. `op_span` is the sign's own place."""

    op: str
    left: Expr
    right: Expr
    op_span: Span = field(compare=False, repr=False)


@record
class Between(Node):
    """`operand between low and high`."""

    operand: Expr
    low: Expr
    high: Expr


@record
class InList(Node):
    """`operand in (a, b)` or `operand not in (a, b)`."""

    operand: Expr
    items: tuple[Expr, ...]
    negated: bool


@record
class IsNull(Node):
    """`operand is null` or `operand is not null`."""

    operand: Expr
    negated: bool


@record
class References(Node):
    """`column references table.column` (in a check)."""

    operand: Expr
    target: Ref


@record
class Conditional(Node):
    """`if condition then then else otherwise`."""

    condition: Expr
    then: Expr
    otherwise: Expr


@record
class Argument(Node):
    """One argument of a call; `name` for `name: value`."""

    name: Name | None
    value: Value


@record
class Call(Node):
    """`function(a, name: b)`: functions, metrics, connectors, steps, `secret("…")`, `python("…")`, `cron("…")`."""

    function: Name
    arguments: tuple[Argument, ...]


@record
class SortKey(Node):
    """`column` or `column desc`."""

    column: Ref
    descending: bool


@record
class Over(Node):
    """`call over (partition by a, b order by t rows n)`; each part may be empty or None."""

    call: Call
    partition: tuple[Ref, ...]
    order: tuple[SortKey, ...]
    rows: Expr | None


@record
class OverPeriod(Node):
    """`METRIC over DURATION`, in a monitor: `roc_auc over 30d`."""

    operand: Expr
    period: Literal


@record
class Range(Node):
    """`low..high` with an optional `log`."""

    low: Expr
    high: Expr
    log: bool


SelectorGroup = Choice["all", "numeric", "categorical", "text", "temporal"]


@record
class Selector(Node):
    """Columns: `all`, `all except (a, b)`, `numeric`, `categorical`, `text`, `temporal` (a plain name is a Ref).

    `excluded` is also allowed on the groups: `numeric except (id)`.
    """

    group: SelectorGroup
    excluded: tuple[Name, ...]


@record
class Pipe(Node):
    """`step | step | step`, in `prepare`; each is a Ref (`pass`) or a Call (`impute(median)`)."""

    steps: tuple[Ref | Call, ...]


Expr = Literal | Ref | Unary | Binary | Between | InList | IsNull | References | Conditional | Call | Over | OverPeriod
Value = Expr | Range | Selector | Pipe


# --- statements ------------------------------------------------------------------------------------------------------


@record
class Option(Node):
    """`name: value, value`; in `prepare`, `targets` may hold more columns than the one name: see PrepareEntry."""

    name: Name
    values: tuple[Value, ...]


@record
class Block(Node):
    """A named group of options: `tune { … }`, `resources { … }`; `subject` for a profile's `resources NAME { … }`."""

    name: Name
    subject: Name | None
    options: tuple[Option, ...]


@record
class TypeName(Node):
    """A written type: `int`, `float?`, `enum("a", "b")`, `vector(8)`."""

    name: Name
    arguments: tuple[Literal, ...]
    nullable: bool


@record
class Field(Node):
    """One line of a schema: `name: type role* (from "raw")?`."""

    name: Name
    type: TypeName
    roles: tuple[Name, ...]
    raw: Literal | None


@record
class SchemaBlock(Node):
    """`{ field … }` behind a source, a `sql` or a `python` transform."""

    fields: tuple[Field, ...]


@record
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


@record
class Binding(Node):
    """`name = EXPR`, in `derive` and `group by`."""

    name: Name
    value: Expr


@record
class Filter(Node):
    """`filter CONDITION`."""

    condition: Expr


@record
class Derive(Node):
    """`derive name = EXPR` or `derive { … }`."""

    bindings: tuple[Binding, ...]


@record
class Select(Node):
    """`select COLUMNS`: names (Ref) and selectors."""

    columns: tuple[Ref | Selector, ...]


@record
class Drop(Node):
    """`drop COLUMNS`."""

    columns: tuple[Ref | Selector, ...]


@record
class Rename(Node):
    """`rename old to new`; several may be separated by commas."""

    pairs: tuple[tuple[Name, Name], ...]


JoinKind = Choice["inner", "left", "full", "semi", "anti", "asof"]


@record
class Join(Node):
    """`left join T on CONDITION`; `on a` (a Ref) when both sides have the column."""

    kind: JoinKind
    table: Ref
    condition: Expr


@record
class GroupBy(Node):
    """`group by a, b { name = AGGREGATE … }`."""

    keys: tuple[Ref, ...]
    bindings: tuple[Binding, ...]


@record
class SortBy(Node):
    """`sort by a, b desc`."""

    keys: tuple[SortKey, ...]


@record
class Take(Node):
    """`take 100`."""

    count: Expr


@record
class Distinct(Node):
    """`distinct` (no columns) or `distinct on a, b`."""

    columns: tuple[Ref, ...]


@record
class Union(Node):
    """`union T`."""

    table: Ref


@record
class Sample(Node):
    """`sample 10%`."""

    share: Expr


@record
class PredictWith(Node):
    """`predict with MODEL`."""

    model: Ref


Verb = (
    Filter | Derive | Select | Drop | Rename | Join | GroupBy | SortBy | Take | Distinct | Union | Sample | PredictWith
)


# --- parts of a model, a deployment and a monitor --------------------------------------------------------------------


@record
class PrepareEntry(Node):
    """`COLUMNS: step | step`."""

    columns: tuple[Ref | Selector, ...]
    steps: Pipe


@record
class Prepare(Node):
    """`prepare { … }`."""

    entries: tuple[PrepareEntry, ...]


@record
class Algorithm(Node):
    """`algorithm NAME { parameter: value }`; `target` is a Ref, a dotted path (string) or `python("file.py:Class")`."""

    target: Ref | Literal | Call
    options: tuple[Option, ...]


@record
class Require(Node):
    """`require evaluation`, `require CONDITION`, `require approval("team")`."""

    condition: Expr
    confidence: Literal | None


@record
class RolloutStage(Node):
    """`10% for 1h`; the last one may have no duration."""

    share: Literal
    duration: Literal | None


@record
class Rollout(Node):
    """`rollout { stage; stage }`."""

    stages: tuple[RolloutStage, ...]


@record
class RollbackWhen(Node):
    """`rollback when CONDITION`."""

    condition: Expr


@record
class OnBreach(Node):
    """`on breach { retrain; notify(secret("X")) }`."""

    actions: tuple[Ref | Call, ...]


# --- declarations ----------------------------------------------------------------------------------------------------


@record
class Pipeline(Node):
    """`pipeline NAME { options }`."""

    name: Name
    body: tuple[Option | Block, ...]
    doc: str | None


@record
class Import(Node):
    """`import "file.ml"`."""

    path: Literal


@record
class Param(Node):
    """`param name: type = default`."""

    name: Name
    type: TypeName
    default: Expr | None
    doc: str | None


@record
class Source(Node):
    """`source NAME = CONNECTOR(…) { schema }`; options may follow in the call as named arguments."""

    name: Name
    connector: Call
    schema: SchemaBlock | None
    doc: str | None


@record
class Check(Node):
    """`check TABLE { expect … }`."""

    table: Ref
    expectations: tuple[Expectation, ...]
    doc: str | None


@record
class Transform(Node):
    """`transform NAME = TABLE { verbs }`: `origin` is a Ref then; for `sql(…)` and `python(…)` it is a Call."""

    name: Name
    origin: Ref | Call
    verbs: tuple[Verb, ...]
    schema: SchemaBlock | None
    doc: str | None


@record
class Split(Node):
    """`split NAME = TABLE { options }`; the shares are options called `train`, `validation`, `test`."""

    name: Name
    table: Ref
    options: tuple[Option, ...]
    doc: str | None


@record
class Model(Node):
    """`model NAME = predict TARGET from SPLIT`, `= cluster TABLE`, `= detect anomalies in TABLE`."""

    name: Name
    goal: Choice["predict", "cluster", "anomalies"]
    target: Name | None
    data: Ref
    body: tuple[Option | Block | Prepare | Algorithm, ...]
    doc: str | None


@record
class Evaluate(Node):
    """`evaluate MODEL on TABLE { … }`."""

    model: Ref
    table: Ref
    body: tuple[Expectation | Option, ...]
    doc: str | None


@record
class Deploy(Node):
    """`deploy NAME = MODEL to endpoint("x")|batch(T)|registry("x") { … }`."""

    name: Name
    model: Ref
    target: Call
    body: tuple[Option | Block | Require | Rollout | RollbackWhen, ...]
    doc: str | None


@record
class Monitor(Node):
    """`monitor NAME = DEPLOYMENT { … }`."""

    name: Name
    deployment: Ref
    body: tuple[Option | Expectation | OnBreach, ...]
    doc: str | None


@record
class ParamOverride(Node):
    """`param cutoff = VALUE` in a profile."""

    name: Name
    value: Expr


@record
class Profile(Node):
    """`profile NAME { … }`."""

    name: Name
    body: tuple[Option | Source | ParamOverride | Block, ...]
    doc: str | None


Declaration = (
    Pipeline | Import | Param | Source | Check | Transform | Split | Model | Evaluate | Deploy | Monitor | Profile
)


@record
class Comment(Node):
    """A comment's text with its `#`s; `own_line` when nothing else stands on its line."""

    text: str
    own_line: bool


@record
class Module:
    """One parsed file.

    Declarations and statements that could not be read are left out; their diagnostics say so. `gaps` are the places of
    what was left out (a declaration around one is not whole), `unread` every word in them: a name that is unknown
    elsewhere and stands in `unread` may have been declared there, so that nothing should be said about it.
    """

    file: SourceFile = field(compare=False, repr=False)
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = field(compare=False, repr=False)
    unread: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    gaps: tuple[Span, ...] = field(default=(), compare=False, repr=False)
