"""Declarations, comments, and the file that holds them."""

from __future__ import annotations

from dataclasses import field
from typing import Literal as Choice

from mldsl.records import record
from mldsl.source import SourceFile, Span
from mldsl.syntax.tree.expressions import Call, Expr, Literal, Name, Node, Ref
from mldsl.syntax.tree.statements import (
    Algorithm,
    Block,
    Expectation,
    OnBreach,
    Option,
    Prepare,
    Require,
    RollbackWhen,
    Rollout,
    SchemaBlock,
    TypeName,
)
from mldsl.syntax.tree.verbs import Verb


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
