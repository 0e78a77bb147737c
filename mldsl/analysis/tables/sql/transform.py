"""`transform NAME = sql("…") { schema }`: the SQL read, its result worked out, the written schema held against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mldsl.analysis.context import UNKNOWN, Context
from mldsl.analysis.options.values import literal
from mldsl.analysis.program import SqlBody
from mldsl.analysis.tables.schemas import read_schema
from mldsl.analysis.tables.sql.text import SqlText, sql_text
from mldsl.analysis.typed import Column, Schema
from mldsl.analysis.wording import described, quoted
from mldsl.catalog.types import fits
from mldsl.diagnostics.model import Label
from mldsl.syntax import tree

_WRITE_IT = "write its columns in a `{ … }` block behind the SQL, or cast them: `x::bigint`"


def sql_transform(declaration: tree.Transform, call: tree.Call, context: Context) -> tuple[SqlBody, Schema]:
    """The SQL with the tables it reads, and its schema."""
    declared = read_schema(declaration.schema, context) if declaration.schema is not None else None
    text = _text(call, context)
    if text is None:
        return SqlBody("", ()), declared or UNKNOWN
    tables = _tables(text, context)
    found = _result(text, tables, context)
    body = SqlBody(text.text.replace("\r\n", "\n"), tuple(tables))
    if found is None:
        return body, declared or UNKNOWN
    if declared is None:
        return body, _inferred(found, text, context)
    return body, declared if found.open else _verified(declared, found, text, context)


def _text(call: tree.Call, context: Context) -> SqlText | None:
    """The one argument."""
    for argument in call.arguments:
        if argument.name is not None:
            context.report("ML106", f"`sql` has no option `{argument.name.text}`", argument.name.span)
            return None
    if len(call.arguments) != 1:
        message = f"`sql` takes 1 argument, not {len(call.arguments)}"
        context.report("ML204", message, call.span, help='it is written `sql("""select … from {table}""")`')
        return None
    found = literal(call.arguments[0].value)
    if found is None or found.kind != "string":
        context.report("ML111", "`sql` wants its text in quotes", call.arguments[0].span)
        return None
    return sql_text(found)


def _tables(text: SqlText, context: Context) -> dict[str, Schema]:
    """What the placeholders stand for, by name; unknown ones have been reported and are open."""
    found: dict[str, Schema] = {}
    for ref in text.placeholders():
        table = context.table(ref)
        found[".".join(part.text for part in ref.parts)] = table.schema if table is not None else UNKNOWN
    return found


def _result(text: SqlText, tables: dict[str, Schema], context: Context) -> Schema | None:
    """The columns that the SQL gives, open where they cannot be worked out; None after a mistake in it."""
    from mldsl.analysis.tables.sql.parsing import parse_query
    from mldsl.analysis.tables.sql.query import Queries
    from mldsl.analysis.tables.sql.scopes import Reporter

    reporter = Reporter(text, context)
    query = parse_query(reporter)
    if query is None:
        return None
    before = len(context.bag.items)
    try:
        schema = Queries(tables, reporter).result(query, {})
    except RecursionError:
        context.report("ML111", "this SQL is nested too deep", text.literal)
        return None
    failed = len(context.bag.items) > before or any(table.open for table in tables.values())
    return None if failed else schema


def _inferred(found: Schema, text: SqlText, context: Context) -> Schema:
    """The schema of a block that declares none: ML107 for what is not certain."""
    if found.open:
        message = "the columns of this SQL cannot be worked out"
        context.report("ML107", message, text.literal, help=_WRITE_IT)
        return Schema(tuple(_settled(found.columns)), open=True)
    seen: dict[str, Column] = {}
    for column in found.columns:
        where = column.origin or text.literal
        if not column.name:
            context.report("ML107", "this column has no name", where, help="give it one: `… as name`")
        elif column.name in seen:
            first = seen[column.name].origin
            labels = (Label(first, "the other one"),) if first is not None else ()
            context.report("ML206", f"there would be two columns `{column.name}`", text.literal, labels=labels)
        elif column.type.kind == "any" and column.type.values:
            message = f"the type of `{column.name}` cannot be worked out"
            context.report("ML107", message, where, help=_WRITE_IT)
        seen.setdefault(column.name, column)
    return Schema(tuple(_settled(seen.values())))


def _settled(columns: Iterable[Column]) -> Iterable[Column]:
    """The columns with plain `any` for what is not certain."""
    for column in columns:
        unsure = column.type.kind == "any"
        yield replace(column, type=replace(column.type, values=())) if unsure else column


def _verified(declared: Schema, found: Schema, text: SqlText, context: Context) -> Schema:
    """The declared schema, with the roles that columns bring along; ML213 where the SQL gives something else."""
    by_name = {column.name: column for column in found.columns}
    columns = []
    for column in declared.columns:
        given = by_name.get(column.name)
        where = column.origin or text.literal
        if given is None:
            help_ = f"it returns {quoted(found.names)}"
            context.report("ML213", f"the SQL returns no column `{column.name}`", where, help=help_)
        elif not _may_be(given, column):
            labels = (Label(given.origin, described(given.type)),) if given.origin is not None else ()
            message = f"the SQL returns `{column.name}` as {described(given.type)}, not {described(column.type)}"
            context.report("ML213", message, where, labels=labels)
        columns.append(column if given is None else replace(column, roles=column.roles | given.roles))
    extra = [name for name in found.names if declared.get(name) is None]
    if extra and all(name in by_name for name in declared.names):
        message = f"the SQL returns {quoted(extra)} as well, which the schema does not list"
        context.report("ML213", message, text.literal)
    return Schema(tuple(columns))


def _may_be(given: Column, declared: Column) -> bool:
    """Whether a result may turn out as declared: nulls, and the values of an enum, are seen in the data only."""
    if given.type.is_stringlike and declared.type.is_stringlike:
        return True
    return fits(given.type.with_null(False), declared.type.with_null(False))
