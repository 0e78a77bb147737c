"""What names mean inside a SELECT: the tables it reads, and the columns found in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

from mldsl.analysis.context import Context
from mldsl.analysis.tables.sql.text import SqlText
from mldsl.analysis.typed import Column, Schema
from mldsl.analysis.wording import near_or_list, quoted
from mldsl.catalog.types import Type
from mldsl.source import Span

# The type of what SQL computes in a way that is not known here; it may not reach the result.
UNSURE = Type("any", nullable=True, values=("sql",))


def arg(node: exp.Expr | exp.Query, name: str) -> object:
    """An argument of a node, which newer versions of sqlglot write with an underscore where it is a Python keyword."""
    found = node.args.get(name + "_")
    return node.args.get(name) if found is None else found


@dataclass(slots=True)
class Binding:
    """One table in a FROM, by the name that columns use before their dot; `merged` are the columns of a USING."""

    alias: str
    schema: Schema
    merged: frozenset[str] = frozenset()
    hidden: bool = False

    def find(self, name: str) -> Column | None:
        """The column of that name, in any case."""
        wanted = name.casefold()
        return next((item for item in self.schema.columns if item.name.casefold() == wanted), None)

    def may_be_null(self) -> None:
        """The far side of an outer join."""
        columns = tuple(replace(item, type=item.type.with_null()) for item in self.schema.columns)
        self.schema = Schema(columns, self.schema.open)


@dataclass(slots=True)
class Names:
    """The names of one SELECT; `outer` are those of the query around it, `aliases` those of its own columns."""

    outer: Names | None = None
    bindings: list[Binding] = field(default_factory=list)
    aliases: dict[str, Type] = field(default_factory=dict)
    found: dict[int, Column] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether a table is read whose columns are not known."""
        return any(binding.schema.open for binding in self.bindings)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Where a SQL block's diagnostics go."""

    text: SqlText
    context: Context

    def span(self, node: exp.Expression) -> Span:
        """The place of a node: from its first to its last identifier, star or literal that knows its own."""
        starts, ends = [], []
        for part in node.walk():
            if "start" in part.meta:
                starts.append(part.meta["start"])
                ends.append(part.meta["end"] + 1)
        return self.text.place(min(starts), max(ends)) if starts else self.text.literal

    def refers(self, name: exp.Expression, column: Column) -> None:
        """Note, where somebody wants to know, that an identifier stands for `column`."""
        if self.context.trace is not None:
            self.context.refers(self.span(name), column)

    def report(self, code: str, message: str, node: exp.Expression, help_: str | None = None) -> None:
        """A diagnostic at a node."""
        self.context.report(code, message, self.span(node), help=help_)


def find_column(node: exp.Column, names: Names, reporter: Reporter) -> Column | None:
    """The column that `node` names, noted as read; None where it is not known, after ML201 if it should be."""
    if node.args.get("db") is not None:
        return None
    column = _table_column(node, names, reporter) if node.table else _bare_column(node, names, reporter)
    if column is not None:
        reporter.context.use(column)
        reporter.refers(node.this, column)
    return column


def _table_column(node: exp.Column, names: Names, reporter: Reporter) -> Column | None:
    """`c.id`."""
    scope: Names | None = names
    while scope is not None:
        for binding in scope.bindings:
            if binding.alias.casefold() == node.table.casefold():
                column = binding.find(node.name)
                if column is None and not binding.schema.open:
                    known = near_or_list(node.name, binding.schema.names, "its columns")
                    reporter.report("ML201", f"`{node.table}` has no column `{node.name}`", node, known)
                return column
        scope = scope.outer
    if names.open or _is_column(node.table, names):
        return None
    tables = [binding.alias for binding in names.bindings]
    help_ = near_or_list(node.table, tables, "the tables read here")
    reporter.report("ML101", f"no table is called `{node.table}` here", node, help_)
    return None


def _is_column(name: str, names: Names) -> bool:
    """Whether what stands before the dot is a column itself, a struct."""
    return any(binding.find(name) is not None for binding in names.bindings)


def _bare_column(node: exp.Column, names: Names, reporter: Reporter) -> Column | None:
    scope: Names | None = names
    while scope is not None:
        hits = [(binding, column) for binding in scope.bindings if (column := binding.find(node.name)) is not None]
        merged = any(node.name.casefold() in binding.merged for binding, _ in hits)
        if len(hits) > 1 and not merged:
            tables = [binding.alias for binding, _ in hits]
            way = f"write `{tables[0]}.{node.name}`"
            reporter.report("ML201", f"`{node.name}` is a column of {quoted(tables)}: say of which", node, way)
            return None
        if hits:
            return hits[0][1]
        if node.name.casefold() in scope.aliases:
            return Column(node.name, scope.aliases[node.name.casefold()])
        if scope.open or any(binding.alias.casefold() == node.name.casefold() for binding in scope.bindings):
            return None
        scope = scope.outer
    known = [item for binding in names.bindings for item in binding.schema.names]
    help_ = near_or_list(node.name, dict.fromkeys(known), "the columns here")
    reporter.report("ML201", f"there is no column `{node.name}` here", node, help_)
    return None
