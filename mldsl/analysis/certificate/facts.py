"""What a run checks on the data, and what neither the program nor a run can show."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.certificate.model import Fact
from mldsl.analysis.certificate.words import percent, quoted
from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.flow.nodes import Node
from mldsl.analysis.flow.reads import reads
from mldsl.analysis.program import (
    CheckDecl,
    EvaluateDecl,
    ModelDecl,
    Program,
    PythonBody,
    PythonFunction,
    SourceDecl,
    SplitDecl,
    SqlBody,
    TransformDecl,
)

# Of each role, what its columns in one source are taken for.
_ROLES = {
    "time": "when a row became known is",
    "after": "all that is known only after the prediction is",
    "key": "what tells rows apart is",
    "entity": "which rows are about one thing, says",
    "sensitive": "all that is protected is",
}

# What gives the rows of sources that are computed, by the connector.
_COMPUTED = {"sql": "query", "python": "function"}

COPIES = 0.01
"""Which share of the judged rows a run takes for no coincidence where they are also learned from, under another key."""

# --- at run time -----------------------------------------------------------------------------------------------------


def run_time(program: Program) -> Iterator[Fact]:
    """What every run looks at, in the order of the declarations."""
    for source in program.sources.values():
        which = "are declared" if source.declared else "were inferred"
        yield Fact("schema", source.name, f"the data of `{source.name}` has the columns and types that {which}")
    for check in program.checks:
        yield from _expectations("check", check.table, check)
    for transform in program.transforms.values():
        if isinstance(transform.body, PythonBody) and transform.body.rowwise:
            said = (
                "gives the same rows whatever other rows there are: it is run again on at most 1,000 of them, in "
                "another order; otherwise the run fails"
            )
            yield Fact("ML213", transform.name, f"the Python step `{transform.name}` {said}")
    for split in program.splits.values():
        yield from _of_split(split)
    for model in program.models.values():
        yield from _of_model(model)
    for evaluation in program.evaluations:
        yield from _expectations("evaluation", evaluation.name, evaluation)


def _expectations(kind: str, about: str, item: CheckDecl | EvaluateDecl) -> Iterator[Fact]:
    fails = "the evaluation fails" if kind == "evaluation" else "the run fails"
    otherwise = {"fail": fails, "warn": "a warning", "quarantine": "the row is set aside"}
    for expectation in item.expectations:
        rows = f"at least {percent(expectation.at_least)} of the rows of " if expectation.at_least is not None else ""
        each = f", for each `{expectation.each}`" if expectation.each is not None else ""
        sure = f", with confidence {percent(expectation.confidence)}" if expectation.confidence is not None else ""
        undecided = ", also where too few rows decide it," if sure else ""
        holds = f"`{expectation.text}` holds for {rows}`{about}`{each}{sure}"
        yield Fact(kind, about, f"{holds}; otherwise{undecided} {otherwise[expectation.otherwise]}")


def _of_split(split: SplitDecl) -> Iterator[Fact]:
    """By time nothing is looked for; and the default split keeps equal rows together by itself."""
    if split.time is not None:
        return
    names = [column.name for column in split.schema.with_role("entity") if column.name != split.group]
    by_key = split.group is None and split.stratify is None
    if not by_key and split.group not in split.key:
        names += [name for name in split.key if name not in names]
    if names:
        said = (
            f"rows of one {quoted(names)} are in one part of `{split.name}`, in the data too; otherwise the run fails"
        )
        yield Fact("ML305", split.name, said)
    nested = any(column.type.kind == "vector" for column in split.schema.columns)
    if (split.key or split.group is not None) and not nested:
        first, last = next(iter(split.shares)), list(split.shares)[-1]
        copies = f"fewer than {percent(COPIES)} of the rows of `{split.name}.{last}` are evidently copies"
        said = f"{copies} of rows of `{split.name}.{first}` under another key; otherwise the run fails"
        yield Fact("ML310", split.name, said)


def _of_model(model: ModelDecl) -> Iterator[Fact]:
    texts = [column.name for column in model.features if column.type.kind == "string"]
    if texts:
        said = f"no string feature of `{model.name}` ({quoted(texts)}) is almost unique in the training rows"
        yield Fact("ML308", model.name, f"{said}; otherwise a warning")
    if model.target is not None:
        said = (
            f"no numeric or categorical feature of `{model.name}` alone predicts `{model.target.name}` almost perfectly"
        )
        yield Fact("ML314", model.name, f"{said} in the training rows; otherwise a warning")


# --- assumed ---------------------------------------------------------------------------------------------------------


def assumed(program: Program, evidence: Evidence) -> Iterator[Fact]:
    """What is taken for granted, in the order of the declarations."""
    for param in program.params.values():
        said = "has one value throughout a run; what is proved holds whatever the value is"
        yield Fact("param", param.name, f"the parameter `{param.name}` {said}")
    dated = set(_dated(program, evidence))
    for source in program.sources.values():
        yield from _of_source(source)
        if dated and source.name not in dated:
            said = f"the rows of `{source.name}` are known at any time: none of its columns is `time`"
            yield Fact("time", source.name, said)
    for transform in program.transforms.values():
        yield from _of_transform(transform, evidence)
    for split in program.splits.values():
        yield from _of_times(split)
    for model in program.models.values():
        yield from _of_fit(model, evidence)


def _dated(program: Program, evidence: Evidence) -> Iterator[str]:
    """Sources whose rows have a time, where a split goes by time: a declared one, or what the split's is made of."""
    begins: set[Node] = set()
    for split in program.splits.values():
        if split.time is not None and evidence.sound(split.table):
            table = evidence.flow.table(split.table)
            begins |= {read.node for _, read in reads([(split.time, table.columns[split.time])], table)}
    for source in program.sources.values() if begins else ():
        columns = evidence.flow.table(source.name).columns.values() if evidence.sound(source.name) else ()
        if source.schema.with_role("time") or not begins.isdisjoint(columns):
            yield source.name


def _of_times(split: SplitDecl) -> Iterator[Fact]:
    if split.time is not None:
        said = (
            f"a row of `{split.table}` is of the time that its `{split.time}` says, and all that its own columns hold"
        )
        yield Fact("time", split.name, f"{said} is known by then, but for what is declared `after`")
    elif split.random and split.schema.with_role("time"):
        said = f"the rows of `{split.name}` have a time, and are split at random all the same: `random: true`"
        yield Fact("random", split.name, said)


def _of_fit(model: ModelDecl, evidence: Evidence) -> Iterator[Fact]:
    for algorithm in model.algorithms:
        if isinstance(algorithm.factory, PythonFunction):
            code = f"the algorithm `{algorithm.factory.path}:{algorithm.factory.name}` of `{model.name}`"
            yield Fact(
                "python", model.name, f"{code} is opaque: it is taken to learn from nothing but what it is given"
            )
    if not (evidence.sound(model.name) and evidence.sound(model.table)):
        yield Fact("unknown", model.name, f"nothing was proved of `{model.name}`: not all columns behind it are known")


def _of_source(source: SourceDecl) -> Iterator[Fact]:
    if not source.declared:
        said = f"`{source.name}` declares no columns: what they are was inferred from the data, and they have no roles"
        yield Fact("schema", source.name, said)
    if source.connector in _COMPUTED:
        said = f"the {_COMPUTED[source.connector]} of `{source.name}` is opaque: its columns are taken for facts about"
        yield Fact("source", source.name, f"{said} their own row alone")
    for role, said in _ROLES.items():
        names = [column.name for column in source.schema.with_role(role)]
        if names:
            yield Fact(role, source.name, f"in `{source.name}`, {said} {quoted(names)}, as declared")
    if not source.schema.with_role("after"):
        yield Fact(
            "after", source.name, f"all columns of `{source.name}` are known when the model is asked: none is `after`"
        )


def _of_transform(transform: TransformDecl, evidence: Evidence) -> Iterator[Fact]:
    name, body = transform.name, transform.body
    match body:
        case PythonBody():
            code = f"the Python step `{name}` (`{body.function.path}:{body.function.name}`)"
            if not body.rowwise:
                said = f"{code} is opaque: it is taken to make each row of one row, of the part that this one is in"
                yield Fact("python", name, said)
            said = "has columns of its inputs' names unchanged, and makes no new column from the target, "
            yield Fact("python", name, f"{code} {said}from what is known afterwards, or from sensitive columns")
        case SqlBody() if evidence.sound(name) and evidence.flow.table(name).unfollowed:
            said = (
                f"the SQL of `{name}` could not be followed: a column that it selects under its own name is taken for "
                "unchanged, and each other one as made of every value of every row"
            )
            yield Fact("sql", name, said)
