"""What can be offered: one candidate for each thing that has a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lsprotocol import types

from mldsl.analysis.metrics import names_for
from mldsl.analysis.typed import Column
from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.catalog.connectors import CONNECTORS
from mldsl.catalog.functions import FUNCTIONS
from mldsl.catalog.metrics import METRICS
from mldsl.catalog.options import OPTIONS
from mldsl.catalog.tasks import Task
from mldsl.catalog.types import Type
from mldsl.lsp.words import function_help, metric_help, option_help
from mldsl.records import record
from mldsl.syntax.tokens import EXPRESSION_WORDS

Kind = types.CompletionItemKind
_PLAIN = re.compile(r"[^\W\d]\w*")


@record
class Candidate:
    """Something that may stand at the cursor. `insert` is what is written for it, `label` itself where it is None."""

    label: str
    kind: Kind
    detail: str = ""
    doc: str = ""
    insert: str | None = None
    snippet: bool = False


def words(texts: Iterable[str], detail: str = "", kind: Kind = Kind.Keyword) -> Iterator[Candidate]:
    """Plain words."""
    return (Candidate(text, kind, detail) for text in texts)


def named(entries: Iterable[tuple[str, str]], kind: Kind) -> Iterator[Candidate]:
    """Words with what they mean."""
    return (Candidate(name, kind, summary) for name, summary in entries)


def column(item: Column) -> Candidate:
    """A column with its type and its roles, in backticks where it needs them."""
    plain = _PLAIN.fullmatch(item.name) and item.name not in EXPRESSION_WORDS
    detail = " ".join([str(item.type), *sorted(item.roles)])
    return Candidate(item.name, Kind.Field, detail, insert=None if plain else f"`{item.name}`")


def dotted_column(table: str, item: Column) -> Candidate:
    """A column with the name of its table."""
    shown = column(item)
    return Candidate(f"{table}.{item.name}", Kind.Field, shown.detail, insert=f"{table}.{shown.insert or item.name}")


def values(type_: Type, quoted: bool) -> Iterator[Candidate]:
    """The values that a column of this type is compared with: those of an enum, or true and false."""
    for value in type_.values:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        yield Candidate(
            f'"{value}"' if quoted else value, Kind.EnumMember, insert=f'"{escaped}"' if quoted else escaped
        )
    if type_.kind == "bool" and quoted:
        yield from words(("true", "false"), "bool", Kind.Value)


def functions(*kinds: str) -> Iterator[Candidate]:
    """Functions of these kinds."""
    for function in FUNCTIONS.values():
        if function.kind in kinds:
            doc = function_help(function)
            inner = "$1" if function.maximum != 0 else ""
            insert = f"{function.name}({inner})$0" if inner else f"{function.name}()"
            yield Candidate(function.name, Kind.Function, function.signature, doc, insert, bool(inner))


def metrics(task: Task | None) -> Iterator[Candidate]:
    """The metrics that fit a task."""
    for name in names_for(task):
        yield Candidate(name, Kind.Constant, METRICS[name].summary, metric_help(METRICS[name]))


def options(block: str, given: Iterable[str] = ()) -> Iterator[Candidate]:
    """The options of a block that are not there yet."""
    there = set(given)
    for spec in OPTIONS.get(block, {}).values():
        if spec.name not in there:
            yield Candidate(spec.name, Kind.Property, spec.summary, option_help(spec), f"{spec.name}: ")


def algorithms(task: Task | None) -> Iterator[Candidate]:
    """The algorithms for a task."""
    for item in ALGORITHMS.values():
        if task is None or task in item.classes:
            yield Candidate(item.name, Kind.Class, item.summary)


def connectors(writing: bool = False) -> Iterator[Candidate]:
    """The connectors, or those that can be written to."""
    for item in CONNECTORS.values():
        if item.writes or not writing:
            yield Candidate(item.name, Kind.Function, item.summary, insert=f"{item.name}($1)$0", snippet=True)


def snippet(label: str, insert: str, detail: str, kind: Kind = Kind.Keyword) -> Candidate:
    """A statement with places to fill in."""
    return Candidate(label, kind, detail, insert=insert, snippet=True)
