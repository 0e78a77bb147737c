"""What every part of the checker shares: the bag, the scope, and declarations resolved when they are first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from mldsl.analysis.dependencies import dependencies
from mldsl.analysis.program import (
    DeployDecl,
    ModelDecl,
    MonitorDecl,
    ParamDecl,
    Settings,
    SourceDecl,
    SplitDecl,
    TransformDecl,
)
from mldsl.analysis.scope import KIND_WORDS, PARTS, TABLES, Named, Scope
from mldsl.analysis.trace import Trace, Use
from mldsl.analysis.typed import Column, Schema
from mldsl.analysis.wording import described
from mldsl.diagnostics.model import Diagnostic, DiagnosticBag, Edit, Label
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree

Resolved = ParamDecl | SourceDecl | TransformDecl | SplitDecl | ModelDecl | DeployDecl | MonitorDecl
R = TypeVar("R", bound=Resolved)

# By the class of a declaration's node: what makes a typed declaration of it. None after a report.
Resolvers = Mapping[type, "Callable[[Context, tree.Declaration], Resolved | None]"]

# What stands for a table that cannot be known after a mistake.
UNKNOWN = Schema((), open=True)


@record
class ResolvedTable:
    """A table by the name that the typed program uses (`data.train` for a part), and its schema."""

    name: str
    schema: Schema


@dataclass(slots=True)
class Context:
    """One analysis of one program under one profile.

    `resolvers` says how each kind of declaration becomes a typed one; `resolved` remembers what they gave. `read` are
    the origins of the columns that something looks at, `named` the columns that expressions name, by their places.
    `trace`, where there is one, is told what every name refers to.
    """

    bag: DiagnosticBag
    scope: Scope
    resolvers: Resolvers
    settings: Settings = field(default_factory=Settings)
    resolved: dict[str, Resolved | None] = field(default_factory=dict)
    read: set[Span] = field(default_factory=set)
    named: dict[Span, Column] = field(default_factory=dict)
    trace: Trace | None = None

    # --- diagnostics -------------------------------------------------------------------------------------------------

    def report(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        label: str = "",
        labels: tuple[Label, ...] = (),
        help: str | None = None,
        edit: Edit | None = None,
    ) -> None:
        """Add a diagnostic."""
        self.bag.add(Diagnostic(code, message, span, label, labels, help, edit))

    # --- declarations ------------------------------------------------------------------------------------------------

    def resolve(self, declaration: Named) -> Resolved | None:
        """The typed declaration. What it depends on is resolved before it, without recursion; circles are ML104."""
        if declaration.name.text not in self.resolved:
            self._resolve_in_order(declaration)
        return self.resolved[declaration.name.text]

    def all(self, kind: type[R]) -> dict[str, R]:
        """The typed declarations of one kind that have been resolved so far, by name, in the order of declaration."""
        found = ((name, self.resolved.get(name)) for name in self.scope.names)
        return {name: item for name, item in found if isinstance(item, kind)}

    def model(self, ref: tree.Ref) -> ModelDecl | None:
        """The model that `ref` names; None after a report."""
        return self._named(ref, tree.Model, "a model", ModelDecl)

    def split(self, ref: tree.Ref) -> SplitDecl | None:
        """The split that `ref` names; None after a report."""
        return self._named(ref, tree.Split, "a split", SplitDecl)

    def deployment(self, ref: tree.Ref) -> DeployDecl | None:
        """The deployment that `ref` names; None after a report."""
        return self._named(ref, tree.Deploy, "a deployment", DeployDecl)

    def param(self, name: str, span: Span) -> ParamDecl | None:
        """The parameter that is called `name` at `span`, marked as used; None, without a report, if there is none."""
        declaration = self.scope.names.get(name)
        if not isinstance(declaration, tree.Param):
            return None
        self.scope.used.add(name)
        self.refers(span, declaration)
        found = self.resolve(declaration)
        return found if isinstance(found, ParamDecl) else None

    # --- tables ------------------------------------------------------------------------------------------------------

    def table(self, ref: tree.Ref) -> ResolvedTable | None:
        """The source, transform or part of a split that `ref` names; None after a report."""
        declaration = self.scope.find(ref.parts[0], TABLES, "a table", self.bag)
        if declaration is None:
            return None
        self.refers(ref.parts[0].span, declaration)
        found = self.resolved.get(declaration.name.text) if self._begun(declaration) else self.resolve(declaration)
        if isinstance(declaration, tree.Split):
            return self._part(ref, found if isinstance(found, SplitDecl) else None, declaration)
        if len(ref.parts) > 1:
            self._no_parts(ref, declaration)
            return None
        return ResolvedTable(found.name, found.schema) if isinstance(found, (SourceDecl, TransformDecl)) else None

    def _part(self, ref: tree.Ref, split: SplitDecl | None, declaration: tree.Split) -> ResolvedTable | None:
        """One part of a split."""
        name = declaration.name.text
        parts = tuple(split.shares) if split is not None else PARTS
        if len(ref.parts) == 1:
            listed = " or ".join(f"`{name}.{part}`" for part in parts)
            help_ = f"name one of its parts: {listed}" if split is not None else None
            self.report("ML103", f"`{name}` is a split, but a table is wanted here", ref.span, help=help_)
            return None
        part = ref.parts[1]
        if part.text not in parts or len(ref.parts) > 2:
            wrong = part if part.text not in parts else ref.parts[2]
            help_ = did_you_mean(part.text, parts) or f"its parts are {', '.join(f'`{item}`' for item in parts)}"
            self.report(
                "ML101",
                f"`{name}` has no part `{wrong.text}`",
                wrong.span,
                labels=(Label(declaration.name.span, "the split"),),
                help=help_ if wrong is part else None,
            )
            return None
        return ResolvedTable(f"{name}.{part.text}", split.schema if split is not None else UNKNOWN)

    # --- what an editor asks for -------------------------------------------------------------------------------------

    def refers(self, span: Span, target: Column | Named) -> None:
        """Note, where somebody wants to know, that the name at `span` stands for `target`."""
        if self.trace is not None:
            self.trace.uses.append(Use(span, target))

    def sees(self, span: Span, schema: Schema) -> None:
        """Note, where somebody wants to know, that the verb at `span` has these columns before it."""
        if self.trace is not None:
            self.trace.seen[span] = schema

    # --- which columns are read --------------------------------------------------------------------------------------

    def use(self, *columns: Column) -> None:
        """Note that something looks at these columns, told by their origins, which renaming and joining keep."""
        for column in columns:
            if column.origin is not None:
                self.read.add(column.origin)

    def name(self, column: Column, span: Span) -> None:
        """Note that the expression at `span` is this column, and so looks at it."""
        self.use(column)
        self.named[span] = column
        self.refers(span, column)

    def declared(self, span: Span) -> tuple[Label, ...]:
        """Where the column that stands at `span` comes from, with its type; nothing for another expression."""
        column = self.named.get(span)
        if column is None or column.origin is None or column.origin == span:
            return ()
        return (Label(column.origin, f"`{column.name}` is {described(column.type)}"),)

    def is_used(self, column: Column) -> bool:
        """Whether anything has looked at the column so far, under whatever name."""
        return column.origin is None or column.origin in self.read

    # --- inside ------------------------------------------------------------------------------------------------------

    def _named(self, ref: tree.Ref, node: type, wanted: str, kind: type[R]) -> R | None:
        declaration = self.scope.find(ref.parts[0], (node,), wanted, self.bag)
        if declaration is None:
            return None
        self.refers(ref.parts[0].span, declaration)
        if len(ref.parts) > 1:
            self._no_parts(ref, declaration)
            return None
        found = self.resolved.get(declaration.name.text) if self._begun(declaration) else self.resolve(declaration)
        return found if isinstance(found, kind) else None

    def _no_parts(self, ref: tree.Ref, declaration: Named) -> None:
        word = KIND_WORDS[type(declaration)]
        part = ref.parts[1]
        self.report("ML101", f"`{ref.parts[0].text}` is {word}, which has no part `{part.text}`", part.span)

    def _begun(self, declaration: Named) -> bool:
        """Whether the declaration is done, or in a circle and therefore given up."""
        return declaration.name.text in self.resolved

    def _resolve_in_order(self, first: Named) -> None:
        """Depth first over what declarations depend on, with a stack of its own: programs may chain thousands."""
        path: list[Named] = [first]
        waiting = [dependencies(first)]
        on_path = {first.name.text: 0}
        while path:
            dependency = next(waiting[-1], None)
            if dependency is None:
                self._finish(path.pop())
                waiting.pop()
                on_path.popitem()
                continue
            name, _ = dependency
            needed = self.scope.names.get(name)
            if needed is None or name in self.resolved:
                continue
            if name in on_path:
                self._circle(path[on_path[name] :])
                continue
            on_path[name] = len(path)
            path.append(needed)
            waiting.append(dependencies(needed))

    def _finish(self, declaration: Named) -> None:
        name = declaration.name.text
        self.resolved[name] = None
        self.resolved[name] = self.resolvers[type(declaration)](self, declaration)

    def _circle(self, circle: list[Named]) -> None:
        """ML104, at the declaration that stands first; who is in the circle counts as not known."""
        start = min(range(len(circle)), key=lambda index: circle[index].span.start)
        ordered = [*circle[start:], *circle[:start]]
        names = " → ".join(f"`{item.name.text}`" for item in [*ordered, ordered[0]])
        labels = tuple(Label(item.name.span, "part of the circle") for item in ordered[1:])
        message = f"`{ordered[0].name.text}` depends on itself: {names}"
        self.report("ML104", message, ordered[0].name.span, labels=labels)
        for item in circle:
            self.resolved.setdefault(item.name.text, None)
