"""In conditions: on data in a check, on models in `evaluate`, `require`, `rollback when` and `monitor`."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.program import DeployDecl
from mldsl.catalog.options import ACTIONS, ROLLBACK_METRICS
from mldsl.catalog.tasks import Task
from mldsl.catalog.vocabulary import REPORTS
from mldsl.lsp.completion.candidates import Candidate, Kind, column, dotted_column, metrics, named, snippet, words
from mldsl.lsp.completion.expressions import expression, parameters, scope_of
from mldsl.lsp.completion.facts import Facts, texts
from mldsl.lsp.completion.place import Place

_METRIC_TAILS = ("with confidence 95%", "for each", "and", "or")


def in_condition(facts: Facts, place: Place) -> Iterator[Candidate]:
    """Behind `expect`, `require` and `rollback when`."""
    head = texts(place.blocks[0])
    match head[0] if head else "":
        case "check":
            yield from _data(facts, place)
        case "evaluate":
            yield from _evaluation(facts, place, facts.task(head))
        case "deploy" if place.texts[0] == "rollback":
            yield from named(ROLLBACK_METRICS.items(), Kind.Constant)
        case "deploy":
            yield from _requirement(facts, place, facts.task(head))
        case "monitor":
            yield from _monitored(facts, place)


def _data(facts: Facts, place: Place) -> Iterator[Candidate]:
    if place.last == "else" and "if" not in place.texts:
        yield from words(("fail", "warn", "quarantine"))
        return
    if place.last == "references":
        for name, schema in facts.tables(parts=False):
            yield from (dotted_column(name, item) for item in schema.columns)
        return
    yield from expression(facts, place, scope_of(facts, place), "scalar", "aggregate", "check")
    if len(place.statement) > 1:
        yield from words(("references", "for at least", "else warn", "else quarantine", "else fail"))


def _evaluation(facts: Facts, place: Place, task: Task | None) -> Iterator[Candidate]:
    inside = place.inside()
    if place.last == "each" or (inside is not None and inside[0] == "max_difference" and "," in inside[1]):
        yield from map(column, scope_of(facts, place).columns)
        return
    yield from metrics(task)
    if inside is None:
        yield snippet("max_difference", "max_difference($1)$0", "the largest gap between slices", Kind.Function)
        yield from parameters(facts)
        yield from words(_METRIC_TAILS if len(place.statement) > 2 else ())


def _requirement(facts: Facts, place: Place, task: Task | None) -> Iterator[Candidate]:
    if place.last == "." and place.texts[-2:-1] == ("champion",):
        yield from metrics(task)
        return
    if len(place.statement) == 1:
        yield from words(("evaluation",), "the evaluation passes")
        yield snippet("approval", 'approval("$1")', "somebody says yes", Kind.Function)
    yield from metrics(task)
    yield snippet("champion", "champion.$0", "the model in production", Kind.Variable)
    yield from words(("with confidence 95%",) if len(place.statement) > 2 else ())


def _monitored(facts: Facts, place: Place) -> Iterator[Candidate]:
    inside = place.inside()
    if inside is not None:
        yield from words(("all", "numeric", "categorical", "text", "temporal"), "columns", Kind.Enum)
        yield from map(column, scope_of(facts, place).columns)
        if inside[0] == "drift":
            yield Candidate("method", Kind.Property, "psi or ks", insert="method: ")
        return
    yield snippet("drift", "drift(${1:all})$0", "the distance from the training rows", Kind.Function)
    yield snippet("prediction_drift", "prediction_drift()", "the predictions' distance", Kind.Function)
    yield snippet("null_rate", "null_rate($1)$0", "the share of nulls", Kind.Function)
    deployment = facts.context.resolved.get(texts(place.blocks[0])[3].strip("`")) if len(place.blocks[0]) > 3 else None
    model = facts.model(deployment.model) if isinstance(deployment, DeployDecl) else None
    yield from metrics(model.task if model is not None else None)
    yield from words(("over",))


def on_breach(facts: Facts, place: Place) -> Iterator[Candidate]:
    """The actions of `on breach`."""
    if not place.statement:
        for name, summary in ACTIONS.items():
            insert = 'notify(secret("$1"))' if name == "notify" else name
            yield Candidate(name, Kind.Function, summary, "", insert, name == "notify")


def reports(task: Task | None) -> Iterator[Candidate]:
    """The reports that say something of a model with this task."""
    fitting = ((item.name, item.summary) for item in REPORTS.values() if task is None or task in item.tasks)
    return named(fitting, Kind.Constant)
