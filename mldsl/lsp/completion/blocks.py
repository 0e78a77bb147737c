"""Inside blocks: which statements, options and values may stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mldsl.catalog.options import BLOCKS, OPTIONS, ROLES, STATEMENTS, TYPE_NAMES
from mldsl.lsp.completion.candidates import Candidate, Kind, named, options, snippet, words
from mldsl.lsp.completion.conditions import in_condition, on_breach
from mldsl.lsp.completion.expressions import declared
from mldsl.lsp.completion.facts import Facts, texts
from mldsl.lsp.completion.models import in_algorithm, in_prepare, model_start
from mldsl.lsp.completion.option_values import option_values
from mldsl.lsp.completion.place import Place
from mldsl.lsp.completion.verbs import in_bindings, in_transform
from mldsl.syntax import tree

_STATEMENTS = {
    "expect": snippet("expect", "expect $0", "a condition that must hold"),
    "require": snippet("require", "require $0", "gates the deployment"),
    "rollback when": snippet("rollback when", "rollback when $0", "goes back to the model before"),
    "rollout": snippet("rollout", "rollout { ${1:10%} for ${2:1h}; 100% }", "shares of the traffic, step by step"),
    "resources": snippet("resources", "resources { $0 }", "what steps may use, and where their pods are"),
    "on breach": snippet("on breach", "on breach { $0 }", "what happens then"),
    "tune": snippet("tune", "tune {\n  maximize: $1\n  trials: 40\n}", "a search over algorithms and ranges"),
    "prepare": snippet("prepare", "prepare {\n  $0\n}", "how columns are prepared"),
    "algorithm": snippet("algorithm", "algorithm $0", "what learns"),
    "source": snippet("source", "source ${1:name} = $0", "another place for a source's rows"),
    "param": snippet("param", "param ${1:name} = $0", "another value of a parameter"),
}
_RESOURCES_OF = snippet("resources", "resources ${1:name} { $0 }", "of a model, a deployment or all steps")


def in_block(facts: Facts, place: Place) -> Iterator[Candidate]:
    """What may stand at a place in a block."""
    outer, inner = texts(place.blocks[0]), texts(place.blocks[-1])
    if outer[:1] == ["transform"] and len(place.blocks) == 1 and "(" not in outer:
        return in_transform(facts, place)
    if outer[:1] == ["source"] or (outer[:1] == ["transform"] and "(" in outer) or inner[:1] == ["source"]:
        return _schema(place)
    inside = _INNER.get(inner[0] if inner else "") if len(place.blocks) > 1 else None
    if inside is not None:
        return inside(facts, place)
    return _declaration(facts, place, _block(outer))


def _block(head: list[str]) -> str:
    """The catalog's name of a declaration's options."""
    match head:
        case ["deploy", _, "=", _, "to", target, *_]:
            return f"deploy.{target}"
        case [first, *_]:
            return first
        case _:
            return ""


def _declaration(facts: Facts, place: Place, block: str) -> Iterator[Candidate]:
    match list(place.texts):
        case []:
            given = [item.split(":")[0] for item in _lines(facts, place)]
            if block == "model":
                yield from model_start()
            yield from options(block, given)
            for word in (*BLOCKS.get(block, ()), *STATEMENTS.get(block, ())):
                if word in _STATEMENTS and block != "model":
                    yield _RESOURCES_OF if (block, word) == ("profile", "resources") else _STATEMENTS[word]
        case ["expect" | "require", *_] | ["rollback", "when", *_]:
            yield from in_condition(facts, place)
        case ["algorithm", *_]:
            yield from in_algorithm(facts, place)
        case ["rollback"]:
            yield from words(("when",))
        case ["on"]:
            yield from words(("breach",))
        case ["source" | "param" | "resources" as word] if block == "profile":
            kinds = {"source": (tree.Source,), "param": (tree.Param,), "resources": (tree.Model, tree.Deploy)}
            yield from declared(facts, word, *kinds[word])
            if word == "resources":
                yield from named(((name, "all steps of the pipeline") for name in facts.pipelines()), Kind.Module)
        case ["source", _, "="] if block == "profile":
            yield from option_values(facts, place, OPTIONS["deploy.batch"]["write"], writing=False)
        case [name, ":", *_] if name in OPTIONS.get(block, {}):
            yield from option_values(facts, place, OPTIONS[block][name])
        case _:
            return


def _lines(facts: Facts, place: Place) -> list[str]:
    """The lines before the cursor in its block, for what is given already."""
    start = place.blocks[-1][-1].end if place.blocks[-1] else 0
    return [line.strip() for line in facts.text[start : place.start].splitlines()]


def _options_of(block: str) -> Callable[[Facts, Place], Iterator[Candidate]]:
    def offer(facts: Facts, place: Place) -> Iterator[Candidate]:
        match list(place.texts):
            case []:
                yield from options(block, [item.split(":")[0] for item in _lines(facts, place)])
            case [name, ":", *_] if name in OPTIONS[block]:
                yield from option_values(facts, place, OPTIONS[block][name])
            case _:
                return

    return offer


def _schema(place: Place) -> Iterator[Candidate]:
    """A field: its type, its roles, the name that the data has for it."""
    match list(place.texts):
        case [_, ":"]:
            for item in TYPE_NAMES.values():
                insert = {"values": 'enum("$1")$0', "size": f"{item.name}($1)$0"}.get(item.arguments)
                yield Candidate(item.name, Kind.TypeParameter, item.summary, "", insert, insert is not None)
        case [_, ":", _, *rest] if "from" not in rest and not place.calls:
            given = set(rest)
            roles = ((name, role.summary) for name, role in ROLES.items() if name not in given)
            yield from named(roles, Kind.EnumMember)
            yield snippet("from", 'from "$1"', "what the data calls it")
        case _:
            return


def _rollout(facts: Facts, place: Place) -> Iterator[Candidate]:
    if len(place.statement) == 1:
        yield from words(("for",))


_INNER: dict[str, Callable[[Facts, Place], Iterator[Candidate]]] = {
    "derive": in_bindings,
    "group": in_bindings,
    "prepare": in_prepare,
    "algorithm": in_algorithm,
    "tune": _options_of("tune"),
    "resources": _options_of("resources"),
    "rollout": _rollout,
    "on": on_breach,
}
"""By the first word of an inner block's statement."""
