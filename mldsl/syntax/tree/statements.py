"""Options, schemas, expectations, and the parts of a model, a deployment and a monitor."""

from __future__ import annotations

from mldsl.records import record
from mldsl.syntax.tree.expressions import Call, Expr, Literal, Name, Node, Pipe, Ref, Selector, Value


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
