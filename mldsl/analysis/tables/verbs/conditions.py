"""The condition of a join: pairs of columns that must be equal, and the time condition of an `asof` join."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.rows import find_column
from mldsl.analysis.typed import Column, Schema
from mldsl.analysis.wording import described
from mldsl.catalog.types import common
from mldsl.diagnostics.model import Label
from mldsl.records import record
from mldsl.syntax import tree

# What stands between the left and the right column when they are written the other way round.
_MIRRORED: dict[str, str] = {"==": "==", ">=": "<=", "<=": ">=", ">": "<", "<": ">"}


@record
class Pair:
    """A left and a right column that a condition holds against each other."""

    left: Column
    right: Column


@dataclass(slots=True)
class JoinCondition:
    """What a condition says; `fine` is false after a report."""

    equal: list[Pair] = field(default_factory=list)
    time: Pair | None = None
    fine: bool = True


@record
class Sides:
    """The two tables; `name` is what the program calls the right one, `wanted` an example of a condition."""

    left: Schema
    right: Schema
    name: tuple[str, ...]
    asof: bool

    @property
    def example(self) -> str:
        """How a condition is written."""
        table = ".".join(self.name)
        return f"on id == {table}.id and ts >= {table}.ts" if self.asof else f"on id == {table}.id"


def read_condition(verb: tree.Join, sides: Sides, context: Context) -> JoinCondition:
    """The parts of the condition; ML207 for what is no equality of two columns, or of columns of different types."""
    found = JoinCondition()
    for part in _conjuncts(verb.condition):
        match part:
            case tree.Ref():
                _same_name(part, sides, found, context)
            case tree.Binary(op="==" | ">=" | "<=" | ">" | "<", left=tree.Ref(), right=tree.Ref()):
                _comparison(part, sides, found, context)
            case _:
                _no_condition(part, sides, found, context)
    if sides.asof and found.time is None and found.fine:
        message = "an `asof` join needs the condition on time"
        context.report("ML107", message, verb.condition.span, help=f"write it as `{sides.example}`")
        found.fine = False
    return found


def _conjuncts(condition: tree.Expr) -> Iterator[tree.Expr]:
    """The parts between the `and`s, from left to right."""
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tree.Binary) and node.op == "and":
            waiting += [node.right, node.left]
        else:
            yield node


def _same_name(ref: tree.Ref, sides: Sides, found: JoinCondition, context: Context) -> None:
    """`on a`: both sides have it."""
    name = ref.parts[-1]
    bare = tree.Ref(name.span, (name,))
    if len(ref.parts) > 1:
        _no_condition(ref, sides, found, context)
        return
    left = find_column(bare, sides.left, context)
    right = None
    if left is not None:
        right = sides.right.get(name.text)
        if right is None and not sides.right.open:
            message = f"`{'.'.join(sides.name)}` has no column `{name.text}`"
            help_ = f"name both columns: `{name.text} == {'.'.join(sides.name)}.…`"
            context.report("ML201", message, ref.span, help=help_)
        elif right is not None:
            context.refers(ref.span, right)
    _add(left, right, ref, found, context)


def _comparison(part: tree.Binary, sides: Sides, found: JoinCondition, context: Context) -> None:
    """`a == T.b` or `T.b == a`, and the same with an inequality."""
    assert isinstance(part.left, tree.Ref)
    assert isinstance(part.right, tree.Ref)
    left, right = part.left, part.right
    sign: str = part.op
    if _is_right(left, sides) and not _is_right(right, sides):
        left, right, sign = right, left, _MIRRORED[sign]
    if not _is_right(right, sides) or _is_right(left, sides):
        name = ".".join(sides.name)
        message = f"a join compares a column of the table at hand with one of `{name}`"
        help_ = f"write `{left.span.text} == {name}.{right.parts[-1].text}`"
        context.report("ML207", message, part.span, help=help_)
        found.fine = False
        return
    last = right.parts[-1]
    table = context.scope.names.get(sides.name[0])
    if table is not None:
        context.refers(right.parts[0].span, table)
    left_column = find_column(left, sides.left, context)
    right_column = find_column(tree.Ref(last.span, (last,)), sides.right, context)
    if sign == "==":
        _add(left_column, right_column, part, found, context)
    elif not sides.asof:
        way = "rows that lie before a time are joined by `asof join`" if sign in (">=", ">") else None
        context.report("ML207", f"a join wants an equality, not `{part.op}`", part.op_span, help=way)
        found.fine = False
    else:
        _time(left_column, right_column, sign, part, found, context)


def _is_right(ref: tree.Ref, sides: Sides) -> bool:
    return tuple(name.text for name in ref.parts[:-1]) == sides.name


def _add(left: Column | None, right: Column | None, part: tree.Expr, found: JoinCondition, context: Context) -> None:
    if left is None or right is None:
        found.fine = False
        return
    context.use(left, right)
    if common(left.type.with_null(False), right.type.with_null(False)) is None:
        _differ(left, right, part, context)
        found.fine = False
    found.equal.append(Pair(left, right))


def _differ(left: Column, right: Column, part: tree.Expr, context: Context) -> None:
    """ML207, with both declarations."""
    labels = [
        Label(column.origin, described(column.type.with_null(False))) for column in (left, right) if column.origin
    ]
    message = (
        f"`{left.name}` is {described(left.type)} and `{right.name}` {described(right.type)}: they are never equal"
    )
    help_ = "make them alike by `derive` before the join"
    context.report("ML207", message, part.span, labels=tuple(labels), help=help_)


def _time(
    left: Column | None,
    right: Column | None,
    sign: str,
    part: tree.Binary,
    found: JoinCondition,
    context: Context,
) -> None:
    """`ts >= T.ts`: the one inequality of an `asof` join."""
    if left is None or right is None:
        found.fine = False
        return
    context.use(left, right)
    written = f"{left.name} >= {part.right.span.text if part.op == sign else part.left.span.text}"
    if sign in ("<=", "<"):
        message = "this `asof` join looks into the future of its rows"
        context.report("ML307", message, part.span, help=f"write `{written}`: the last row at or before")
    elif sign == ">":
        message = "an `asof` join takes the last row at or before: it wants `>=`"
        context.report("ML207", message, part.op_span, help=f"write `{written}`")
    elif found.time is not None:
        context.report("ML207", "an `asof` join has one condition on time", part.span)
    elif not _ordered_alike(left, right):
        _differ(left, right, part, context)
    else:
        found.time = Pair(left, right)
        return
    found.fine = False


def _ordered_alike(left: Column, right: Column) -> bool:
    shared = common(left.type, right.type)
    return shared is not None and (shared.is_temporal or shared.is_number or shared.kind in ("duration", "any"))


def _no_condition(part: tree.Expr, sides: Sides, found: JoinCondition, context: Context) -> None:
    message = "a join wants equalities of two columns, joined by `and`"
    context.report("ML207", message, part.span, help=f"write it as `{sides.example}`")
    found.fine = False
