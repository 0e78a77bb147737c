"""What the rules on leakage look at: models with what they read, splits, evaluations, and the places to point at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mldsl.analysis.dependencies import dependencies
from mldsl.analysis.expressions.environment import RUN_VALUES
from mldsl.analysis.flow.nodes import Node, Table
from mldsl.analysis.flow.program import Flow
from mldsl.analysis.flow.reads import Read, Way, reads
from mldsl.analysis.flow.regions import Regions
from mldsl.analysis.program import EvaluateDecl, ModelDecl, Program, SplitDecl
from mldsl.analysis.typed import Column
from mldsl.diagnostics.model import Diagnostic
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree

# Mistakes in names, options and types: what is declared with one cannot be followed.
_BREAKING = ("ML0", "ML1", "ML2", "ML507")


@record
class Judgement:
    """An evaluation, with the place of its table."""

    decl: EvaluateDecl
    model: ModelDecl
    place: Span
    rows: Regions


class Evidence:
    """A program's flow, so far as its declarations could be understood."""

    def __init__(
        self,
        program: Program,
        declarations: Sequence[tree.Declaration],
        errors: Iterable[Diagnostic] = (),
        gaps: Iterable[tree.Declaration] = (),
    ) -> None:
        self.program = program
        self.flow = Flow(program)
        self.trees = {item.name.text: item for item in declarations if isinstance(item, _NAMED)}
        self._evaluations = [item for item in declarations if isinstance(item, tree.Evaluate)]
        self._wrong = [item.span for item in errors if item.code.startswith(_BREAKING)]
        self._unsound = self._broken(gaps)
        self._reads: dict[str, list[tuple[Column, Read]]] = {}
        self._steps = {item.span for item in program.transforms.values()}
        self._builds: dict[str, tuple[ModelDecl, ...]] = {}

    def _broken(self, gaps: Iterable[tree.Declaration]) -> set[str]:
        """The declarations that have a mistake or a gap in them, or depend on one that has."""
        wrong = self._wrong
        waiting = {item.name.text for item in gaps if isinstance(item, _NAMED)}
        if not wrong and not waiting:
            return set()
        known = {*self.program.tables, *self.program.splits, *self.program.models}
        users: dict[str, list[str]] = {}
        for name, item in self.trees.items():
            missing = isinstance(item, _FLOWING) and name not in known
            if missing or any(_holds(item.span, place) for place in wrong):
                waiting.add(name)
            for needed, _ in dependencies(item):
                users.setdefault(needed, []).append(name)
                if needed not in self.trees and needed not in RUN_VALUES:
                    waiting.add(name)
        return _with_users(waiting, users)

    def sound(self, name: str) -> bool:
        """Whether a declaration and all that it depends on could be understood."""
        first = name.partition(".")[0]
        if not first or first in self._unsound:
            return False
        if first in self.program.splits:
            return not self.program.splits[first].schema.open
        schema = self.program.tables.get(name)
        return schema is None or not schema.open

    # --- declarations ------------------------------------------------------------------------------------------------

    def models(self) -> Iterator[ModelDecl]:
        """The models that could be understood."""
        for name, model in self.program.models.items():
            if self.sound(name) and self.sound(model.table):
                yield model

    def splits(self) -> Iterator[SplitDecl]:
        """The splits that could be understood."""
        for name, split in self.program.splits.items():
            if self.sound(name) and self.sound(split.table):
                yield split

    def judgements(self) -> Iterator[Judgement]:
        """The evaluations of models and tables that could be understood."""
        places = {item.model.span.to(item.table.span): item for item in self._evaluations}
        for decl in self.program.evaluations:
            item = places.get(decl.span)
            if item is None or any(_holds(item.span, place) for place in self._wrong):
                continue
            if self.sound(decl.model) and self.sound(decl.table) and decl.model in self.program.models:
                model = self.program.models[decl.model]
                if self.sound(model.table):
                    yield Judgement(decl, model, item.table.span, self.flow.table(decl.table).rows)

    def trained_on(self, model: ModelDecl) -> Table:
        """The table that a model is fitted on."""
        return self.flow.table(model.table)

    def splits_of(self, model: ModelDecl) -> list[SplitDecl]:
        """The splits that its training rows lie in one part of."""
        names = {name for region in self.trained_on(model).rows for name in region.splits}
        return [split for name, split in self.program.splits.items() if name in names]

    def fitted_rows(self, model: ModelDecl) -> Regions:
        """The rows that it is fitted on, those of a validation part that it searches included."""
        validation = self.flow.validated_on(model)
        return self.trained_on(model).rows | (validation.rows if validation is not None else frozenset())

    def builds_on(self, model: ModelDecl) -> tuple[ModelDecl, ...]:
        """The models whose predictions go into it, directly or not."""
        if model.name not in self._builds:
            found: dict[str, ModelDecl] = {}
            waiting = [model]
            while waiting:
                for name in self._predicting(waiting.pop()):
                    if name not in found and name in self.program.models and self.sound(name):
                        found[name] = self.program.models[name]
                        waiting.append(found[name])
            self._builds[model.name] = tuple(found.values())
        return self._builds[model.name]

    def _predicting(self, model: ModelDecl) -> set[str]:
        """The models whose predictions are among what it reads."""
        found = {read.node.model for _, read in self.reads(model)}
        found |= {read.node.model for read in self.target_reads(model)}
        found |= {node.model for node in self.trained_on(model).selectors}
        return {name for name in found if name is not None}

    # --- values ------------------------------------------------------------------------------------------------------

    def node(self, model: ModelDecl, name: str) -> Node:
        """The value of a column of a model's table."""
        return self.trained_on(model).columns[name]

    def reads(self, model: ModelDecl) -> list[tuple[Column, Read]]:
        """All that goes into a model's features, each with the first feature that it goes into."""
        if model.name not in self._reads:
            table = self.trained_on(model)
            features = {column.name: column for column in model.features}
            found = reads(((name, table.columns[name]) for name in features), table)
            self._reads[model.name] = [(features[name], read) for name, read in found]
        return self._reads[model.name]

    def target_reads(self, model: ModelDecl) -> Iterator[Read]:
        """All that goes into a model's target."""
        if model.target is not None:
            table = self.trained_on(model)
            for _, read in reads([(model.target.name, table.columns[model.target.name])], table):
                yield read

    def choices(self, model: ModelDecl) -> Iterator[tuple[Node, Read]]:
        """All that decided which rows it is fitted on, each with the value by which they were chosen."""
        table = self.trained_on(model)
        starts = sorted(table.selectors, key=lambda node: (node.span.file.path, node.span.start, node.name))
        found = reads(((str(number), node) for number, node in enumerate(starts)), table)
        yield from ((starts[int(number)], read) for number, read in found)

    # --- places ------------------------------------------------------------------------------------------------------

    def named(self, model: ModelDecl, name: str) -> Span | None:
        """Where `features:` names a column."""
        item = self.trees.get(model.name)
        if not isinstance(item, tree.Model):
            return None
        options = (part for part in item.body if isinstance(part, tree.Option) and part.name.text == "features")
        values = (value for option in options for value in option.values)
        return next(
            (value.span for value in values if isinstance(value, tree.Ref) and value.parts[0].text == name), None
        )

    def made(self, node: Node, feature: Column | None) -> tuple[Span, str]:
        """The place and the name of what brings something into a feature; within SQL, where the feature is selected."""
        if node.span in self._steps and feature is not None and feature.origin is not None:
            return feature.origin, feature.name
        return node.span, node.name

    def about(self, read: Read, column: Column | None, model: ModelDecl) -> Iterator[tuple[object, ...]]:
        """What tells a mistake in what is read of other rows: the value, the join that brings it in, the feature.

        A value that is a feature itself is a mistake of its own.
        """
        made = read.made or read.root
        assert read.step is not None
        yield ("column", id(made))
        if read.step.kind == "lookup":
            yield ("join", read.step.span.file.path, read.step.span.start)
        if column is not None and all(self.node(model, item.name) is not made for item in model.features):
            yield ("feature", model.name, column.name)

    def place(self, read: Read, feature: Column | None) -> tuple[Span, str]:
        """Where other rows are read, and by which name: the value made of them, or the join that looks it up."""
        made = read.made or read.root
        assert made is not None
        assert read.step is not None
        if read.step.span in self._steps and feature is not None and feature.origin is not None:
            return feature.origin, feature.name
        span, name = self.made(made, feature)
        return (span if read.made is not None else self.joined(read) or span), name

    def joined(self, read: Read) -> Span | None:
        """The table of the join by which a value is looked up; None where it is not, or in SQL."""
        step = read.step
        if step is None or step.kind != "lookup" or step.span in self._steps:
            return None
        return joined_table(step.span)

    def data(self, model: ModelDecl) -> Span:
        """Where a model says what it is fitted on."""
        item = self.trees.get(model.name)
        return item.data.span if isinstance(item, tree.Model) else model.span


_FLOWING = (tree.Source, tree.Transform, tree.Split, tree.Model)
_NAMED = (*_FLOWING, tree.Param, tree.Deploy, tree.Monitor)


def _holds(span: Span, place: Span) -> bool:
    return place.file is span.file and span.start <= place.start < span.end


def _with_users(names: set[str], users: dict[str, list[str]]) -> set[str]:
    """The names with all that depends on them."""
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.update(users.get(name, ()))
    return found


def same_row(way: Way, table: Table) -> bool:
    """Whether the rows read are the row at hand, by a key of the table."""
    return way.own or table.unique(one for one, two in way.same if one is two)


def shared(way: Way, node: Node) -> bool:
    """Whether a value is the same in the rows read: because it is, or all that it is computed from."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if way.common(item):
            continue
        if not item.edges or any(edge.step is not None for edge in item.edges):
            return False
        waiting += (edge.node for edge in item.edges)
    return True


def last_word(span: Span) -> Span:
    """The last word of a verb: the table of a `union`, the model of a `predict with`."""
    text = span.text.rstrip()
    start = max(text.rfind(sign) for sign in " \t\n") + 1
    return Span(span.file, span.start + start, span.start + len(text))


def joined_table(span: Span) -> Span:
    """The table that a join verb names."""
    found = re.search(r"\bjoin\s+(\S+)", span.text)
    return span if found is None else Span(span.file, span.start + found.start(1), span.start + found.end(1))
