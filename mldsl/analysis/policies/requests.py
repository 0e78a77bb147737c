"""What an endpoint can work out for one request, which is a raw row of the table that the model's rows come from.

A row of another table is at hand where the request says which one: it is looked up by that table's key. What looks at
several rows (a group, a window, a join by something else than a key) is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mldsl.analysis.context import Context
from mldsl.analysis.policies.keys import KeyFinder
from mldsl.analysis.program import ModelDecl, PythonBody, SourceDecl, SplitDecl, SqlBody, TransformDecl, VerbsBody
from mldsl.analysis.typed import AnyVerb, Call, ColumnRef, Derive, Group, Join, Predict, Rename, TypedExpr, Window
from mldsl.analysis.wording import quoted
from mldsl.catalog.placeholders import replaced
from mldsl.records import record
from mldsl.source import Span

Columns = frozenset[str]


@record
class Need:
    """Columns that need more than the request: `what` says which rows, `span` is where they are asked for."""

    columns: Columns
    what: str
    span: Span


Before = tuple[Columns, Need | None]


@record
class Requests:
    """How tables are made, and by what their rows are found."""

    context: Context
    keys: KeyFinder

    def needs(self, table: str, wanted: Columns) -> Iterator[Need]:
        """What stands in the way of working out the `wanted` columns for one row of a table."""
        made = self.context.resolved.get(table.partition(".")[0])
        if isinstance(made, SplitDecl):
            yield from self.needs(made.table, wanted)
        elif isinstance(made, TransformDecl) and wanted:
            yield from self._transform(made, wanted)

    def _transform(self, made: TransformDecl, wanted: Columns) -> Iterator[Need]:
        match made.body:
            case VerbsBody(table=origin, verbs=verbs):
                for verb in reversed(verbs):
                    wanted, need = self._before(verb, wanted, origin)
                    if need is not None:
                        yield need
                yield from self.needs(origin, wanted)
            case PythonBody(rowwise=rowwise, arguments=arguments):
                tables = [str(name) for kind, name in arguments if kind == "table"]
                yield from self._opaque(made, wanted, tables, rowwise)
            case SqlBody(text=text, tables=tables):
                yield from self._opaque(made, wanted, tables, len(tables) == 1 and _row_by_row(text))

    def _opaque(self, made: TransformDecl, wanted: Columns, tables: Iterable[str], rowwise: bool) -> Iterator[Need]:
        """A body whose columns cannot be followed: each result may come from all columns of the table."""
        names = tuple(tables)
        if not rowwise or len(names) != 1:
            yield Need(wanted, f"many rows of {quoted(names)} at once", made.span)
        else:
            yield from self.needs(names[0], frozenset(self._columns(names[0])))

    def _columns(self, table: str) -> tuple[str, ...]:
        found = self.context.resolved.get(table.partition(".")[0])
        return found.schema.names if isinstance(found, (SourceDecl, TransformDecl, SplitDecl)) else ()

    # --- verbs, from the last to the first ---------------------------------------------------------------------------

    def _before(self, verb: AnyVerb, wanted: Columns, origin: str) -> Before:
        """The columns that are wanted before a verb, so that the `wanted` ones are there behind it."""
        match verb:
            case Derive(bindings=bindings):
                made = {name: value for name, value in bindings if name in wanted}
                windows = frozenset(name for name, value in made.items() if any(map(_is_window, _parts(value))))
                refs = frozenset(name for value in made.values() for name in _named(value))
                return (wanted - made.keys()) | refs, self._need(windows, f"other rows of `{origin}`", verb)
            case Group(keys=keys):
                return wanted & set(keys), self._need(wanted - set(keys), f"many rows of `{origin}`", verb)
            case Rename(pairs=pairs):
                old = {new: name for name, new in pairs}
                return frozenset(old.get(name, name) for name in wanted), None
            case Join():
                return self._before_join(verb, wanted)
            case Predict(model=name):
                model = self.context.resolved.get(name)
                added = {column.name for column in model.outputs} if isinstance(model, ModelDecl) else set()
                if not isinstance(model, ModelDecl) or not wanted & added:
                    return wanted, None
                return (wanted - added) | {column.name for column in model.features}, None
            case _:
                return wanted, None

    def _before_join(self, verb: Join, wanted: Columns) -> Before:
        pairs = verb.on if verb.asof is None else (*verb.on, verb.asof)
        by = frozenset(right for _, right in pairs)
        if verb.kind in ("semi", "anti"):
            return wanted, None
        taken = wanted & (set(self._columns(verb.table)) - by)
        if not taken:
            return wanted, None
        what = f"the rows of `{verb.table}`, which has no key among {quoted(sorted(by))}"
        need = None if self.keys.looked_up(verb.table, by) else self._need(taken, what, verb)
        return (wanted - taken) | {left for left, _ in pairs}, need

    def _need(self, columns: Columns, what: str, verb: AnyVerb) -> Need | None:
        return Need(columns, what, verb.span) if columns else None


def _parts(expr: TypedExpr) -> Iterator[TypedExpr]:
    """An expression and all that it is made of."""
    yield expr
    if isinstance(expr, (Call, Window)):
        for argument in expr.arguments:
            yield from _parts(argument)


def _is_window(expr: TypedExpr) -> bool:
    return isinstance(expr, Window)


def _named(expr: TypedExpr) -> Iterator[str]:
    """The columns that an expression looks at, those of a window's frame left out."""
    return (part.name for part in _parts(expr) if isinstance(part, ColumnRef))


def _row_by_row(sql: str) -> bool:
    """Whether a query over one table gives each of its rows by itself."""
    import sqlglot
    from sqlglot import exp

    many: tuple[Any, ...] = (
        exp.AggFunc,
        exp.Window,
        exp.Join,
        exp.Group,
        exp.Distinct,
        exp.Limit,
        exp.Subquery,
        exp.CTE,
    )
    query = sqlglot.parse_one(replaced(sql, lambda name: f'"{name}"'), dialect="duckdb")
    return isinstance(query, exp.Select) and query.find(*many) is None
