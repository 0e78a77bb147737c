"""Expressions and values, and the names and literals that they are made of."""

from __future__ import annotations

from dataclasses import field
from typing import Literal as Choice

from mldsl.records import record
from mldsl.source import Span


@record
class Node:
    """Anything in the tree."""

    span: Span = field(compare=False, repr=False)


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
