"""In a transform: its verbs, and what follows each of them."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.program import SplitDecl
from mldsl.lsp.completion.candidates import Candidate, Kind, column, dotted_column, snippet, words
from mldsl.lsp.completion.expressions import declared, expression, member_of, scope_of, tables
from mldsl.lsp.completion.facts import Facts, dotted
from mldsl.lsp.completion.place import Place
from mldsl.syntax import tree

_VERBS = (
    snippet("filter", "filter $0", "keeps rows"),
    snippet("derive", "derive ${1:name} = $0", "adds or replaces columns"),
    snippet("select", "select $0", "keeps columns"),
    snippet("drop", "drop $0", "drops columns"),
    snippet("rename", "rename ${1:old} to ${2:new}", "renames columns"),
    snippet("join", "join ${1:table} on $0", "rows that match"),
    snippet("left join", "left join ${1:table} on $0", "all rows, with what matches"),
    snippet("full join", "full join ${1:table} on $0", "all rows of both tables"),
    snippet("semi join", "semi join ${1:table} on $0", "rows that have a match"),
    snippet("anti join", "anti join ${1:table} on $0", "rows that have none"),
    snippet("asof join", "asof join ${1:table} on $0", "the last match at or before"),
    snippet("group by", "group by ${1:key} {\n  ${2:name} = $0\n}", "one row a group"),
    snippet("sort by", "sort by $0", "orders rows"),
    snippet("take", "take ${1:100}", "the first rows"),
    snippet("distinct", "distinct", "each row once"),
    snippet("union", "union $0", "the rows of both tables"),
    snippet("sample", "sample ${1:10%}", "a share of the rows"),
    snippet("predict with", "predict with $0", "a model's predictions"),
)
_SELECTORS = ("all", "numeric", "categorical", "text", "temporal")
_JOINS = ("left", "full", "semi", "anti", "asof")


def in_transform(facts: Facts, place: Place) -> Iterator[Candidate]:
    """What may stand between the braces of a transform."""
    words_ = list(place.texts)
    match words_:
        case []:
            yield from _VERBS
        case [first] if first in _JOINS:
            yield from words(("join",))
        case [*_, "join"] | ["union"]:
            own = place.blocks[0][1].text.strip("`") if len(place.blocks[0]) > 1 else ""
            circular = _circular(facts, own)
            yield from (item for item in tables(facts) if item.label not in circular)
        case ["predict"]:
            yield from words(("with",))
        case ["predict", "with"]:
            yield from declared(facts, "model", tree.Model)
        case ["group" | "sort"]:
            yield from words(("by",))
        case _ if "join" in words_[:2]:
            yield from _join(facts, place, words_)
        case ["filter", *_]:
            yield from expression(facts, place, scope_of(facts, place), "scalar", "aggregate", "window")
        case ["derive", _, "=", *_]:
            yield from _value(facts, place)
        case ["derive" | "take" | "sample", *_]:
            return
        case [first, *_]:
            yield from _columns(facts, place, first)


def in_bindings(facts: Facts, place: Place) -> Iterator[Candidate]:
    """`name = …` in the block of a `derive` or a `group by`."""
    if len(place.statement) < 2 or place.texts[1] != "=":
        return
    if place.blocks[-1][:1] and place.blocks[-1][0].text == "group":
        schema = scope_of(facts, place)
        if place.calls:
            yield from expression(facts, place, schema, "scalar")
        else:
            yield from expression(facts, place, type(schema)(()), "aggregate", "scalar")
        return
    yield from _value(facts, place)


def _value(facts: Facts, place: Place) -> Iterator[Candidate]:
    """A value for each row: aggregates stand in windows only."""
    schema = scope_of(facts, place)
    inside = place.inside()
    if inside is not None and inside[0] == "over":
        yield from words(("partition by", "order by", "rows"))
        yield from map(column, schema.columns)
        return
    yield from expression(facts, place, schema, "scalar", "aggregate", "window")


def _circular(facts: Facts, name: str) -> set[str]:
    """The table itself and the parts that it is split into: to join them to it would be a circle."""
    splits = {item: made for item, made in facts.context.resolved.items() if isinstance(made, SplitDecl)}
    parts = (f"{item}.{part}" for item, made in splits.items() if made.table == name for part in made.shares)
    return {name, *parts}


def _join(facts: Facts, place: Place, words_: list[str]) -> Iterator[Candidate]:
    if "on" not in words_:
        yield from words(("on",))
        return
    member = member_of(facts, place)
    if member is not None:
        yield from member
        return
    table = dotted(words_[words_.index("join") + 1 : words_.index("on")])
    if words_[-1] in ("==", ">="):
        yield from (dotted_column(table, item) for item in facts.schema(table).columns)
        return
    if words_[-1] in ("on", "and"):
        there = {item.name for item in facts.schema(table).columns}
        yield from map(column, sorted(scope_of(facts, place).columns, key=lambda item: item.name not in there))
    else:
        yield from words(("==", "and", ">="), kind=Kind.Operator)


def _columns(facts: Facts, place: Place, verb: str) -> Iterator[Candidate]:
    """A list of columns, without those that are there."""
    given = {word.strip("`") for word in place.texts}
    if place.last not in (verb, "by", "on", ",", "(") and verb != "rename":
        yield from words({"sort": ("desc",), "distinct": ("on",)}.get(verb, ()))
        return
    if verb == "rename" and place.last not in ("rename", ","):
        yield from words(("to",) if place.last != "to" else ())
        return
    if verb == "distinct" and place.last == "distinct":
        yield from words(("on",))
        return
    yield from (column(item) for item in scope_of(facts, place).columns if item.name not in given)
    if verb in ("select", "drop"):
        yield from words(_SELECTORS, "columns", Kind.Enum)
