"""Profiles: what they override, put in place of what it overrides before anything is resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from mldsl.analysis.context import Context
from mldsl.analysis.options.block import read_options, twice
from mldsl.analysis.scope import KIND_WORDS, Named, declared_twice
from mldsl.catalog.options import EXCLUSIVE
from mldsl.diagnostics.model import Label
from mldsl.syntax import tree

T = TypeVar("T")


def check_profiles(context: Context, declarations: Iterable[tree.Declaration]) -> dict[str, tree.Profile]:
    """The profiles by name. What they override must be there, whichever of them is chosen."""
    found: dict[str, tree.Profile] = {}
    for declaration in declarations:
        if not isinstance(declaration, tree.Profile):
            continue
        first = found.setdefault(declaration.name.text, declaration)
        if first is not declaration:
            what = f"the profile `{declaration.name.text}`"
            context.bag.add(declared_twice(what, declaration.name.span, first.name.span))
        _check(context, declaration)
    return found


def _check(context: Context, profile: tree.Profile) -> None:
    options = [item for item in profile.body if isinstance(item, tree.Option)]
    read_options(context, "profile", options, profile.name.span)
    seen: dict[tuple[type, str], tree.Name] = {}
    for item in profile.body:
        match item:
            case tree.Source(name=name):
                _overridden(context, name, (tree.Source,), "a source")
            case tree.ParamOverride(name=name):
                _overridden(context, name, (tree.Param,), "a parameter")
            case tree.Block(subject=tree.Name() as name):
                _overridden(context, name, (tree.Model, tree.Deploy), "a model or a deployment")
                read_options(context, "resources", item.options, item.name.span)
            case _:
                continue
        first = seen.setdefault((type(item), name.text), name)
        if first is not name:
            twice(context, f"`{name.text}` is overridden twice in one profile", name.span, first.span)


def _overridden(context: Context, name: tree.Name, kinds: tuple[type, ...], wanted: str) -> None:
    """ML101 or ML103 unless `name` is one of `kinds`. Overriding something does not use it."""
    found = context.scope.names.get(name.text)
    if found is None:
        context.scope.find(name, kinds, wanted, context.bag)
    elif not isinstance(found, kinds):
        message = f"`{name.text}` is {KIND_WORDS[type(found)]}, but {wanted} is wanted here"
        context.report("ML103", message, name.span, labels=(Label(found.name.span, "declared here"),))
    else:
        context.refers(name.span, found)


def apply_profile(declarations: Sequence[tree.Declaration], profile: tree.Profile) -> list[tree.Declaration]:
    """The program as it is under `profile`: each thing that it overrides replaced by what it says."""
    return [_under(declaration, profile) for declaration in declarations]


def overridden(profile: tree.Profile) -> set[str]:
    """The names of the declarations that a profile changes."""
    subjects = (_subject(item) for item in profile.body)
    return {subject.text for subject in subjects if subject is not None}


def _under(declaration: tree.Declaration, profile: tree.Profile) -> tree.Declaration:
    match declaration:
        case tree.Pipeline():
            own = [item for item in profile.body if isinstance(item, tree.Option)]
            return replace(declaration, body=tuple(_merged(declaration.body, own, EXCLUSIVE["pipeline"])))
        case tree.Source() | tree.Param() | tree.Model() | tree.Deploy():
            for item in profile.body:
                declaration = _overriding(declaration, item)
            return declaration
        case _:
            return declaration


def _overriding(declaration: Named, item: tree.Node) -> Named:
    """The declaration, changed if `item` of the profile is about it."""
    subject = _subject(item)
    if subject is None or subject.text != declaration.name.text:
        return declaration
    match item:
        case tree.Source() if isinstance(declaration, tree.Source):
            return replace(item, schema=item.schema or declaration.schema, doc=declaration.doc)
        case tree.ParamOverride() if isinstance(declaration, tree.Param):
            return replace(declaration, default=item.value)
        case tree.Block() if isinstance(declaration, tree.Model):
            return replace(declaration, body=_with_resources(declaration.body, item))
        case tree.Block() if isinstance(declaration, tree.Deploy):
            return replace(declaration, body=_with_resources(declaration.body, item))
        case _:
            return declaration


def _subject(item: tree.Node) -> tree.Name | None:
    """The name of the declaration that an item of a profile is about; None for an option."""
    match item:
        case tree.Source(name=name) | tree.ParamOverride(name=name) | tree.Block(subject=tree.Name() as name):
            return name
        case _:
            return None


def _with_resources(body: tuple[T, ...], override: tree.Block) -> tuple[T | tree.Block, ...]:
    """The body with its `resources`, if it has any, overridden option by option."""
    own = next((item for item in body if isinstance(item, tree.Block) and item.name.text == "resources"), None)
    merged = _merged(own.options if own is not None else (), override.options, ())
    block = replace(override, options=tuple(item for item in merged if isinstance(item, tree.Option)))
    return (*(item for item in body if item is not own), block)


def _merged(
    base: Sequence[tree.Option | tree.Block], own: Sequence[tree.Option], exclusive: Iterable[tuple[str, ...]]
) -> Iterator[tree.Option | tree.Block]:
    """`base` without what `own` says again or excludes, then `own`."""
    given = {option.name.text for option in own}
    for group in exclusive:
        if given.intersection(group):
            given.update(group)
    yield from (item for item in base if item.name.text not in given)
    yield from own
