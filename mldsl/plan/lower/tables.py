"""What gives or holds rows: sources, checks, transforms, splits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from mldsl.analysis import program
from mldsl.analysis.typed import Constant
from mldsl.plan import nodes
from mldsl.plan.lower.expressions import expression
from mldsl.plan.lower.places import Places
from mldsl.plan.lower.values import code, columns, connector_arguments, json_value, real, source_columns
from mldsl.plan.lower.verbs import verb


def source(given: program.SourceDecl, places: Places) -> nodes.SourceBody:
    """A source."""
    return nodes.SourceBody(
        connector=given.connector,
        arguments=connector_arguments(given.connector, given.arguments, places),
        columns=source_columns(given.schema.columns),
        declared=given.declared,
    )


def check(given: program.CheckDecl) -> nodes.CheckBody:
    """A check."""
    return nodes.CheckBody(table=given.table, expectations=expectations(given.expectations))


def expectations(given: Iterable[program.ExpectationDecl]) -> tuple[nodes.Expectation, ...]:
    """The expectations of a check, an evaluation or a monitor."""
    return tuple(
        nodes.Expectation(
            text=item.text,
            condition=expression(item.condition),
            level=item.level,
            at_least=real(item.at_least),
            otherwise=item.otherwise,
            confidence=real(item.confidence),
            each=item.each,
        )
        for item in given
    )


def transform(
    given: program.TransformDecl, models: Mapping[str, program.ModelDecl], places: Places
) -> nodes.TransformBody:
    """A transform, in whichever of its three forms."""
    return nodes.TransformBody(action=_form(given.body, models, places), columns=columns(given.schema.columns))


def _form(
    body: program.VerbsBody | program.SqlBody | program.PythonBody,
    models: Mapping[str, program.ModelDecl],
    places: Places,
) -> nodes.VerbsForm | nodes.SqlForm | nodes.PythonForm:
    match body:
        case program.VerbsBody(table, given):
            return nodes.VerbsForm(table=table, verbs=tuple(verb(item, models) for item in given))
        case program.SqlBody(text):
            return nodes.SqlForm(text=text)
        case program.PythonBody(function, arguments, rowwise):
            lowered = tuple(_python_argument(kind, value) for kind, value in arguments)
            return nodes.PythonForm(function=code(function, places), arguments=lowered, rowwise=rowwise)


def _python_argument(kind: Literal["table", "param", "value"], value: object) -> nodes.PythonArgument:
    if isinstance(value, Constant):
        return nodes.PythonArgument(kind=kind, value=json_value(value.value), type=value.type)
    return nodes.PythonArgument(kind=kind, value=json_value(value))


def split(given: program.SplitDecl, reach: tuple[str, ...]) -> nodes.SplitBody:
    """A split; `reach` as in its body."""
    return nodes.SplitBody(
        table=given.table,
        shares=tuple((part, float(share)) for part, share in given.shares.items()),
        key=given.key,
        seed=given.seed,
        stratify=given.stratify,
        time=given.time,
        group=given.group,
        entity=tuple(column.name for column in given.schema.columns if "entity" in column.roles),
        reach=reach,
    )
