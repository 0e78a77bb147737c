"""Queries: from what a SELECT reads to the columns that it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from mldsl.analysis.context import UNKNOWN
from mldsl.analysis.tables.sql.scopes import UNSURE, Binding, Names, Reporter, arg, find_column
from mldsl.analysis.tables.sql.types import type_of
from mldsl.analysis.typed import Column, Schema
from mldsl.catalog.types import Type, common

# The columns of a table that is not known, but whose mistake has not been reported either.
_OPAQUE = Schema((), open=True)
Tables = Mapping[str, Schema]


@dataclass(frozen=True, slots=True)
class Queries:
    """`tables` are those that the program declares, by the names of their placeholders."""

    tables: Tables
    reporter: Reporter

    def result(self, node: exp.Expression | exp.Query, with_: Tables, outer: Names | None = None) -> Schema:
        """The columns of a query; `with_` are the common table expressions known so far, by their names."""
        known = {**with_, **self._common_tables(node, with_, outer)}
        match node:
            case exp.Subquery():
                return self.result(node.this, known, outer)
            case exp.SetOperation():
                left, right = self.result(node.left, known, outer), self.result(node.right, known, outer)
                return _united(left, right, by_name=bool(node.args.get("by_name")))
            case exp.Select():
                return self._select(node, known, outer)
            case _:
                return _OPAQUE

    def _common_tables(self, node: exp.Expression | exp.Query, with_: Tables, outer: Names | None) -> dict[str, Schema]:
        clause = arg(node, "with")
        if not isinstance(clause, exp.With):
            return {}
        found: dict[str, Schema] = {}
        for table in clause.expressions:
            name = table.alias.casefold()
            if clause.args.get("recursive"):
                found[name] = _OPAQUE
            found[name] = _renamed(self.result(table.this, {**with_, **found}, outer), table)
        return found

    # --- what is read ------------------------------------------------------------------------------------------------

    def _select(self, node: exp.Select, with_: Tables, outer: Names | None) -> Schema:
        names = Names(outer)
        clause = arg(node, "from")
        if isinstance(clause, exp.From):
            names.bindings += self._sources(clause.this, with_, names)
        for join in node.args.get("joins") or ():
            self._join(join, with_, names)
        for lateral in node.args.get("laterals") or ():
            names.bindings.append(Binding(lateral.alias, _OPAQUE))
        self._clauses(node, with_, names)
        return Schema(tuple(self._columns(node, names)), self._hides(node, names))

    def _sources(self, node: exp.Expression, with_: Tables, names: Names) -> Iterator[Binding]:
        match node:
            case exp.Table():
                yield Binding(node.alias_or_name, _renamed(self._table(node, with_), node))
            case exp.Subquery(this=exp.Query() as query):
                yield Binding(node.alias, _renamed(self.result(query, with_, names), node))
            case exp.Subquery(this=exp.Table() as table):
                yield from self._sources(table, with_, names)
            case _:
                yield Binding(node.alias_or_name, _OPAQUE)
        for join in node.args.get("joins") or ():
            self._join(join, with_, names)

    def _table(self, node: exp.Table, with_: Tables) -> Schema:
        if node.args.get("pivots"):
            return _OPAQUE
        if not isinstance(node.this, exp.Identifier):
            way = "declare a `source` and write its name in braces"
            self.reporter.report("ML111", "a `sql` block reads the program's tables only", node, way)
            return UNKNOWN
        name = node.this
        if name.args.get("quoted") and name.this in self.tables:
            return self.tables[name.this]
        if not node.db and name.this.casefold() in with_:
            return with_[name.this.casefold()]
        known = name.this in self.reporter.context.scope.names
        help_ = f"write the program's table in braces: `{{{name.this}}}`" if known else None
        self.reporter.report("ML101", f"no table is called `{name.this}` here", node.this, help_)
        return UNKNOWN

    def _join(self, join: exp.Join, with_: Tables, names: Names) -> None:
        added = list(self._sources(join.this, with_, names))
        side, kind = join.side.upper(), join.kind.upper()
        if side in ("RIGHT", "FULL"):
            for binding in names.bindings:
                binding.may_be_null()
        if side in ("LEFT", "FULL"):
            for binding in added:
                binding.may_be_null()
        using = {item.name.casefold() for item in join.args.get("using") or ()}
        if join.method.upper() == "NATURAL":
            before = {column.name.casefold() for item in names.bindings for column in item.schema.columns}
            using = {column.name.casefold() for item in added for column in item.schema.columns} & before
        for binding in added:
            binding.merged = frozenset(using)
            binding.hidden = kind in ("SEMI", "ANTI")
        names.bindings += added
        condition = join.args.get("on")
        if condition is not None:
            self._look(condition, with_, names)
        if side in ("RIGHT", "FULL") and using:
            _fill(names, using)

    # --- what is computed --------------------------------------------------------------------------------------------

    def _clauses(self, node: exp.Select, with_: Tables, names: Names) -> None:
        """Find every column of the SELECT; its own aliases count for what stands behind them."""
        for item in node.expressions:
            self._look(item, with_, names)
            if isinstance(item, exp.Alias):
                names.aliases[item.alias.casefold()] = type_of(item.this, names)
        for name, clause in node.args.items():
            if name.rstrip("_") in ("expressions", "from", "joins", "laterals", "with"):
                continue
            for part in clause if isinstance(clause, list) else [clause]:
                if isinstance(part, exp.Expression):
                    self._look(part, with_, names)

    def _look(self, node: exp.Expression, with_: Tables, names: Names) -> None:
        """Find the columns in an expression, and look into its subqueries."""
        match node:
            case exp.Lambda() | exp.DataType() | exp.Kwarg():
                return
            case exp.Column():
                if isinstance(node.this, exp.Star):
                    self._look(node.this, with_, names)
                elif (found := find_column(node, names, self.reporter)) is not None:
                    names.found[id(node)] = found
                return
            case exp.Query():
                result = self.result(node, with_, names)
                if len(result.columns) == 1 and not result.open:
                    names.found[id(node)] = result.columns[0]
                return
        for child in node.iter_expressions():
            self._look(child, with_, names)

    # --- what comes out ----------------------------------------------------------------------------------------------

    def _hides(self, node: exp.Select, names: Names) -> bool:
        """Whether columns come out that are not known."""
        stars = [item for item in node.expressions if _is_star(item)]
        return (names.open and bool(stars)) or any(isinstance(item, exp.Columns) for item in node.expressions)

    def _columns(self, node: exp.Select, names: Names) -> Iterator[Column]:
        grouped = bool(node.args.get("group"))
        for item in node.expressions:
            if _is_star(item):
                yield from self._star(item, names)
            elif not isinstance(item, exp.Columns):
                yield self._column(item, names, grouped)

    def _column(self, item: exp.Expression, names: Names, grouped: bool) -> Column:
        made = self._made(item, names, grouped)
        if isinstance(item, exp.Alias):
            self.reporter.refers(item.args["alias"], made)
        return made

    def _made(self, item: exp.Expression, names: Names, grouped: bool) -> Column:
        value = item.this if isinstance(item, exp.Alias) else item
        found = names.found.get(id(value)) if isinstance(value, exp.Column) else None
        if found is not None:
            return (
                replace(found, name=item.alias, raw=None) if isinstance(item, exp.Alias) else replace(found, raw=None)
            )
        type_ = type_of(value, names)
        if grouped and isinstance(value, (exp.Sum, exp.Min, exp.Max)):
            type_ = type_.with_null(type_of(value.this, names).nullable)
        return Column(item.alias if isinstance(item, exp.Alias) else "", type_, origin=self.reporter.span(item))

    def _star(self, item: exp.Expression, names: Names) -> Iterator[Column]:
        """`*` and `c.*`, with `exclude`, `replace` and `rename`."""
        star = item.this if isinstance(item, exp.Column) else item
        of = item.table.casefold() if isinstance(item, exp.Column) else None
        out = {part.name.casefold() for part in _items(star, "except")}
        replaced = {part.alias.casefold(): part for part in _items(star, "replace")}
        renamed = {part.this.name.casefold(): part.alias for part in _items(star, "rename")}
        for binding in names.bindings:
            if binding.hidden or (of is not None and binding.alias.casefold() != of):
                continue
            for column in binding.schema.columns:
                key = column.name.casefold()
                if key in out or (key in binding.merged and of is None):
                    continue
                if key in replaced:
                    type_ = type_of(replaced[key].this, names)
                    yield Column(column.name, type_, origin=self.reporter.span(replaced[key]))
                else:
                    yield replace(column, name=renamed.get(key, column.name), raw=None)


def _is_star(item: exp.Expression) -> bool:
    return isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star))


def _items(star: exp.Expression, name: str) -> list[exp.Expression]:
    found = arg(star, name)
    return [item for item in found if isinstance(item, exp.Expression)] if isinstance(found, list) else []


def _renamed(schema: Schema, node: exp.Expression) -> Schema:
    """With the column names of an alias: `t(a, b)`."""
    alias = node.args.get("alias")
    names = [item.name for item in alias.columns] if isinstance(alias, exp.TableAlias) else []
    if not names or schema.open:
        return schema
    renamed = [replace(column, name=name) for column, name in zip(schema.columns, names, strict=False)]
    return Schema((*renamed, *schema.columns[len(renamed) :]))


def _fill(names: Names, using: set[str]) -> None:
    """A right or full join with USING takes the column from either side."""
    *before, last = names.bindings
    for binding in before:
        columns = []
        for column in binding.schema.columns:
            other = last.find(column.name) if column.name.casefold() in using else None
            nullable = other is None or other.type.nullable
            columns.append(column if other is None else replace(column, type=column.type.with_null(nullable)))
        binding.schema = Schema(tuple(columns), binding.schema.open)


def _united(left: Schema, right: Schema, *, by_name: bool) -> Schema:
    """UNION and its like: columns by place, or by name."""
    if left.open or right.open or (by_name and set(left.names) != set(right.names)):
        return Schema(left.columns, open=True)
    pairs = zip(left.columns, right.columns, strict=False)
    if by_name:
        pairs = ((column, next(item for item in right.columns if item.name == column.name)) for column in left.columns)  # type: ignore[assignment]
    return Schema(tuple(_either(one, other) for one, other in pairs))


def _either(one: Column, other: Column) -> Column:
    joined: Type | None = common(one.type, other.type)
    roles = (one.roles | other.roles) - ({"key"} - (one.roles & other.roles))
    return replace(one, type=UNSURE if joined is None else joined, roles=roles)
