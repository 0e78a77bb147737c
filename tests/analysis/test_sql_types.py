"""What is worked out about SQL agrees with what DuckDB says of the same expression."""

from __future__ import annotations

import pytest

from mldsl.analysis.context import Context
from mldsl.analysis.scope import Scope
from mldsl.analysis.tables.sql.parsing import parse_query
from mldsl.analysis.tables.sql.query import Queries
from mldsl.analysis.tables.sql.scopes import Reporter
from mldsl.analysis.tables.sql.text import SqlText
from mldsl.analysis.typed import Column, Schema
from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, STRING
from mldsl.diagnostics.model import DiagnosticBag
from mldsl.source import SourceFile, Span

duckdb = pytest.importorskip("duckdb")

TABLE = Schema(
    (
        Column("i", INT),
        Column("f", FLOAT.with_null()),
        Column("s", STRING),
        Column("d", DATE),
        Column("ts", DATETIME),
        Column("b", BOOL),
        Column("iv", DURATION),
    )
)
CREATE = "create table t (i bigint, f double, s varchar, d date, ts timestamp, b boolean, iv interval)"

KINDS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "int"),
    **dict.fromkeys(("DOUBLE", "FLOAT"), "float"),
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "BOOLEAN": "bool",
    "INTERVAL": "duration",
}

EXPRESSIONS = """
i + i; i * f; i / i; i // i; i % i; 1; 2.5; i + 1; i * 2.5; -i; abs(i); round(f, 1); round(i); i - 0.5; d - d; d + 1
d - 1; d + interval 1 day; ts - ts; ts + iv; ts - d; d - iv; interval 1 day; date '2020-01-01'; timestamp '2020-01-01'
sum(i); sum(f); avg(i); min(s); max(ts); count(*); count(distinct i); sum(i) filter (where b); stddev(i); var_samp(f)
row_number() over (); rank() over (order by i); dense_rank() over (order by i); lag(i) over (order by i)
ntile(4) over (order by i); first_value(s) over (order by i); sum(f) over (partition by s); any_value(s); corr(i, f)
median(f); year(d); quarter(d); month(d); day(d); extract(year from ts); length(s); s || s; concat(s, s); upper(s)
lower(s); trim(s); substring(s, 1, 2); replace(s, 'a', 'b'); coalesce(i, 0); coalesce(f, i); nullif(i, 1)
ifnull(i, 1); if(b, 1, 2); case when b then i else f end; case when b then s end; i is null; i is not null
i in (1, 2); s like 'a%'; s ilike 'a%'; not b; b and b; b or null; i between 1 and 2; i = 1; s <> 'x'; i < f; sqrt(i)
ln(f); exp(i); power(i, 2); cast(i as integer); i::varchar; try_cast(s as int); ts::date; d::timestamp; s::boolean
i::decimal(10, 2); (select max(i) from {t}); exists (select 1 from {t}); i in (select i from {t})
regexp_matches(s, 'a'); starts_with(s, 'a'); contains(s, 'a'); floor(f); ceil(i); date_trunc('month', d)
strftime(d, '%Y'); last_day(d); epoch(ts); sign(i); pi(); list(i); {'a': i}; i & 1; greatest(i, f); mode(s)
string_agg(s, ','); 'x' || i; greatest(i, 3); least(f, 1.5); floor(i); ceil(f); trunc(f); sign(f); log10(i); cbrt(f)
date_trunc('day', ts); date_diff('day', d, d); datediff('month', ts, ts); hour(ts); minute(ts); second(ts); week(d)
dayofweek(d); isodow(ts); count_if(b); bool_and(b); bool_or(b); arg_max(s, i); max_by(i, f); min_by(s, i); i | 1
left(s, 2); right(s, 1); reverse(s); repeat(s, 2); lpad(s, 3, 'x'); regexp_replace(s, 'a', 'b'); concat_ws('-', s, s)
regexp_extract(s, 'b'); md5(s); position('a' in s); instr(s, 'a'); ascii(s); ends_with(s, 'a'); isnan(f); mode(i)
quantile_cont(f, 0.5); percentile_cont(0.5) within group (order by i); first(s order by i); last(i); skewness(f)
kurtosis(f); percent_rank() over (order by i); cume_dist() over (order by i); approx_count_distinct(s); last_day(ts)
make_date(2020, 1, i); strptime(s, '%Y'); any_value(f); lag(s ignore nulls) over (order by i); trunc(i)
max(s) filter (where i > 5); bool_and(b) filter (where i > 5); string_agg(s, ',') filter (where i > 5)
concat('a', null)
"""


def worked_out(expression: str) -> Column:
    text = f"select {expression} as x from {{t}}"
    span = Span(SourceFile("t.ml", f'"""{text}"""'), 0, len(text) + 6)
    context = Context(DiagnosticBag(), Scope(), {})
    reporter = Reporter(SqlText(text, span, True), context)
    query = parse_query(reporter)
    assert query is not None
    (column,) = Queries({"t": TABLE}, reporter).result(query, {}).columns
    assert context.bag.items == []
    return column


@pytest.fixture(scope="module")
def database():
    connection = duckdb.connect()
    connection.execute(CREATE)
    connection.execute("insert into t values (2, null, 'a', '2020-01-01', '2020-01-02', true, interval 1 day)")
    return connection


@pytest.mark.parametrize(
    "expression", [item.strip() for item in EXPRESSIONS.replace("\n", ";").split(";") if item.strip()]
)
def test_types_are_those_of_the_database_or_not_certain(database, expression: str) -> None:
    found = worked_out(expression)
    query = f"select {expression} as x from {{t}}".replace("{t}", "t")
    said = database.execute(f"describe {query}").fetchone()[1]
    if said.startswith("DECIMAL"):
        said = "DOUBLE"
    if found.type.kind == "any":
        return
    assert found.type.kind == KINDS[said]
    if "::boolean" in expression or "strptime" in expression:
        return  # the value of the row is no boolean and no date
    values = [row[0] for row in database.execute(query).fetchall()]
    assert found.type.nullable or None not in values


CERTAIN = (
    "i + i",
    "sum(f)",
    "count(*)",
    "upper(s)",
    "d - d",
    "case when b then i else f end",
    "ts::date",
    "lag(i) over (order by i)",
    "any_value(s)",
    "greatest(i, 3)",
    "floor(f)",
    "date_trunc('month', ts)",
    "date_diff('day', d, d)",
    "hour(ts)",
    "count_if(b)",
    "string_agg(s, ',')",
    "arg_max(s, i)",
    "strftime(d, '%Y')",
    "percentile_cont(0.5) within group (order by i)",
)


@pytest.mark.parametrize("expression", CERTAIN)
def test_the_usual_expressions_are_certain(expression: str) -> None:
    assert worked_out(expression).type.kind != "any"
