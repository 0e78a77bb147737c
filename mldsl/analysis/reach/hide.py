"""The program with the hidden columns in it that tell how far targets reach, and which of them each split looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mldsl.analysis.flow.program import Flow
from mldsl.analysis.program import ModelDecl, Program, SplitDecl, TransformDecl, VerbsBody
from mldsl.analysis.reach.follow import NOTHING, Carry, Follower, Hidden
from mldsl.analysis.typed import AnyVerb, Column, Derive, Distinct, Group, Join, Sample, Select, Union
from mldsl.catalog.types import Type
from mldsl.records import record


@record
class Reaching:
    """A program whose transforms make the hidden columns, and the names of those that each split by time looks at."""

    program: Program
    splits: dict[str, tuple[str, ...]]


def reaching(program: Program) -> Reaching:
    """The program, ready for splits by time to leave out rows whose target reaches into a later part."""
    wanted = [(split, model) for model in program.models.values() for split in _by_time(program, model)]
    if not wanted:
        return Reaching(program, {})
    follower = Follower(program, Flow(program))
    splits: dict[str, set[str]] = {}
    for split, model in wanted:
        splits.setdefault(split.name, set()).update(_carried(follower, split, model).names)
    needed = _closure({name for names in splits.values() for name in names}, follower.hidden)
    if not needed:
        return Reaching(program, {})
    rewriter = _Rewriter(program, follower.flow, needed)
    transforms = {name: rewriter.transform(name) for name in program.transforms}
    changed = replace(program, transforms=transforms)
    return Reaching(changed, {name: tuple(sorted(names)) for name, names in splits.items() if names})


def carried(program: Program, flow: Flow, model: ModelDecl, split: SplitDecl) -> Carry:
    """What is known of how far a model's target reaches beyond the row's own time by a split."""
    return _carried(Follower(program, flow), split, model)


def _by_time(program: Program, model: ModelDecl) -> Iterable[SplitDecl]:
    split = program.splits.get(model.split or "")
    return [split] if split is not None and split.time is not None and model.target is not None else []


def _carried(follower: Follower, split: SplitDecl, model: ModelDecl) -> Carry:
    assert model.target is not None
    follower.origin = follower.flow.table(split.table).columns.get(split.time or "")
    return follower.carries(split.table, split.time).get(model.target.name, NOTHING)


def _closure(names: Iterable[str], hidden: Mapping[str, Hidden]) -> dict[str, Hidden]:
    """The hidden columns of these names, and all that they are made of."""
    found: dict[str, Hidden] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = hidden[name]
            waiting += hidden[name].needs
    return found


class _Rewriter:
    """Adds hidden columns to transforms, and carries them on through the verbs that follow."""

    def __init__(self, program: Program, flow: Flow, needed: Mapping[str, Hidden]) -> None:
        self._program = program
        self._flow = flow
        self._made: dict[tuple[str, int], list[Hidden]] = {}
        for item in sorted(needed.values(), key=lambda item: item.name):
            self._made.setdefault((item.transform, item.verb), []).append(item)
        self._live: dict[str, dict[str, Type]] = {}
        self._changed: dict[str, TransformDecl] = {}

    def transform(self, name: str) -> TransformDecl:
        """The transform with its hidden columns."""
        self.live(name)
        return self._changed.get(name, self._program.transforms[name])

    def live(self, table: str) -> dict[str, Type]:
        """The hidden columns that a table has."""
        if table not in self._live:
            self._live[table] = self._found(table)
        return self._live[table]

    def _found(self, table: str) -> dict[str, Type]:
        first = table.partition(".")[0]
        if first in self._program.splits:
            return self.live(self._program.splits[first].table)
        transform = self._program.transforms.get(first)
        if transform is None or not isinstance(transform.body, VerbsBody):
            return {}
        live = self.live(transform.body.table)
        verbs: list[AnyVerb] = []
        schema = self._flow.table(transform.body.table).schema
        for number, verb in enumerate(transform.body.verbs):
            live, changed = self._verb(verb, self._made.get((transform.name, number), ()), live, schema.names)
            verbs += changed
            schema = verb.schema
        if live or tuple(verbs) != transform.body.verbs:
            columns = (*transform.schema.columns, *(Column(name, type_) for name, type_ in live.items()))
            self._changed[first] = replace(
                transform,
                body=replace(transform.body, verbs=tuple(verbs)),
                schema=replace(transform.schema, columns=columns),
            )
        return live

    def _verb(
        self, verb: AnyVerb, made: Iterable[Hidden], live: dict[str, Type], visible: tuple[str, ...]
    ) -> tuple[dict[str, Type], list[AnyVerb]]:
        """The hidden columns after a verb, and the verb as it carries them on."""
        added = {item.name: item.value.type for item in made}
        bindings = tuple((item.name, item.value) for item in made)
        match verb:
            case Derive():
                return {**live, **added}, [replace(verb, bindings=(*verb.bindings, *bindings))]
            case Group():
                return added, [replace(verb, bindings=(*verb.bindings, *bindings))]
            case Select():
                return live, [replace(verb, columns=(*verb.columns, *live))]
            case Distinct(columns=()) if live:
                return live, [replace(verb, columns=visible)]
            case Sample(key=()) if live:
                return live, [replace(verb, key=visible)]
            case Join(kind=kind) if kind not in ("semi", "anti"):
                return self._join(verb, live, visible)
            case Union() if live:
                return {}, [Select(verb.span, verb.schema, visible), verb]
            case _:
                return live, [verb]

    def _join(
        self, verb: Join, live: dict[str, Type], visible: tuple[str, ...]
    ) -> tuple[dict[str, Type], list[AnyVerb]]:
        """The right side's as well; of two columns of one name the left one is out of the way (none looks at it)."""
        right = self.live(verb.table)
        both = [name for name in live if name in right]
        if not both:
            return {**live, **right}, [verb]
        kept = {name: type_ for name, type_ in live.items() if name not in right}
        return {**kept, **right}, [Select(verb.span, verb.schema, (*visible, *kept)), verb]
