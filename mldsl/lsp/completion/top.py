"""Outside all blocks: declarations, and the parts of their heads."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.catalog.connectors import CONNECTORS
from mldsl.catalog.options import TYPE_NAMES
from mldsl.lsp.completion.candidates import Candidate, Kind, column, connectors, named, snippet, words
from mldsl.lsp.completion.expressions import declared, member_of, parameters, tables
from mldsl.lsp.completion.facts import Facts
from mldsl.lsp.completion.place import Place
from mldsl.syntax import tree

_DECLARATIONS = (
    snippet("pipeline", "pipeline ${1:name} {\n  $0\n}", "the program's name and options"),
    snippet("import", 'import "$0"', "another file's declarations"),
    snippet("param", "param ${1:name}: ${2:int} = $0", "a value of the run"),
    snippet("source", 'source ${1:name} = ${2:csv}("$3") {\n  $0\n}', "a table from outside"),
    snippet("check", "check ${1:table} {\n  expect $0\n}", "what must hold for a table"),
    snippet("transform", "transform ${1:name} = ${2:table} {\n  $0\n}", "a table made from another"),
    snippet(
        "split", "split ${1:name} = ${2:table} {\n  train: 70%\n  test: 30%\n}", "rows to learn from and to judge on"
    ),
    snippet("model", "model ${1:name} = predict ${2:target} from ${3:split}", "what learns"),
    snippet("evaluate", "evaluate ${1:model} on ${2:data.test} {\n  expect $0\n}", "how good a model must be"),
    snippet("deploy", "deploy ${1:name} = ${2:model} to ${3:batch(table)} {\n  $0\n}", "how a model goes live"),
    snippet("monitor", "monitor ${1:name} = ${2:deployment} {\n  $0\n}", "what is watched afterwards"),
    snippet("profile", "profile ${1:name} {\n  $0\n}", "what is different elsewhere"),
)
_TARGETS = (
    snippet("endpoint", 'endpoint("$1") {\n  $0\n}', "answers requests", Kind.Function),
    snippet("batch", "batch($1) {\n  $0\n}", "scores a table", Kind.Function),
    snippet("registry", 'registry("$1")', "goes to a registry", Kind.Function),
)


def at_top(facts: Facts, place: Place) -> Iterator[Candidate]:
    """What may stand outside all blocks."""
    member = member_of(facts, place)
    if not place.statement:
        yield from _DECLARATIONS
    elif member is not None:
        yield from member
    elif place.calls:
        yield from _argument(facts, place)
    else:
        yield from _head(facts, place)


def _argument(facts: Facts, place: Place) -> Iterator[Candidate]:
    """In the parentheses of a connector, `python(…)`, `batch(…)`."""
    name, inner = place.inside() or ("", ())
    if name == "batch" or (name == "python" and inner):
        yield from tables(facts)
        if name == "python":
            yield from parameters(facts)
            yield Candidate("rowwise", Kind.Property, "each row's result depends on that row alone", insert="rowwise: ")
    elif name in CONNECTORS:
        for item in (*CONNECTORS[name].parameters, *CONNECTORS[name].options):
            if item in CONNECTORS[name].options:
                yield Candidate(item.name, Kind.Property, item.summary, insert=f"{item.name}: ")
        if name in ("sql", "table"):
            yield snippet("secret", 'secret("$1")', "read when it runs", Kind.Function)


def _head(facts: Facts, place: Place) -> Iterator[Candidate]:
    match list(place.texts):
        case ["check"] | ["split", _, "="]:
            yield from tables(facts)
        case ["transform", _, "="]:
            yield from tables(facts)
            yield snippet("sql", 'sql("""\n  $0\n""")', "a table made by SQL", Kind.Function)
            yield snippet("python", 'python("$1", $0)', "a table made by a Python function", Kind.Function)
        case ["source", _, "="]:
            yield from connectors()
        case ["param", _, ":"]:
            yield from named(((item.name, item.summary) for item in TYPE_NAMES.values()), Kind.TypeParameter)
        case ["model", _, "=", *rest]:
            yield from _model(facts, rest)
        case ["evaluate"] | ["deploy", _, "="]:
            yield from declared(facts, "model", tree.Model)
        case ["evaluate", _]:
            yield from words(("on",))
        case ["evaluate", _, "on"]:
            yield from tables(facts)
        case ["deploy", _, "=", _]:
            yield from words(("to",))
        case ["deploy", _, "=", _, "to"]:
            yield from _TARGETS
        case ["monitor", _, "="]:
            yield from declared(facts, "deployment", tree.Deploy)
        case _:
            return


def _model(facts: Facts, rest: list[str]) -> Iterator[Candidate]:
    match rest:
        case []:
            yield snippet("predict", "predict ${1:target} from ${2:split}", "a target from the other columns")
            yield snippet("cluster", "cluster ${1:table}", "groups of rows that are alike")
            yield snippet("detect anomalies", "detect anomalies in ${1:table}", "rows that are unlike the others")
        case ["predict"]:
            splits = [facts.schema(item.name.text) for item in facts.names(tree.Split)]
            yield from (column(item) for schema in splits for item in schema.columns if not item.roles)
        case ["predict", _]:
            yield from words(("from",))
        case ["predict", _, "from"]:
            yield from declared(facts, "split", tree.Split)
            yield from tables(facts)
        case ["detect"]:
            yield from words(("anomalies",))
        case ["detect", "anomalies"]:
            yield from words(("in",))
        case ["cluster"] | ["detect", "anomalies", "in"]:
            yield from declared(facts, "split", tree.Split)
            yield from tables(facts)
        case _:
            return
