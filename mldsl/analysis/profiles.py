"""Profiles: what they override, put in place of what it overrides before anything is resolved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from mldsl.analysis.context import Context
from mldsl.analysis.options.block import read_options, twice
from mldsl.analysis.scope import KIND_WORDS, Named, declared_twice
from mldsl.catalog.options import EXCLUSIVE
from mldsl.diagnostics.model import Label
from mldsl.diagnostics.suggest import did_you_mean, suggest
from mldsl.syntax import tree

T = TypeVar("T")


# What asks for resources by itself.
_ASKING = (tree.Model, tree.Deploy)


def check_profiles(context: Context, declarations: Sequence[tree.Declaration]) -> dict[str, tree.Profile]:
    """The profiles by name. What they override must be there, whichever of them is chosen."""
    pipelines = {item.name.text for item in declarations if isinstance(item, tree.Pipeline)}
    found: dict[str, tree.Profile] = {}
    for declaration in declarations:
        if not isinstance(declaration, tree.Profile):
            continue
        first = found.setdefault(declaration.name.text, declaration)
        if first is not declaration:
            what = f"the profile `{declaration.name.text}`"
            context.bag.add(declared_twice(what, declaration.name.span, first.name.span))
        _check(context, declaration, pipelines)
    return found


def _check(context: Context, profile: tree.Profile, pipelines: Collection[str]) -> None:
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
                _asking(context, name, pipelines)
                read_options(context, "resources", item.options, item.name.span)
            case _:
                continue
        first = seen.setdefault((type(item), name.text), name)
        if first is not name:
            twice(context, f"`{name.text}` is overridden twice in one profile", name.span, first.span)


def _asking(context: Context, name: tree.Name, pipelines: Collection[str]) -> None:
    """ML101 or ML103 unless `name` is a model, a deployment, or the pipeline, which stands for all steps."""
    found = context.scope.names.get(name.text)
    if name.text in pipelines and not isinstance(found, _ASKING):
        return
    known = [item.name.text for item in context.scope.of_kind(*_ASKING)]
    if found is None and not context.scope.hides(name.text) and suggest(name.text, [*known, *pipelines]) in pipelines:
        message, help_ = f"no model or deployment is called `{name.text}`", did_you_mean(name.text, pipelines)
        context.report("ML101", message, name.span, help=help_)
        return
    _overridden(context, name, _ASKING, "a model or a deployment")


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
    asking = {item.name.text for item in declarations if isinstance(item, _ASKING)}
    return [_under(declaration, profile, asking) for declaration in declarations]


def overridden(profile: tree.Profile) -> set[str]:
    """The names of the declarations that a profile changes."""
    subjects = (_subject(item) for item in profile.body)
    return {subject.text for subject in subjects if subject is not None}


def _under(declaration: tree.Declaration, profile: tree.Profile, asking: Collection[str]) -> tree.Declaration:
    """The declaration under the profile; a name of `asking` is that of a model or a deployment, also where it is the
    pipeline's as well.
    """
    match declaration:
        case tree.Pipeline():
            own = [item for item in profile.body if isinstance(item, tree.Option)]
            body = tuple(_merged(declaration.body, own, EXCLUSIVE["pipeline"]))
            for item in profile.body:
                if isinstance(item, tree.Block) and _names(item, declaration) and declaration.name.text not in asking:
                    body = _with_resources(body, item)
            return replace(declaration, body=body)
        case tree.Source() | tree.Param() | tree.Model() | tree.Deploy():
            for item in profile.body:
                declaration = _overriding(declaration, item)
            return declaration
        case _:
            return declaration


def _overriding(declaration: Named, item: tree.Node) -> Named:
    """The declaration, changed if `item` of the profile is about it."""
    if not _names(item, declaration):
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


def _names(item: tree.Node, declaration: Named | tree.Pipeline) -> bool:
    """Whether an item of a profile is about a declaration of that name."""
    subject = _subject(item)
    return subject is not None and subject.text == declaration.name.text


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
