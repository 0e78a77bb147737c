"""In a model: its parts, algorithms with their parameters, and `prepare`."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.catalog.constraints import Kind as Sort
from mldsl.catalog.constraints import Options, ParameterSpec
from mldsl.catalog.prepare import STEPS
from mldsl.lsp.completion.candidates import Candidate, Kind, algorithms, column, named, snippet, words
from mldsl.lsp.completion.expressions import scope_of
from mldsl.lsp.completion.facts import Facts, texts
from mldsl.lsp.completion.place import Place
from mldsl.lsp.words import class_path, parameter_help, settable

_SELECTORS = ("numeric", "categorical", "text", "temporal", "all")


def model_start() -> Iterator[Candidate]:
    """The blocks that may stand in a model."""
    yield snippet("algorithm", "algorithm $0", "what learns")
    yield snippet("prepare", "prepare {\n  $0\n}", "how columns are prepared")
    yield snippet("tune", "tune {\n  maximize: $1\n  trials: 40\n  cv: 5\n}", "a search over algorithms and ranges")
    yield snippet("resources", "resources { $0 }", "what it may use, and where its pod is")


def in_algorithm(facts: Facts, place: Place) -> Iterator[Candidate]:
    """Behind `algorithm`: the algorithms for the task; in its block: its parameters and their values."""
    task = facts.task(texts(place.blocks[0]))
    head = texts(place.blocks[-1])
    if head[:1] != ["algorithm"]:
        if len(place.statement) == 1:
            yield from algorithms(task)
        return
    name = head[1] if len(head) > 1 else ""
    entry = ALGORITHMS.get(name)
    path = class_path(name, task) if entry is not None else name.strip('"')
    known = settable(path, entry)
    match list(place.texts):
        case []:
            given = facts.text[place.blocks[-1][-1].end : place.start]
            for spec in known.values():
                if f"{spec.name}:" not in given:
                    doc = parameter_help(spec, entry)
                    yield Candidate(spec.name, Kind.Property, spec.describe(), doc, f"{spec.name}: ")
        case [parameter, ":", *_] if parameter in known:
            yield from _values(known[parameter])
        case _:
            return


def _values(spec: ParameterSpec) -> Iterator[Candidate]:
    """The values of a parameter that can be listed, and a choice of them."""
    listed: list[str] = []
    for item in spec.constraints:
        match item:
            case Options(values=values):
                listed += [f'"{value}"' if isinstance(value, str) else str(value).lower() for value in values]
            case Sort(name="bool"):
                listed += ["true", "false"]
            case Sort(name="null"):
                listed.append("null")
            case _:
                continue
    yield from words(dict.fromkeys(listed), spec.name, Kind.EnumMember)
    yield snippet("choice", "choice($0)", "values to choose from when tuning", Kind.Function)


def in_prepare(facts: Facts, place: Place) -> Iterator[Candidate]:
    """`COLUMNS: step | step`."""
    words_ = list(place.texts)
    if ":" not in words_:
        if not words_ or words_[-1] in (",", "("):
            model = facts.model("".join(texts(place.blocks[0])[1:2]).strip("`"))
            features = model.features if model is not None else scope_of(facts, place).columns
            yield from words(_SELECTORS, "columns", Kind.Enum)
            yield from map(column, features)
        return
    inside = place.inside()
    if inside is not None and inside[0] in STEPS:
        for parameter in STEPS[inside[0]].parameters:
            yield from named(((item.name, item.summary) for item in parameter.choices), Kind.EnumMember)
            if not parameter.choices:
                yield Candidate(parameter.name, Kind.Property, parameter.summary, insert=f"{parameter.name}: ")
    elif words_[-1] in (":", "|"):
        for step in STEPS.values():
            insert = f"{step.name}($1)$0" if step.parameters else step.name
            yield Candidate(step.name, Kind.Function, step.summary, "", insert, bool(step.parameters))
