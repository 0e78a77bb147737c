"""`split NAME = TABLE { train: 70%; test: 30% }`."""

from __future__ import annotations

from mldsl.analysis.context import UNKNOWN, Context
from mldsl.analysis.expressions.rows import find_column
from mldsl.analysis.options.block import Options, read_options
from mldsl.analysis.program import SplitDecl
from mldsl.analysis.scope import PARTS
from mldsl.analysis.typed import Schema
from mldsl.analysis.wording import described
from mldsl.diagnostics.edits import beside
from mldsl.diagnostics.model import Label
from mldsl.source import Span
from mldsl.syntax import tree

# Shares are written with a few digits: 33.3% three times is meant to be everything.
_TOLERANCE = 1e-6

# What a column must be to be split by; the other kinds have no order, or no values to tell apart.
_KINDS: dict[str, tuple[str, ...]] = {
    "time": ("date", "datetime", "int", "float", "any"),
    "stratify": ("bool", "enum", "string", "int", "any"),
    "group": ("bool", "enum", "string", "text", "int", "date", "datetime", "any"),
}
_WANTED = {
    "time": "a date, a datetime or a number",
    "stratify": "a column with few values: an enum, a bool, a string or an int",
    "group": "a column whose equal values belong together",
}


def resolve_split(context: Context, declaration: tree.Declaration) -> SplitDecl | None:
    """The split; its parts have the table's schema. None when it has no shares that could be used."""
    if not isinstance(declaration, tree.Split):
        return None
    table = context.table(declaration.table)
    schema = table.schema if table is not None else UNKNOWN
    name = declaration.name
    options = read_options(context, "split", declaration.options, name.span)
    shares = _shares(declaration, options, context)
    by = {option: _column(option, options, schema, context) for option in _KINDS}
    seed = options.get("seed", int)
    return SplitDecl(
        name=name.text,
        doc=declaration.doc,
        span=name.span,
        table=table.name if table is not None else declaration.table.span.text,
        schema=schema,
        shares=shares,
        key=tuple(column.name for column in schema.with_role("key")),
        seed=context.settings.seed if seed is None else seed,
        stratify=by["stratify"],
        time=by["time"],
        group=by["group"],
        random=bool(options.get("random", bool)),
        budget=options.get("budget", int) or 1,
    )


def _shares(declaration: tree.Split, options: Options, context: Context) -> dict[str, float]:
    """The parts that are written, in the order train, validation, test; ML111 unless they add up to 100%."""
    given = [part for part in PARTS if part in options.given]
    shares = {part: share for part in given if (share := options.get(part, float)) is not None}
    total = sum(shares.values())
    if len(shares) == len(given) and "train" in given and abs(total - 1) > _TOLERANCE:
        span = options.given[given[-1]].values[0].span
        labels = tuple(Label(options.given[part].values[0].span, "") for part in given[:-1])
        only = options.given[given[-1]].span
        _report_total(shares, total, span if len(given) > 1 else declaration.name.span, labels, only, context)
    return {part: shares.get(part, 0.0) for part in given}


def _report_total(
    shares: dict[str, float], total: float, span: Span, labels: tuple[Label, ...], only: Span, context: Context
) -> None:
    edit = None
    if len(shares) == 1:
        missing = f"test: {_percent(1 - total)}"
        help_ = f"say what the rest is: `{missing}`"
        edit = beside(only, missing) if 0 < total < 1 else None
    else:
        *_, last = shares
        rest = 1 - (total - shares[last])
        help_ = f"for 100% write `{last}: {_percent(rest)}`" if rest > 0 else "make them smaller"
    context.report(
        "ML111", f"the shares add up to {_percent(total)}, not to 100%", span, labels=labels, help=help_, edit=edit
    )


def _percent(share: float) -> str:
    return f"{round(share * 100, 6):g}%"


def _column(option: str, options: Options, schema: Schema, context: Context) -> str | None:
    """The column that an option names, of a type that it can use."""
    name = options.values.get(option)
    if not isinstance(name, tree.Name):
        return None
    column = find_column(tree.Ref(name.span, (name,)), schema, context)
    if column is None:
        return None
    context.use(column)
    if column.type.kind not in _KINDS[option]:
        message = f"`{option}` wants {_WANTED[option]}, not {described(column.type)}"
        context.report("ML202", message, name.span)
        return None
    return column.name
