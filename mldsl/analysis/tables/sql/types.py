"""The type of a SQL expression, as DuckDB has it, where that is certain; else UNSURE."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlglot import exp

from mldsl.analysis.tables.sql.scopes import UNSURE, Names
from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, NULL, STRING, Kind, Type, common

_CASTS: dict[str, Kind] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "BIGINT", "INT128", "HUGEINT"), "int"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINT"), "int"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "float"),
    **dict.fromkeys(("TEXT", "VARCHAR", "CHAR"), "string"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMP_S", "TIMESTAMP_MS", "DATETIME"), "datetime"),
    "BOOLEAN": "bool",
    "DATE": "date",
    "INTERVAL": "duration",
}

Rule = Callable[[Any, Names], Type]


def type_of(node: exp.Expression, names: Names) -> Type:
    """The type of an expression whose columns have been found."""
    rule = _RULES.get(type(node))
    return UNSURE if rule is None else rule(node, names)


def _sure(types: Iterable[Type]) -> bool:
    return all(item.kind != "any" for item in types)


def _nullable(types: Iterable[Type]) -> bool:
    return any(item.nullable for item in types)


def _children(node: exp.Expression, names: Names) -> list[Type]:
    return [type_of(child, names) for child in node.iter_expressions()]


# --- rules for nodes -------------------------------------------------------------------------------------------------


def _column(node: exp.Column, names: Names) -> Type:
    found = names.found.get(id(node))
    return found.type if found is not None else UNSURE


def _inner(node: exp.Expression, names: Names) -> Type:
    return type_of(node.this, names)


def _literal(node: exp.Literal, names: Names) -> Type:
    if node.is_string:
        return STRING
    return INT if node.is_int else FLOAT


def _fixed(kind: Type) -> Rule:
    """A result of one type, null when an argument is."""
    return lambda node, names: kind.with_null(_nullable(_children(node, names)))


def _certain(kind: Type) -> Rule:
    """A result that is never null."""
    return lambda node, names: kind


def _maybe(kind: Type) -> Rule:
    """A result that may be null whatever the arguments are."""
    return lambda node, names: kind.with_null()


def _textual(node: exp.Expression, names: Names) -> Type:
    """A string made of strings."""
    return STRING.with_null(_nullable(_children(node, names)))


def _arithmetic(node: exp.Binary, names: Names) -> Type:
    left, right = type_of(node.this, names), type_of(node.expression, names)
    nullable = left.nullable or right.nullable
    if left.is_number and right.is_number:
        both_ints = left.kind == right.kind == "int"
        return (INT if both_ints else FLOAT).with_null(nullable)
    found = _MOVED.get((type(node), left.kind, right.kind))
    return UNSURE if found is None else found.with_null(nullable)


_MOVED: dict[tuple[type, str, str], Type] = {
    (exp.Sub, "date", "date"): INT,
    (exp.Sub, "datetime", "datetime"): DURATION,
    (exp.Sub, "datetime", "date"): DURATION,
    (exp.Sub, "date", "datetime"): DURATION,
    (exp.Sub, "date", "int"): DATE,
    (exp.Add, "date", "int"): DATE,
    **{(sign, kind, "duration"): DATETIME for sign in (exp.Add, exp.Sub) for kind in ("date", "datetime")},
}


def _quotient(node: exp.Binary, names: Names) -> Type:
    """`/` is a float; by zero it is null."""
    left, right = type_of(node.this, names), type_of(node.expression, names)
    return FLOAT.with_null() if left.is_number and right.is_number else UNSURE


def _whole_quotient(node: exp.Binary, names: Names) -> Type:
    left, right = type_of(node.this, names), type_of(node.expression, names)
    return INT.with_null() if left.kind == right.kind == "int" else UNSURE


def _number_as_is(node: exp.Expression, names: Names) -> Type:
    """`abs`, `round`, `-`: of the argument's own type."""
    found = type_of(node.this, names)
    return found if found.is_number else UNSURE


def _cast(node: exp.Cast, names: Names) -> Type:
    to = node.to
    kind = _CASTS.get(to.this.name if hasattr(to.this, "name") else str(to.this))
    if kind is None:
        return UNSURE
    return Type(kind, type_of(node.this, names).nullable or isinstance(node, exp.TryCast))


def _together(types: list[Type], nullable: bool) -> Type:
    """The common type of values of which one is taken; a common enum is a string to the database."""
    if not types or not _sure(types):
        return UNSURE
    found = types[0]
    for item in types[1:]:
        joined = common(found, item)
        if joined is None:
            return UNSURE
        found = joined
    if found.kind == "null":
        return UNSURE
    return plain(found).with_null(nullable)


def plain(type_: Type) -> Type:
    """The type of a value that went through a function: an enum or a text is a string then."""
    return STRING.with_null(type_.nullable) if type_.kind in ("enum", "text") else type_


def _coalesce(node: exp.Coalesce, names: Names) -> Type:
    types = _children(node, names)
    return _together(types, all(item.nullable for item in types))


def _case(node: exp.Case, names: Names) -> Type:
    default = node.args.get("default")
    types = [type_of(branch.args["true"], names) for branch in node.args["ifs"]]
    types += [type_of(default, names)] if default is not None else []
    return _together(types, default is None or _nullable(types))


def _if(node: exp.If, names: Names) -> Type:
    parts = [part for part in (node.args.get("true"), node.args.get("false")) if part is not None]
    types = [type_of(part, names) for part in parts]
    return _together(types, len(types) < 2 or _nullable(types))


def _extreme(node: exp.Expression, names: Names) -> Type:
    """`min`, `max`, `any_value`, `lag`, `lead` and their like: a value of the argument, or null."""
    found = type_of(node.this, names)
    return plain(found).with_null() if found.kind != "any" else UNSURE


def _sum(node: exp.Sum, names: Names) -> Type:
    found = type_of(node.this, names)
    return Type(found.kind, True) if found.is_number else UNSURE


def _greatest(node: exp.Expression, names: Names) -> Type:
    """`greatest` and `least` skip nulls."""
    types = _children(node, names)
    return _together(types, all(item.nullable for item in types))


def _truncated(node: exp.Expression, names: Names) -> Type:
    """`date_trunc` of a datetime; versions of the database disagree on what that of a date is."""
    found = type_of(node.this, names)
    return found if found.kind == "datetime" else UNSURE


def _scalar_query(node: exp.Expression, names: Names) -> Type:
    """A subquery in the place of a value: its column's type, null where it gives no row."""
    found = names.found.get(id(node))
    return found.type.with_null() if found is not None else UNSURE


_BOOLS = (
    exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.And, exp.Or, exp.Not, exp.Between, exp.Like, exp.ILike,
    exp.RegexpLike, exp.StartsWith, exp.EndsWith, exp.Contains, exp.IsNan,
)  # fmt: skip
_STRINGS = (
    exp.Upper, exp.Lower, exp.Trim, exp.Concat, exp.ConcatWs, exp.DPipe, exp.Substring, exp.Replace, exp.Left,
    exp.Right, exp.Reverse, exp.Repeat, exp.Pad, exp.RegexpReplace, exp.RegexpExtract, exp.TimeToStr, exp.MD5,
)  # fmt: skip
_INTS = (
    exp.Year, exp.Quarter, exp.Month, exp.Week, exp.Day, exp.DayOfYear, exp.DayOfWeek, exp.DayOfWeekIso, exp.Hour,
    exp.Minute, exp.Second, exp.DateDiff, exp.Length, exp.StrPosition, exp.Ascii, exp.Sign, exp.BitwiseAnd,
    exp.BitwiseOr,
)  # fmt: skip
_FLOATS = (exp.Exp, exp.Pow, exp.Cbrt, exp.Floor, exp.Ceil, exp.TimeToUnix)
_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile)
_MEANS = (
    exp.Avg,
    exp.Stddev,
    exp.StddevSamp,
    exp.StddevPop,
    exp.Variance,
    exp.VariancePop,
    exp.Corr,
    exp.PercentileCont,
    exp.Skewness,
    exp.Kurtosis,
)
_ONE_OF = (
    exp.Min, exp.Max, exp.ArgMin, exp.ArgMax, exp.AnyValue, exp.First, exp.Last, exp.FirstValue, exp.LastValue, exp.Lag,
    exp.Lead, exp.Mode,
)  # fmt: skip

_RULES: dict[type, Rule] = {
    exp.Column: _column,
    exp.Paren: _inner,
    exp.Alias: _inner,
    exp.Window: _inner,
    exp.Filter: _inner,
    exp.Distinct: _inner,
    exp.IgnoreNulls: _inner,
    exp.RespectNulls: _inner,
    exp.WithinGroup: _inner,
    exp.Subquery: _scalar_query,
    exp.Literal: _literal,
    exp.Boolean: _certain(BOOL),
    exp.Null: _certain(NULL),
    exp.Interval: _certain(DURATION),
    exp.Is: _certain(BOOL),
    exp.Exists: _certain(BOOL),
    exp.In: lambda node, names: BOOL.with_null(type_of(node.this, names).nullable or bool(node.args.get("query"))),
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Add: _arithmetic,
    exp.Sub: _arithmetic,
    exp.Mul: _arithmetic,
    exp.Mod: _whole_quotient,
    exp.IntDiv: _whole_quotient,
    exp.Div: _quotient,
    exp.Neg: _number_as_is,
    exp.Abs: _number_as_is,
    exp.Round: _number_as_is,
    exp.Coalesce: _coalesce,
    exp.Case: _case,
    exp.If: _if,
    exp.Nullif: _extreme,
    exp.Greatest: _greatest,
    exp.Least: _greatest,
    exp.TimestampTrunc: _truncated,
    exp.DateTrunc: _truncated,
    exp.LastDay: _fixed(DATE),
    exp.DateFromParts: _fixed(DATE),
    exp.StrToTime: _fixed(DATETIME),
    exp.Pi: _certain(FLOAT),
    exp.Count: _certain(INT),
    exp.CountIf: _certain(INT),
    exp.ApproxDistinct: _certain(INT),
    exp.LogicalAnd: _maybe(BOOL),
    exp.LogicalOr: _maybe(BOOL),
    exp.GroupConcat: _maybe(STRING),
    exp.PercentRank: _certain(FLOAT),
    exp.CumeDist: _certain(FLOAT),
    exp.Sum: _sum,
    exp.Median: _maybe(FLOAT),
    exp.Sqrt: _maybe(FLOAT),
    exp.Ln: _maybe(FLOAT),
    exp.Log: _maybe(FLOAT),
    exp.Extract: lambda node, names: INT.with_null(type_of(node.expression, names).nullable),
    **dict.fromkeys(_BOOLS, _fixed(BOOL)),
    **dict.fromkeys(_STRINGS, _textual),
    **dict.fromkeys(_INTS, _fixed(INT)),
    **dict.fromkeys(_FLOATS, _fixed(FLOAT)),
    **dict.fromkeys(_RANKS, _certain(INT)),
    **dict.fromkeys(_MEANS, _maybe(FLOAT)),
    **dict.fromkeys(_ONE_OF, _extreme),
}
