"""The index of a program: which name at which place stands for what, and which names have to be the same."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mldsl.analysis.context import Context
from mldsl.analysis.program import SourceDecl, SplitDecl, TransformDecl
from mldsl.analysis.scope import Named
from mldsl.analysis.trace import Trace
from mldsl.analysis.typed import Column, Schema
from mldsl.lsp.links import Key, Links, link_columns
from mldsl.records import record
from mldsl.source import SourceFile, Span
from mldsl.syntax import tree

Target = Column | Named


@record
class Occurrence:
    """A name at its place; `defines` says that what it stands for is declared or computed there."""

    span: Span
    target: Target
    defines: bool = False


@dataclass(slots=True)
class Index:
    """All occurrences, by what they stand for and by their files in order of place."""

    links: Links
    by_key: dict[Key, list[Occurrence]] = field(default_factory=dict)
    by_file: dict[SourceFile, list[Occurrence]] = field(default_factory=dict)

    def at(self, file: SourceFile, offset: int) -> list[Occurrence]:
        """What the name at an offset, or right before it, stands for; several for one that stands for both sides."""
        listed = self.by_file.get(file, [])
        last = bisect_right(listed, offset, key=lambda item: item.span.start)
        near = [item for item in listed[max(last - 8, 0) : last] if item.span.end >= offset]
        if not near:
            return []
        start = max(item.span.start for item in near)
        return [item for item in near if item.span.start == start]

    def same(self, target: Target) -> list[Occurrence]:
        """Every occurrence of what `target` is, and of the columns that have to be called alike."""
        keys = self.links.group(key_of(target))
        found = [item for key in keys for item in self.by_key.get(key, ())]
        return sorted({item.span: item for item in found}.values(), key=lambda item: (item.span.file.path, item.span))

    def definition(self, target: Target) -> Span | None:
        """Where it is declared or computed; None for what comes from the data alone."""
        return target.origin if isinstance(target, Column) else target.name.span


def key_of(target: Target) -> Key:
    """What tells one column or declaration from another: a column by its origin and the name it goes by."""
    if isinstance(target, Column):
        return (target.origin, target.name)
    return (target.name.span, target.name.text)


def build_index(context: Context, trace: Trace, declarations: Sequence[tree.Declaration]) -> Index:
    """The index of an analysed program."""
    index = Index(link_columns(context))
    found: dict[tuple[Span, Key], Occurrence] = {}
    for item in (*_declared(context), *_columns(context, trace), *_uses(trace), *_overriding(context, declarations)):
        found.setdefault((item.span, key_of(item.target)), item)
    for item in found.values():
        index.by_key.setdefault(key_of(item.target), []).append(item)
        index.by_file.setdefault(item.span.file, []).append(item)
    for listed in index.by_file.values():
        listed.sort(key=lambda item: item.span.start)
    return index


def table_schema(context: Context, name: str) -> Schema | None:
    """The columns of a table by the typed program's name of it, `data.train` for a part."""
    found = context.resolved.get(name.partition(".")[0])
    return found.schema if isinstance(found, (SourceDecl, TransformDecl, SplitDecl)) else None


def unquoted(text: str) -> str:
    """A name as it is written, without its quotes."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in '`"' else text


def _declared(context: Context) -> Iterator[Occurrence]:
    for declaration in context.scope.names.values():
        yield Occurrence(declaration.name.span, declaration, True)


def _columns(context: Context, trace: Trace) -> Iterator[Occurrence]:
    """The places where columns are declared or computed, each where its own name stands."""
    schemas = [*trace.seen.values()]
    schemas += [schema for name in context.resolved if (schema := table_schema(context, name)) is not None]
    for schema in schemas:
        yield from _definitions(schema.columns)
    yield from _definitions(use.target for use in trace.uses if isinstance(use.target, Column))


def _definitions(columns: Iterable[Column]) -> Iterator[Occurrence]:
    for column in columns:
        if column.origin is not None and unquoted(column.origin.text) == column.name:
            yield Occurrence(column.origin, column, True)


def _uses(trace: Trace) -> Iterator[Occurrence]:
    for use in trace.uses:
        name = use.target.name if isinstance(use.target, Column) else use.target.name.text
        if unquoted(use.span.text).casefold() == name.casefold():
            yield Occurrence(use.span, use.target)


def _overriding(context: Context, declarations: Sequence[tree.Declaration]) -> Iterator[Occurrence]:
    """The columns that sources of profiles declare again."""
    for profile in declarations:
        for item in profile.body if isinstance(profile, tree.Profile) else ():
            schema = table_schema(context, item.name.text) if isinstance(item, tree.Source) else None
            if schema is None or not isinstance(item, tree.Source) or item.schema is None:
                continue
            for field_ in item.schema.fields:
                column = schema.get(field_.name.text)
                if column is not None:
                    yield Occurrence(field_.name.span, column)
