"""The bodies of steps that make or judge tables: sources, checks, transforms and splits."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any, Literal

from mldsl.catalog.types import Type
from mldsl.plan.node import Node, Tagged
from mldsl.plan.nodes.values import Argument, Columns, Expectation, PythonCode
from mldsl.plan.nodes.verbs import Verb
from mldsl.records import named_record


@named_record
class SourceBody(Node):
    """Reads a table and holds it against its schema. Relative paths are relative to the program's folder."""

    kind: Literal["source"] = "source"
    connector: str
    arguments: dict[str, Argument] = field(default_factory=dict)
    columns: Columns
    declared: bool = True


@named_record
class CheckBody(Node):
    """`table` is the input's name. With a quarantine the step gives the table without the rows set aside."""

    kind: Literal["check"] = "check"
    table: str
    expectations: tuple[Expectation, ...]

    @property
    def quarantines(self) -> bool:
        """Whether rows may be set aside."""
        return any(expectation.otherwise == "quarantine" for expectation in self.expectations)


@named_record
class VerbsForm(Node):
    """Verbs applied to the input table `table`."""

    form: Literal["verbs"] = "verbs"
    table: str
    verbs: tuple[Verb, ...] = ()


@named_record
class SqlForm(Node):
    """DuckDB SQL; `{name}` stands for an input table."""

    form: Literal["sql"] = "sql"
    text: str


@named_record
class PythonArgument(Node):
    """An argument of a user's function: an input table, a parameter, or a constant (as in `Constant`, of `type`)."""

    kind: Literal["table", "param", "value"]
    value: Any = None
    type: Type | None = None


@named_record
class PythonForm(Node):
    """A user's function: pandas frames in, a pandas frame out."""

    form: Literal["python"] = "python"
    function: PythonCode
    arguments: tuple[PythonArgument, ...] = ()
    rowwise: bool = False


@named_record
class TransformBody(Node):
    """`columns` is the result's schema; the runtime gives exactly these, in this order."""

    kind: Literal["transform"] = "transform"
    action: Annotated[VerbsForm | SqlForm | PythonForm, Tagged("form")]
    columns: Columns


@named_record
class SplitBody(Node):
    """`shares` pairs of part and share, in the order train, validation, test; `cuts` as in `Sample`.

    `entity` are the columns whose values each stand for one entity, which is never to be in two parts. `reach` are
    hidden columns of a split by time: the latest times that a row's target is made of, null for none but its own.
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
    reach: tuple[str, ...] = ()
