"""What conditions in SQL say of two sides: which values are equal, and which rows lie before which in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from mldsl.analysis.flow.expressions import binding
from mldsl.analysis.flow.nodes import Direction, Node
from mldsl.analysis.flow.sqlexpressions import Scope, typed
from mldsl.analysis.typed import ColumnRef
from mldsl.records import record
from mldsl.source import Span

Pair = tuple[Node, Node]


@record
class Links:
    """Pairs of equal values, left and right; `by` are two times, and `direction` how the right rows lie to the left."""

    pairs: tuple[Pair, ...] = ()
    by: Pair | None = None
    direction: Direction = "any"


# How rows on the right lie to those on the left where `right SIGN left` holds.
_DIRECTIONS: dict[type, Direction] = {exp.LT: "earlier", exp.LTE: "upto", exp.GT: "later", exp.GTE: "from"}
_MIRRORED: dict[type, type] = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}


def links(conditions: Iterable[exp.Expr], left: Scope, right: Scope, span: Span) -> Links:
    """What conditions that all hold say of the two sides; a name that both know is the right side's."""
    pairs: list[Pair] = []
    bounds: list[tuple[Direction, Pair]] = []
    for one, sign, two in _comparisons(conditions):
        for low, how, high in ((one, sign, two), (two, _MIRRORED.get(sign, sign), one)):
            theirs, mine = _side(low, right, None, span), _side(high, left, right, span)
            if theirs is None or mine is None:
                continue
            if how is exp.EQ:
                pairs.append((mine, theirs))
            elif mine.timely and theirs.timely:
                bounds.append((_DIRECTIONS[how], (mine, theirs)))
            break
    back = next((item for item in bounds if item[0] in ("earlier", "upto")), next(iter(bounds), None))
    return Links(tuple(pairs), back[1], back[0]) if back is not None else Links(tuple(pairs))


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """The conditions that must all hold."""
    if condition is None:
        return
    inner = condition.unnest()
    if isinstance(inner, exp.And):
        yield from conjuncts(inner.left)
        yield from conjuncts(inner.right)
    else:
        yield inner


def _comparisons(conditions: Iterable[exp.Expr]) -> Iterator[tuple[exp.Expr, type, exp.Expr]]:
    for item in conditions:
        match item:
            case exp.EQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
                yield item.left, type(item), item.right
            case exp.Between():
                yield item.this, exp.GTE, item.args["low"]
                yield item.this, exp.LTE, item.args["high"]
            case _:
                continue


def _side(node: exp.Expr, scope: Scope, hidden_by: Scope | None, span: Span) -> Node | None:
    """The value of an expression whose columns are all of one side; None for anything else."""
    columns = list(node.find_all(exp.Column))
    if not columns or node.find(exp.Query, exp.Window) is not None:
        return None
    for column in columns:
        if scope.find(column.name, column.table) is None:
            return None
        if hidden_by is not None and hidden_by.find(column.name, column.table) is not None:
            return None
    value = typed(node, scope, span)
    if isinstance(value, ColumnRef):
        return scope.table.columns[value.name]
    made = binding("time", value, span, scope.table)
    return made if made.offset is not None else None
