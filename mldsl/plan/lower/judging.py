"""On which rows the requirements of a deployment are judged, and how many models a table may judge."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis import program
from mldsl.analysis.typed import Join, Union


def judging(given: program.DeployDecl, whole: program.Program) -> program.EvaluateDecl | None:
    """The rows of the model's evaluation, as an evaluation that expects nothing; None where there are no such rows.

    That is the first evaluation on the test part of the model's own split, or on its validation part: they have the
    columns that requirements may name. Else it is that test part itself, else the model's first evaluation at all.
    """
    model = whole.models[given.model]
    evaluations = [item for item in whole.evaluations if item.model == given.model]
    split = None if model.split is None else whole.splits[model.split]
    parts = [] if split is None else [f"{split.name}.{part}" for part in ("test", "validation") if part in split.shares]
    own = [item for part in parts for item in evaluations if item.table == part]
    if own:
        return _bare(own[0])
    if split is not None and "test" in split.shares and model.target is not None:
        return _on(f"{split.name}.test", split.group, model)
    return _bare(evaluations[0]) if evaluations else None


def budget(table: str, whole: program.Program) -> int | None:
    """How many models the table may judge: the least of the budgets of the test parts that it is made of."""
    budgets = [whole.splits[name].budget for name in _tested(table, whole)]
    return min(budgets, default=None)


def tables_of(body: program.VerbsBody | program.SqlBody | program.PythonBody) -> list[str]:
    """The tables that a transform reads, in the order in which it names them."""
    match body:
        case program.VerbsBody(table, verbs):
            return [table, *(verb.table for verb in verbs if isinstance(verb, Join | Union))]
        case program.SqlBody(_, tables):
            return list(tables)
        case program.PythonBody(_, arguments):
            return [str(value) for kind, value in arguments if kind == "table"]


def _bare(given: program.EvaluateDecl) -> program.EvaluateDecl:
    return program.EvaluateDecl(
        given.name, given.model, given.table, (), (), given.against, given.unit, None, given.span
    )


def _on(table: str, unit: str | None, model: program.ModelDecl) -> program.EvaluateDecl:
    return program.EvaluateDecl(f"{model.name} on {table}", model.name, table, (), (), None, unit, None, model.span)


def _tested(table: str, whole: program.Program) -> Iterator[str]:
    """The splits whose test parts the table is, or is made of by transforms."""
    waiting, seen = [table], {table}
    while waiting:
        name, _, part = waiting.pop().partition(".")
        if part == "test" and name in whole.splits:
            yield name
        elif name in whole.transforms:
            more = [item for item in tables_of(whole.transforms[name].body) if item not in seen]
            seen.update(more)
            waiting += more
