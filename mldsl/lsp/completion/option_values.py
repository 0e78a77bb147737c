"""The values of an option, by what its row in the catalog says that it takes."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.catalog.kubernetes import EFFECTS
from mldsl.catalog.options import OptionSpec
from mldsl.catalog.vocabulary import ENGINES
from mldsl.lsp.completion.candidates import Candidate, Kind, column, connectors, metrics, named, snippet, values, words
from mldsl.lsp.completion.conditions import reports
from mldsl.lsp.completion.expressions import scope_of, tables
from mldsl.lsp.completion.facts import Facts, texts
from mldsl.lsp.completion.place import Place

_SELECTORS = ("all", "all except", "numeric", "categorical", "text", "temporal")
# The types that a column needs which an option names; it may have any where the option is not here.
_FITTING = {
    "time": ("date", "datetime", "int", "float"),
    "weight": ("int", "float"),
    "against": ("bool",),
}
_OF_PODS = {
    "label": ('"key=value"', '"${1:key}=${2:value}"'),
    "toleration": ('"key=value:effect"', f'"${{1:key}}=${{2:value}}:${{3|{",".join(EFFECTS)}|}}"'),
    "volume": ('"claim:/path"', '"${1:claim}:${2:/data}"'),
}
_SECRET = snippet("secret", 'secret("$1")', "read when it runs", Kind.Function)


def option_values(facts: Facts, place: Place, spec: OptionSpec, writing: bool = True) -> Iterator[Candidate]:
    """What may stand behind the colon of an option."""
    head = texts(place.blocks[0])
    match spec.kind:
        case "bool":
            yield from words(("true", "false"), kind=Kind.Value)
        case "name" | "names" | "calibrate":
            yield from words(spec.choices, spec.name, Kind.EnumMember)
        case "column":
            fits = _FITTING.get(spec.name)
            yield from (column(item) for item in scope_of(facts, place).columns if not fits or item.type.kind in fits)
        case "columns":
            yield from map(column, scope_of(facts, place).columns)
            yield from words(_SELECTORS, "columns", Kind.Enum)
        case "metric":
            yield from metrics(facts.task(head))
        case "report":
            given = set(place.texts)
            yield from (item for item in reports(facts.task(head)) if item.label not in given)
        case "table":
            yield from tables(facts)
        case "connector":
            yield from connectors(writing)
        case _:
            yield from _others(facts, spec, head)


def _others(facts: Facts, spec: OptionSpec, head: list[str]) -> Iterator[Candidate]:
    match spec.kind:
        case "schedule":
            yield snippet("cron", 'cron("${1:0 3 * * *}", timezone: "${2:UTC}")', spec.summary, Kind.Function)
        case "engine":
            yield from named(((item.name, item.summary) for item in ENGINES.values()), Kind.EnumMember)
        case "tracking":
            yield snippet("mlflow", 'mlflow("$1")', spec.summary, Kind.Function)
        case "notify":
            yield _SECRET
        case "threshold":
            yield snippet("maximize", "maximize($1)", "the best for a metric", Kind.Function)
            yield snippet("cost", "cost(false_positive: $1, false_negative: $2)", "the cheapest", Kind.Function)
        case "value":
            model = facts.model(head[1]) if len(head) > 1 else None
            if model is not None and model.target is not None:
                yield from values(model.target.type, quoted=True)
        case "device":
            yield from words(('"nvidia.com/gpu"', '"amd.com/gpu"'), "a device by Kubernetes' name", Kind.Value)
        case "label" | "toleration" | "volume":
            yield snippet(*_OF_PODS[spec.kind], spec.summary, Kind.Value)
        case "share":
            yield from words(("70%", "10%", "20%"), spec.summary, Kind.Value)
        case _:
            return
