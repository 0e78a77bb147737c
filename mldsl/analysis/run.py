"""One analysis of a program's declarations, as they stand or under one profile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mldsl.analysis.context import Context, Resolvers
from mldsl.analysis.deployments import resolve_deployment
from mldsl.analysis.evaluations import resolve_evaluation
from mldsl.analysis.files import Files
from mldsl.analysis.models.resolve import resolve_model
from mldsl.analysis.monitors import resolve_monitor
from mldsl.analysis.params import resolve_param
from mldsl.analysis.program import (
    CheckDecl,
    DeployDecl,
    EvaluateDecl,
    ModelDecl,
    MonitorDecl,
    ParamDecl,
    Program,
    SourceDecl,
    SplitDecl,
    TransformDecl,
)
from mldsl.analysis.scope import build_scope
from mldsl.analysis.settings import read_settings, the_pipeline
from mldsl.analysis.tables.checks import check_check
from mldsl.analysis.tables.sources import resolve_source
from mldsl.analysis.tables.splits import resolve_split
from mldsl.analysis.tables.transforms import resolve_transform
from mldsl.analysis.trace import Trace
from mldsl.analysis.typed import Schema
from mldsl.diagnostics.model import DiagnosticBag
from mldsl.syntax import tree

RESOLVERS: Resolvers = {
    tree.Param: resolve_param,
    tree.Source: resolve_source,
    tree.Transform: resolve_transform,
    tree.Split: resolve_split,
    tree.Model: resolve_model,
    tree.Deploy: resolve_deployment,
    tree.Monitor: resolve_monitor,
}


@dataclass(slots=True)
class Run:
    """What an analysis works on and what it has found so far."""

    declarations: Sequence[tree.Declaration]
    context: Context
    pipeline: tree.Pipeline | None
    checks: tuple[CheckDecl, ...] = ()
    evaluations: tuple[EvaluateDecl, ...] = ()

    @classmethod
    def of(cls, declarations: Sequence[tree.Declaration], files: Files, trace: Trace | None = None) -> Run:
        """A run with its names and settings, nothing resolved yet."""
        bag = DiagnosticBag()
        context = Context(bag, build_scope(declarations, bag), RESOLVERS, trace=trace)
        pipeline = the_pipeline(context, files.main, declarations, lost=files.pipeline_lost)
        if pipeline is not None:
            context.settings = read_settings(context, pipeline, declarations)
        return cls(declarations, context, pipeline)

    def resolve(self) -> None:
        """Resolve every declaration; a second time does nothing."""
        self.resolve_names(self.context.scope.names)
        context = self.context
        checks = [check_check(context, item) for item in self.declarations if isinstance(item, tree.Check)]
        evaluations = [
            resolve_evaluation(context, item) for item in self.declarations if isinstance(item, tree.Evaluate)
        ]
        self.checks = tuple(item for item in checks if item is not None)
        self.evaluations = tuple(item for item in evaluations if item is not None)

    def resolve_names(self, names: Iterable[str]) -> None:
        """Resolve the declarations of these names, and what they depend on."""
        for name in names:
            declaration = self.context.scope.names.get(name)
            if declaration is not None:
                self.context.resolve(declaration)

    def tables_differ(self, other: Run, names: Iterable[str]) -> bool:
        """Whether a source of one of these names has another schema in `other`."""
        for name in names:
            mine, theirs = self.context.resolved.get(name), other.context.resolved.get(name)
            if isinstance(mine, SourceDecl) and (not isinstance(theirs, SourceDecl) or mine.schema != theirs.schema):
                return True
        return False

    def rows_in_common(self) -> frozenset[frozenset[str]]:
        """The sources that read the same data, together."""
        read: dict[str, set[str]] = {}
        for name, source in self.context.all(SourceDecl).items():
            read.setdefault(source.data, set()).add(name)
        return frozenset(frozenset(names) for names in read.values() if len(names) > 1)

    def program(self, path: str, profile: str | None, profiles: tuple[str, ...]) -> Program:
        """The typed program, which has no errors."""
        context, pipeline = self.context, self.pipeline
        sources, transforms = context.all(SourceDecl), context.all(TransformDecl)
        splits = context.all(SplitDecl)
        tables: dict[str, Schema] = {}
        for name, item in context.resolved.items():
            match item:
                case SourceDecl() | TransformDecl():
                    tables[name] = item.schema
                case SplitDecl():
                    tables |= {f"{name}.{part}": item.schema for part in item.shares}
        return Program(
            path=path,
            name=pipeline.name.text if pipeline is not None else "",
            doc=pipeline.doc if pipeline is not None else None,
            profile=profile,
            settings=context.settings,
            params=context.all(ParamDecl),
            sources=sources,
            checks=self.checks,
            transforms=transforms,
            splits=splits,
            models=context.all(ModelDecl),
            evaluations=self.evaluations,
            deployments=context.all(DeployDecl),
            monitors=context.all(MonitorDecl),
            tables=tables,
            profiles=profiles,
        )
