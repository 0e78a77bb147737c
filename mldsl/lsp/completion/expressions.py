"""In an expression: columns, parameters and functions; after a comparison with an enum, its values."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.expressions.environment import RUN_VALUES
from mldsl.analysis.program import ParamDecl, SplitDecl
from mldsl.analysis.typed import Column, Schema
from mldsl.lsp.completion.candidates import Candidate, Kind, column, functions, values, words
from mldsl.lsp.completion.facts import Facts, dotted, texts
from mldsl.lsp.completion.place import Place
from mldsl.syntax import tree

_SIGNS = ("==", "!=", "<", "<=", ">", ">=")
_OPERATORS = ("and", "or", "between", "in", "is null", "is not null", "not in")


def scope_of(facts: Facts, place: Place) -> Schema:
    """The columns that the statement at the cursor sees."""
    for depth, head in enumerate(place.blocks):
        words_ = texts(head)
        match words_:
            case ["check", *table]:
                return facts.schema(dotted(table))
            case ["transform", name, "=", *table]:
                inner = place.blocks[depth + 1] if depth + 1 < len(place.blocks) else None
                at = inner[0].start if inner else place.first
                return facts.before(name.strip("`"), at, dotted(table))
            case ["split", _, "=", *table]:
                return facts.schema(dotted(table))
            case ["model", *_]:
                return facts.schema(_data(words_))
            case ["evaluate", *rest] if "on" in rest:
                return facts.schema(dotted(rest[rest.index("on") + 1 :]))
            case ["deploy", _, "=", model, *rest]:
                return _deployed(facts, model, rest)
            case ["monitor", _, "=", deployment, *_]:
                return _monitored(facts, deployment)
            case _:
                continue
    return Schema(())


def _data(head: list[str]) -> str:
    for word in ("from", "cluster", "in"):
        if word in head:
            return dotted(head[head.index(word) + 1 :])
    return ""


def _deployed(facts: Facts, name: str, rest: list[str]) -> Schema:
    """The table of a batch with the model's predictions."""
    model = facts.model(name.strip("`"))
    outputs = model.outputs if model is not None else ()
    table = facts.schema(dotted(rest[3:])) if rest[:3] == ["to", "batch", "("] else Schema(())
    return Schema((*table.columns, *outputs))


def _monitored(facts: Facts, name: str) -> Schema:
    from mldsl.analysis.program import DeployDecl

    deployment = facts.context.resolved.get(name.strip("`"))
    model = facts.model(deployment.model) if isinstance(deployment, DeployDecl) else None
    return Schema(model.features) if model is not None else Schema(())


def expression(facts: Facts, place: Place, schema: Schema, *kinds: str) -> Iterator[Candidate]:
    """What may stand in an expression on `schema`; `kinds` are those of the functions that may be called."""
    member = member_of(facts, place)
    if member is not None:
        yield from member
        return
    column_ = compared(place, schema)
    if column_ is not None:
        yield from values(column_.type, quoted=True)
    if place.statement and _is_value(place):
        yield from words(_OPERATORS, "operator", Kind.Operator)
        return
    yield from map(column, schema.columns)
    yield from parameters(facts)
    yield from functions(*kinds)
    yield from words(("if", "not", "true", "false", "null"))


def parameters(facts: Facts) -> Iterator[Candidate]:
    """The program's parameters, `run_date` and `run_time`."""
    for name, item in facts.context.resolved.items():
        if isinstance(item, ParamDecl):
            yield Candidate(name, Kind.Variable, f"parameter, {item.type}", item.doc or "")
    for name, type_ in RUN_VALUES.items():
        yield Candidate(name, Kind.Variable, f"the run's, {type_}")


def member_of(facts: Facts, place: Place) -> Iterator[Candidate] | None:
    """What may stand behind `NAME.`: columns of a table, parts of a split; None where there is no dot."""
    if place.last != "." or len(place.statement) < 2:
        return None
    name = place.texts[-2].strip("`")
    item = facts.context.resolved.get(name)
    if isinstance(item, SplitDecl):
        return words(item.shares, "part", Kind.Struct)
    if len(place.texts) > 3 and place.texts[-3] == ".":
        name = place.texts[-4].strip("`")
    return map(column, facts.schema(name).columns)


def compared(place: Place, schema: Schema) -> Column | None:
    """The column that is compared right before the cursor, by a sign or by `in (…)`."""
    words_ = list(place.texts)
    if place.calls:
        at = place.calls[-1]
        if at and words_[at - 1] == "in" and words_[-1] in ("(", ","):
            before = words_[: at - 1]
            return schema.get(before[-2 if before[-1:] == ["not"] else -1].strip("`")) if before else None
    if len(words_) > 1 and words_[-1] in _SIGNS:
        return schema.get(words_[-2].strip("`"))
    return None


def _is_value(place: Place) -> bool:
    """Whether a value ends right before the cursor, so that an operator is next."""
    last = place.statement[-1]
    if last.type in ("RPAR", "STRING", "INT", "FLOAT", "PERCENT", "DATE", "DATETIME", "DURATION", "QUOTED_NAME"):
        return True
    return last.type == "NAME"


def declared(facts: Facts, detail: str, *kinds: type) -> Iterator[Candidate]:
    """Declarations of these kinds by name."""
    shown = {tree.Source: Kind.Struct, tree.Transform: Kind.Struct, tree.Split: Kind.Struct, tree.Model: Kind.Class}
    for item in facts.names(*kinds):
        yield Candidate(item.name.text, shown.get(type(item), Kind.Variable), detail, item.doc or "")


def tables(facts: Facts) -> Iterator[Candidate]:
    """The tables, parts of splits among them."""
    for name, schema in facts.tables():
        yield Candidate(name, Kind.Struct, f"table of {len(schema.columns)} columns", ", ".join(schema.names))
